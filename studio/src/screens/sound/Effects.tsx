import { AudioWaveform, SquareSplitHorizontal } from "lucide-react";
import { useCallback, useId, useMemo, useRef, useState } from "react";
import { json } from "../../api/call";
import type { Evidence, MadeSounds, Model } from "../../api/shapes";
import { useLoaded } from "../../api/use";
import { Button } from "../../parts/Button";
import { Field, Select } from "../../parts/Field";
import { useKept } from "../../parts/kept";
import { Empty, Fault, Waiting } from "../../parts/states";
import { setParams, useRoute } from "../../shell/route";
import { useShortcuts, type Shortcut } from "../../shell/shortcuts";
import { text } from "../../text";
import { effectOf, effectParams, effectRequest, isCount, isNumber, isSeed, knownIn, labelsOf, MOST_EFFECTS, readEffect, seedFor, type EffectWords } from "./asked";
import { useAsking } from "../../parts/asking";
import { Begin } from "./Begin";
import { Effect, type Heard } from "./Effect";
import { ofBase64 } from "./files";
import { decode, Player } from "./Player";
import { Seed } from "./Seed";

interface Made {
  /** Which of all that were made: the same request gives the same sounds, and other players. */
  turn: number;
  model: string;
  sounds: Heard[];
  a: number;
  b: number;
}

async function heardOf(told: MadeSounds): Promise<Heard[]> {
  return Promise.all(told.sounds.map(async (one) => ({ told: one, player: new Player(await decode(ofBase64(one.b64_audio))) })));
}

export function Effects({ models, model }: { models: readonly Model[]; model: Model }) {
  const { sound } = text;
  const { params } = useRoute();
  const [kept, setKept] = useKept("sound.effect", readEffect);
  const [addressed, setAddressed] = useState(() => effectOf(params));
  const words = addressed ?? kept;
  const set = (more: Partial<EffectWords>): void => {
    setAddressed(null);
    setKept({ ...words, ...more });
  };
  const [made, setMade] = useState<Made | null>(null);
  const { busy, fault, run, stop } = useAsking();
  const load = useCallback((signal: AbortSignal) => json<Evidence>(`/v1/anew/models/${model.id}/evidence`, { signal }), [model.id]);
  const report = useLoaded(load);
  // What the model calls its sounds is told by no list: its report's clips say it, or a refusal.
  const labels = useMemo(() => {
    const told = fault === null ? [] : knownIn(fault.message);
    return told.length > 0 ? told : labelsOf((report.data?.clips ?? []).map((clip) => clip.title));
  }, [fault, report.data]);
  const form = useRef<HTMLFormElement>(null);
  const id = useId();
  const wrong = {
    n: isCount(words.n, MOST_EFFECTS) ? null : sound.countUpTo(MOST_EFFECTS),
    seconds: words.seconds !== "" && !isNumber(words.seconds) ? sound.numberWrong : null,
    loudness: words.loudness !== "" && !isNumber(words.loudness) ? sound.numberWrong : null,
  };
  const can = Object.values(wrong).every((one) => one === null) && (!words.locked || isSeed(words.seed));
  const make = (): void => {
    const seed = seedFor(words);
    const body = effectRequest(model.id, words, seed);
    set({ seed: String(seed) });
    setParams({ ...effectParams({ ...words, seed: String(seed) }), tab: "effects", model: model.id });
    run(async (signal) => {
      const told = await json<MadeSounds>("/v1/anew/audio/generate", { method: "POST", body, signal });
      const sounds = await heardOf(told);
      if (body.loop) for (const one of sounds) one.player.setLoop(true);
      if (!signal.aborted) setMade((before) => ({ turn: (before?.turn ?? 0) + 1, model: model.id, sounds, a: 0, b: 1 }));
    });
  };
  /** From one of the two to the other, as far as it is. */
  const swap = useCallback(() => {
    const a = made?.sounds[made.a]?.player;
    const b = made?.sounds[made.b]?.player;
    if (a === undefined || b === undefined) return;
    const [from, to] = a.playing ? [a, b] : [b, a];
    const at = from.playing ? from.position : 0;
    from.pause();
    from.seek(0);
    to.play(at);
  }, [made]);
  const playA = useCallback(() => made?.sounds[made.a]?.player.toggle(), [made]);
  const shortcuts = useMemo<Shortcut[]>(
    () => [
      { keys: "k", does: sound.shortcuts.play, run: playA },
      { keys: "x", does: sound.shortcuts.swap, run: swap },
      { keys: "Control+Enter", does: sound.shortcuts.make, run: () => form.current?.requestSubmit(), whileTyping: true },
    ],
    [sound, playA, swap],
  );
  useShortcuts(shortcuts);
  return (
    <div className="making">
      <form ref={form} className="choosing" onSubmit={(event) => { event.preventDefault(); if (can && !busy) make(); }}>
        <Select name={sound.model} value={model.id} options={models.map((one) => ({ value: one.id, shown: one.id }))}
          onValue={(name) => setParams({ model: name })} />
        <Field name={sound.label} hint={labels.length > 0 ? sound.labelHint(labels.join(", ")) : undefined} value={words.label}
          placeholder={sound.any} list={`${id}-labels`} onValue={(label) => set({ label })} />
        <datalist id={`${id}-labels`}>{labels.map((one) => <option key={one} value={one} />)}</datalist>
        <div className="pair">
          <Field name={sound.count} inputMode="numeric" value={words.n} wrong={wrong.n} onValue={(n) => set({ n })} />
          <Field name={sound.seconds} inputMode="decimal" value={words.seconds} wrong={wrong.seconds} placeholder={sound.open} onValue={(seconds) => set({ seconds })} />
          <Field name={sound.loudness} inputMode="decimal" value={words.loudness} wrong={wrong.loudness} placeholder={sound.open} onValue={(loudness) => set({ loudness })} />
        </div>
        <label className="tick">
          <input type="checkbox" checked={words.loop === "1"} onChange={(event) => set({ loop: event.target.checked ? "1" : "" })} />
          {sound.asLoop}
        </label>
        <Seed seed={words.seed} locked={words.locked} onSeed={set} />
        <Begin busy={busy} can={can} icon={AudioWaveform} name={sound.make} onStop={stop} />
      </form>
      <section className="made" aria-label={sound.effects} aria-busy={busy}>
        {fault && <Fault fault={fault} again={can ? make : undefined} />}
        {made === null ? (
          busy ? <Waiting height="24rem" /> : fault === null && <Empty><p>{sound.emptyEffects}</p></Empty>
        ) : (
          <>
            {made.sounds.length > 1 && (
              <div className="acts">
                <Button icon={SquareSplitHorizontal} onClick={swap}>{sound.swap}</Button>
                <span className="soft small">{sound.swapHint}</span>
              </div>
            )}
            <div className="effects">
              {made.sounds.map((one, i) => (
                <Effect key={`${made.turn} ${i}`} heard={one} model={made.model}
                  side={made.sounds.length < 2 ? null : i === made.a ? "a" : i === made.b ? "b" : null}
                  onSide={(side) => setMade(side === "a" ? { ...made, a: i, b: made.b === i ? made.a : made.b } : { ...made, b: i, a: made.a === i ? made.b : made.a })} />
              ))}
            </div>
          </>
        )}
      </section>
    </div>
  );
}
