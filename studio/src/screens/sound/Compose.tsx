import { Download, Music } from "lucide-react";
import { useCallback, useId, useMemo, useRef, useState } from "react";
import { json } from "../../api/call";
import type { ComposeRequest, Model, Pieces } from "../../api/shapes";
import { Button } from "../../parts/Button";
import { Field, Select } from "../../parts/Field";
import { useKept } from "../../parts/kept";
import { Empty, Fault, Waiting } from "../../parts/states";
import { setParams, useRoute } from "../../shell/route";
import { useShortcuts, type Shortcut } from "../../shell/shortcuts";
import { text } from "../../text";
import { composeOf, composeParams, composeRequest, isCount, isNumber, isSeed, knownIn, readCompose, seedFor } from "./asked";
import { useAsking } from "../../parts/asking";
import { Begin } from "./Begin";
import { ofBase64, save } from "./files";
import { readMidi, type Score } from "./midi";
import { decode, Player } from "./Player";
import { Roll } from "./Roll";
import { Seed } from "./Seed";
import { Transport } from "./Transport";

const KEYS = ["C", "G", "D", "A", "E", "B", "F", "Bb", "Eb", "Ab", "Db", "F#", "Am", "Em", "Bm", "F#m", "C#m", "G#m", "Dm", "Gm", "Cm", "Fm", "Bbm", "Ebm"];
const METRES = ["4/4", "3/4", "2/4", "2/2", "3/2", "6/8", "9/8"];
const INSTRUMENTS = ["piano", "organ", "choir", "strings", "harpsichord", "guitar", "fiddle", "flute", "recorder", "brass", "sax"];
const FORMATS = ["wav", "mid", "musicxml"] as const;

type Piece = Pieces["pieces"][number];

interface Made {
  request: ComposeRequest;
  piece: Piece;
  score: Score;
  /** The files that are there already, by their format. */
  files: Partial<Record<(typeof FORMATS)[number], Piece>>;
  player: Player | null;
}

const open = (names: readonly string[]): { value: string; shown: string }[] => [
  { value: "", shown: text.sound.open },
  ...names.map((name) => ({ value: name, shown: name })),
];

async function ask(request: ComposeRequest, format: (typeof FORMATS)[number], signal?: AbortSignal): Promise<Piece> {
  const { pieces } = await json<Pieces>("/v1/anew/music/compose", { method: "POST", body: { ...request, format }, signal });
  const [piece] = pieces;
  if (piece === undefined) throw new Error(text.sound.nothing);
  return piece;
}

export function Compose({ models, model }: { models: readonly Model[]; model: Model }) {
  const { sound } = text;
  const { params } = useRoute();
  const [kept, setKept] = useKept("sound.compose", readCompose);
  const [addressed, setAddressed] = useState(() => composeOf(params));
  const words = addressed ?? kept;
  const set = (more: Partial<typeof words>): void => {
    setAddressed(null);
    setKept({ ...words, ...more });
  };
  const [made, setMade] = useState<Made | null>(null);
  const { busy, fault, run, stop } = useAsking();
  const downloading = useAsking();
  const styles = useMemo(() => (fault === null ? [] : knownIn(fault.message)), [fault]);
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  const wrong = {
    bars: words.bars !== "" && !isCount(words.bars, 1000) ? sound.countWrong : null,
    tempo: words.tempo !== "" && !isNumber(words.tempo) ? sound.numberWrong : null,
  };
  const can = wrong.bars === null && wrong.tempo === null && (!words.locked || isSeed(words.seed));

  const compose = (): void => {
    const seed = seedFor(words);
    const request = composeRequest(model.id, words, seed);
    set({ seed: String(seed) });
    setParams({ ...composeParams({ ...words, seed: String(seed) }), model: model.id });
    run(async (signal) => {
      const piece = await ask(request, "mid", signal);
      const begun: Made = { request, piece, score: readMidi(ofBase64(piece.b64)), files: { mid: piece }, player: null };
      setMade(begun);
      const wav = await ask(request, "wav", signal);
      const player = new Player(await decode(ofBase64(wav.b64)));
      if (!signal.aborted) setMade({ ...begun, files: { mid: piece, wav }, player });
    });
  };
  const download = (format: (typeof FORMATS)[number]): void => {
    if (made === null) return;
    downloading.run(async (signal) => {
      const piece = made.files[format] ?? (await ask(made.request, format, signal));
      save(`${made.request.model}-${piece.seed}.${format}`, new Blob([ofBase64(piece.b64)], { type: piece.media_type }));
    });
  };
  const player = made?.player ?? null;
  const toggle = useCallback(() => player?.toggle(), [player]);
  const shortcuts = useMemo<Shortcut[]>(
    () => [
      { keys: "k", does: sound.shortcuts.play, run: toggle },
      { keys: "Control+Enter", does: sound.shortcuts.make, run: () => form.current?.requestSubmit(), whileTyping: true },
    ],
    [sound, toggle],
  );
  useShortcuts(shortcuts);

  return (
    <div className="making">
      <form ref={form} className="choosing" onSubmit={(event) => { event.preventDefault(); if (can && !busy) compose(); }}>
        <Select name={sound.model} value={model.id} options={models.map((one) => ({ value: one.id, shown: one.id }))}
          onValue={(name) => setParams({ model: name, seed: null })} />
        <div className="pair">
          <Select name={sound.key} value={words.key} options={open(KEYS)} onValue={(key) => set({ key })} />
          <Select name={sound.mode} value={words.key === "" ? words.mode : words.key.endsWith("m") ? "minor" : "major"} disabled={words.key !== ""}
            options={[{ value: "", shown: sound.open }, { value: "major", shown: sound.modes.major }, { value: "minor", shown: sound.modes.minor }]}
            onValue={(mode) => set({ mode })} />
          <Select name={sound.metre} value={words.metre} options={open(METRES)} onValue={(metre) => set({ metre })} />
          <Field name={sound.bars} inputMode="numeric" value={words.bars} wrong={wrong.bars} placeholder={sound.open} onValue={(bars) => set({ bars })} />
          <Field name={sound.tempo} inputMode="decimal" value={words.tempo} wrong={wrong.tempo} placeholder={sound.open} onValue={(tempo) => set({ tempo })} />
          <Field name={sound.style} value={words.style} placeholder={sound.open} list={`${id}-styles`} onValue={(style) => set({ style })} />
        </div>
        <Field name={sound.instruments} hint={sound.instrumentsHint} value={words.instruments} placeholder={sound.open} list={`${id}-instruments`}
          onValue={(instruments) => set({ instruments })} />
        <datalist id={`${id}-styles`}>{styles.map((one) => <option key={one} value={one} />)}</datalist>
        <datalist id={`${id}-instruments`}>{INSTRUMENTS.map((one) => <option key={one} value={one} />)}</datalist>
        <Seed seed={words.seed} locked={words.locked} onSeed={set} />
        <Begin busy={busy} can={can} icon={Music} name={sound.compose} onStop={stop} />
      </form>
      <section className="made" aria-label={sound.piece} aria-busy={busy}>
        {fault && <Fault fault={fault} again={can ? compose : undefined} />}
        {made === null ? (
          busy ? <Waiting height="24rem" /> : fault === null && <Empty><p>{sound.emptyCompose}</p></Empty>
        ) : (
          <>
            <h2>{sound.pieceOf(made.piece.key ?? sound.noKey, made.piece.metre, made.piece.bars, Math.round(made.piece.tempo))}</h2>
            <Roll key={made.piece.seed} score={made.score} player={player} seconds={Math.max(player?.seconds ?? 0, made.score.seconds)} />
            <Transport player={player} primary />
            <p className="soft small" role="status">
              {busy ? (player === null ? sound.preparing : text.loading) : sound.madeOf(made.request.model, made.piece.notes, String(made.piece.seed))}
            </p>
            <div className="acts" role="group" aria-label={sound.download}>
              {FORMATS.map((format) => (
                <Button key={format} little icon={Download} disabled={downloading.busy || (busy && format === "wav")} onClick={() => download(format)}>
                  {sound.formats[format]}
                </Button>
              ))}
            </div>
            {downloading.fault && <Fault fault={downloading.fault} />}
          </>
        )}
      </section>
    </div>
  );
}
