import { AudioWaveform, SquareSplitHorizontal } from "lucide-react";
import { useCallback, useId, useMemo, useRef, useState } from "react";
import { json } from "../../api/call";
import type { Evidence, MadeSounds, Model } from "../../api/shapes";
import { useLoaded } from "../../api/use";
import { Button } from "../../parts/Button";
import { Field, Select } from "../../parts/Field";
import { useKept } from "../../parts/kept";
import { Empty, Fault, Waiting } from "../../parts/states";
import { toast } from "../../parts/Toast";
import { setParams, useRoute } from "../../shell/route";
import { useShortcuts, type Shortcut } from "../../shell/shortcuts";
import { text } from "../../text";
import { effectOf, effectParams, effectRequest, isCount, isNumber, isSeed, knownIn, labelsOf, MOST_EFFECTS, readEffect, seedFor, wordsOf, type EffectWords } from "./asked";
import { useAsking } from "../../parts/asking";
import { Begin } from "./Begin";
import { Effect, type Heard } from "./Effect";
import { ofBase64 } from "../../parts/files";
import { useKeeping } from "./keeping";
import { KeptSounds } from "./KeptSounds";
import { decode, Player, swapped } from "./Player";
import { Seed } from "./Seed";

const GENERATE = "/v1/anew/audio/generate";
const CHANGED = { inpaint: "/v1/anew/audio/inpaint", continue: "/v1/anew/audio/continue" } as const;

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
  const keeping = useKeeping("audio");
  const changing = useAsking();
  const [told, setTold] = useState("");
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
    setTold("");
    run(async (signal) => {
      const told = await json<MadeSounds>(GENERATE, { method: "POST", body, signal });
      const sounds = await heardOf(told);
      told.sounds.forEach((one, index) => keeping.take({ address: GENERATE, body, index }, one.b64_audio, sound.effectOf(one.label ?? told.model, one.seed)));
      if (body.loop) for (const one of sounds) one.player.setLoop(true);
      if (!signal.aborted) setMade((before) => ({ turn: (before?.turn ?? 0) + 1, model: model.id, sounds, a: 0, b: 1 }));
    });
  };
  /** A stretch of one made anew, or what goes on with it: it stands behind the others, as B beside what it was made of. */
  const change = (at: number, how: keyof typeof CHANGED, span: readonly [number, number]): void => {
    const before = made?.sounds[at];
    if (before === undefined) return;
    const label = before.told.label;
    const body = {
      model: model.id, audio: before.told.b64_audio, seed: seedFor({ ...words, locked: false }), answer: "json",
      ...(label == null ? {} : { label }), ...(how === "inpaint" ? { mask: span } : { margins: span }),
    };
    changing.run(async (signal) => {
      const told = await json<MadeSounds>(CHANGED[how], { method: "POST", body, signal });
      const [one] = await heardOf(told);
      if (one === undefined || signal.aborted) return;
      keeping.take({ address: CHANGED[how], body }, one.told.b64_audio, sound.changedOf(sound.changes[how], label ?? model.id, one.told.seed));
      setTold(sound.changedAs(sound.changedOf(sound.changes[how], label ?? model.id, one.told.seed)));
      setMade((now) => (now === null ? now : { ...now, sounds: [...now.sounds, one], a: at, b: now.sounds.length }));
    });
  };
  const use = (body: Readonly<Record<string, unknown>>, index: number): void => {
    const next = wordsOf(body, index);
    if (typeof body["input"] === "string") {
      setParams({ tab: "speak", text: body["input"].slice(0, 2000), voice: `${next["model"] ?? ""}/${next["voice"] ?? ""}` });
      return;
    }
    setAddressed(null);
    setKept({ ...readEffect(next), locked: true });
    setParams({ ...effectParams(readEffect(next)), ...(models.some(({ id: name }) => name === next["model"]) ? { model: next["model"] } : {}) });
    toast(sound.used);
  };
  /** From one of the two to the other, as far as it is. */
  const swap = useCallback(() => {
    const a = made?.sounds[made.a]?.player;
    const b = made?.sounds[made.b]?.player;
    if (a === undefined || b === undefined) return;
    swapped(a, b);
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
    <div className="making with-kept">
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
            {changing.fault && <Fault fault={changing.fault} />}
            <p className="small changed" role="status">{changing.busy ? sound.changing : told}</p>
            <div className="effects">
              {made.sounds.map((one, i) => (
                <Effect key={`${made.turn} ${i}`} heard={one} model={made.model} busy={changing.busy} onChange={(how, span) => change(i, how, span)}
                  side={made.sounds.length < 2 ? null : i === made.a ? "a" : i === made.b ? "b" : null}
                  onSide={(side) => setMade(side === "a" ? { ...made, a: i, b: made.b === i ? made.a : made.b } : { ...made, b: i, a: made.a === i ? made.b : made.a })} />
              ))}
            </div>
          </>
        )}
      </section>
      <KeptSounds keeping={keeping} onUse={use} />
    </div>
  );
}
