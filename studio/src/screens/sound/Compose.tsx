import { Download, ListPlus, Music, Replace } from "lucide-react";
import { useCallback, useEffect, useId, useMemo, useRef, useState } from "react";
import { json } from "../../api/call";
import type { ComposeRequest, Model, Pieces } from "../../api/shapes";
import { Button } from "../../parts/Button";
import { Field, Select } from "../../parts/Field";
import { readKept, useKept, writeKept } from "../../parts/kept";
import { Empty, Fault, Waiting } from "../../parts/states";
import { toast } from "../../parts/Toast";
import { setParams, useRoute } from "../../shell/route";
import { useShortcuts, type Shortcut } from "../../shell/shortcuts";
import { text } from "../../text";
import { composeOf, composeParams, composeRequest, isCount, isNumber, isSeed, knownIn, readCompose, seedFor, wordsOf } from "./asked";
import { useAsking } from "../../parts/asking";
import { Begin } from "./Begin";
import { ofBase64, save } from "../../parts/files";
import { GivenScore } from "./GivenScore";
import { COMPOSE, played } from "./hearing";
import { useKeeping } from "./keeping";
import { KeptSounds } from "./KeptSounds";
import { readMidi, type Score } from "./midi";
import type { Player } from "./Player";
import { Roll } from "./Roll";
import { fresh, givenIn, idle, isGap, isVoices, readGiven, withScore, type Given, type Way } from "./scores";
import { Seed } from "./Seed";
import { Transport } from "./Transport";
import { useGivenScore } from "./useGivenScore";

const KEYS = ["C", "G", "D", "A", "E", "B", "F", "Bb", "Eb", "Ab", "Db", "F#", "Am", "Em", "Bm", "F#m", "C#m", "G#m", "Dm", "Gm", "Cm", "Fm", "Bbm", "Ebm"];
const METRES = ["4/4", "3/4", "2/4", "2/2", "3/2", "6/8", "9/8"];
const INSTRUMENTS = ["piano", "organ", "choir", "strings", "harpsichord", "guitar", "fiddle", "flute", "recorder", "brass", "sax"];
const MOST_KEPT = 400_000; // letters of a score that this browser keeps: there is room for little more than ten
const FORMATS = ["wav", "mid", "musicxml"] as const;

type Piece = Pieces["pieces"][number];

interface Made {
  request: ComposeRequest;
  piece: Piece;
  score: Score;
  /** The files that are there already, by their format. */
  files: Partial<Record<(typeof FORMATS)[number], Piece>>;
  player: Player | null;
  fresh: [number, number] | null;
}

const open = (names: readonly string[]): { value: string; shown: string }[] => [
  { value: "", shown: text.sound.open },
  ...names.map((name) => ({ value: name, shown: name })),
];

async function ask(request: ComposeRequest, format: (typeof FORMATS)[number], signal?: AbortSignal): Promise<Piece> {
  const { pieces } = await json<Pieces>(COMPOSE, { method: "POST", body: { ...request, format }, signal });
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
  const [given, hold] = useState(() => readGiven(readKept("sound.given")));
  const setGiven = useCallback((next: Given | null): void => {
    hold(next);
    writeKept("sound.given", next !== null && next.content.length <= MOST_KEPT ? next : null);
  }, []);
  const shown = useGivenScore(given?.content ?? null);
  const before = shown.score;
  useEffect(() => {
    // An address that tells of a piece from nothing begins from nothing.
    if (composeOf(params) !== null && params["way"] === undefined) setGiven(null);
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  const [made, setMade] = useState<Made | null>(null);
  const keeping = useKeeping("music");
  const { busy, fault, run, stop } = useAsking();
  const downloading = useAsking();
  const styles = useMemo(() => (fault === null ? [] : knownIn(fault.message)), [fault]);
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  const wrong = {
    bars: words.bars !== "" && !isCount(words.bars, 1000) ? sound.countWrong : null,
    tempo: words.tempo !== "" && !isNumber(words.tempo) ? sound.numberWrong : null,
  };
  const whole = given?.way !== "fill" || (isGap(given.gap) && isVoices(given.keep));
  const can = whole && wrong.bars === null && wrong.tempo === null && (!words.locked || isSeed(words.seed));

  const compose = (): void => {
    const seed = seedFor(words);
    const request = withScore(composeRequest(model.id, words, seed), given);
    set({ seed: String(seed) });
    setParams({ ...composeParams({ ...words, seed: String(seed) }), model: model.id, way: given?.way ?? null });
    run(async (signal) => {
      const piece = await ask(request, "mid", signal);
      const score = readMidi(ofBase64(piece.b64));
      const begun: Made = { request, piece, score, files: { mid: piece }, player: null, fresh: fresh(given, before, score) };
      setMade(begun);
      const told = sound.pieceOf(piece.key ?? sound.noKey, piece.metre, piece.bars, Math.round(piece.tempo));
      keeping.take({ address: COMPOSE, body: { ...request, format: "mid" } }, piece.b64, given === null ? told : sound.fromScore(sound.ways[given.way], given.name, told));
      const player = await played(piece.b64, signal);
      if (!signal.aborted) setMade({ ...begun, player });
    });
  };
  const download = (format: (typeof FORMATS)[number]): void => {
    if (made === null) return;
    downloading.run(async (signal) => {
      const piece = made.files[format] ?? (await ask(made.request, format, signal));
      save(`${made.request.model}-${piece.seed}.${format}`, new Blob([ofBase64(piece.b64)], { type: piece.media_type }));
    });
  };
  const use = (body: Readonly<Record<string, unknown>>, index: number, title: string): void => {
    const next = wordsOf(body, index);
    setAddressed(null);
    setKept({ ...readCompose({ bars: "", ...next }), locked: true });
    setGiven(givenIn(body, title));
    setMade(null);
    setParams({ ...composeParams(readCompose({ bars: "", ...next })), ...(models.some(({ id: name }) => name === next["model"]) ? { model: next["model"] } : {}) });
    toast(sound.used);
  };
  const goOn = (way: Way): void => {
    if (made?.files.mid === undefined) return;
    const { piece } = made;
    setGiven({ name: sound.pieceOf(piece.key ?? sound.noKey, piece.metre, piece.bars, Math.round(piece.tempo)), content: made.files.mid.b64, way, gap: way === "fill" ? "1-2" : "", keep: "" });
    form.current?.querySelector<HTMLElement>(".given select")?.focus();
  };
  const player = made === null ? shown.player : made.player;
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
    <div className="making with-kept">
      <form ref={form} className="choosing" onSubmit={(event) => { event.preventDefault(); if (can && !busy) compose(); }}>
        <Select name={sound.model} value={model.id} options={models.map((one) => ({ value: one.id, shown: one.id }))}
          onValue={(name) => setParams({ model: name, seed: null })} />
        <GivenScore given={given} onGiven={setGiven} />
        <div className="pair">
          <Select name={sound.key} value={words.key} options={open(KEYS)} disabled={idle(given, "key")} onValue={(key) => set({ key })} />
          <Select name={sound.mode} value={words.key === "" ? words.mode : words.key.endsWith("m") ? "minor" : "major"} disabled={words.key !== "" || idle(given, "mode")}
            options={[{ value: "", shown: sound.open }, { value: "major", shown: sound.modes.major }, { value: "minor", shown: sound.modes.minor }]}
            onValue={(mode) => set({ mode })} />
          <Select name={sound.metre} value={words.metre} options={open(METRES)} disabled={idle(given, "metre")} onValue={(metre) => set({ metre })} />
          <Field name={sound.bars} inputMode="numeric" value={words.bars} wrong={wrong.bars} placeholder={sound.open} disabled={idle(given, "bars")} onValue={(bars) => set({ bars })} />
          <Field name={sound.tempo} inputMode="decimal" value={words.tempo} wrong={wrong.tempo} placeholder={sound.open} disabled={idle(given, "tempo")} onValue={(tempo) => set({ tempo })} />
          <Field name={sound.style} value={words.style} placeholder={sound.open} list={`${id}-styles`} disabled={idle(given, "style")} onValue={(style) => set({ style })} />
        </div>
        <Field name={sound.instruments} hint={sound.instrumentsHint} value={words.instruments} placeholder={sound.open} list={`${id}-instruments`}
          disabled={idle(given, "instruments")} onValue={(instruments) => set({ instruments })} />
        <datalist id={`${id}-styles`}>{styles.map((one) => <option key={one} value={one} />)}</datalist>
        <datalist id={`${id}-instruments`}>{INSTRUMENTS.map((one) => <option key={one} value={one} />)}</datalist>
        <Seed seed={words.seed} locked={words.locked} onSeed={set} />
        <Begin busy={busy} can={can} icon={Music} name={given === null ? sound.compose : sound.ways[given.way]} onStop={stop} />
      </form>
      <section className="made" aria-label={sound.piece} aria-busy={busy}>
        {fault && <Fault fault={fault} again={can ? compose : undefined} />}
        {made === null ? (
          busy ? <Waiting height="24rem" /> : before !== null ? (
            <>
              <h2>{given?.name}</h2>
              <Roll key={given?.name} score={before} player={shown.player} seconds={Math.max(shown.player?.seconds ?? 0, before.seconds)} />
              <Transport player={shown.player} primary />
            </>
          ) : shown.fault !== null ? <Fault fault={shown.fault} /> : given !== null ? <Waiting height="24rem" /> : (
            fault === null && <Empty><p>{sound.emptyCompose}</p></Empty>
          )
        ) : (
          <>
            <h2>{sound.pieceOf(made.piece.key ?? sound.noKey, made.piece.metre, made.piece.bars, Math.round(made.piece.tempo))}</h2>
            <Roll key={made.piece.seed} score={made.score} player={made.player} seconds={Math.max(made.player?.seconds ?? 0, made.score.seconds)} fresh={made.fresh} />
            <Transport player={player} primary />
            <p className="soft small" role="status">
              {busy ? (player === null ? sound.preparing : text.loading) : sound.madeOf(made.request.model, made.piece.notes, String(made.piece.seed))}
            </p>
            <div className="acts" role="group" aria-label={sound.download}>
              {FORMATS.map((format) => (
                <Button key={format} little icon={Download} disabled={downloading.busy || busy} onClick={() => download(format)}>
                  {sound.formats[format]}
                </Button>
              ))}
            </div>
            <div className="acts">
              <Button little icon={ListPlus} disabled={busy} onClick={() => goOn("begin")}>{sound.ways.begin}</Button>
              <Button little icon={Replace} disabled={busy} onClick={() => goOn("fill")}>{sound.ways.fill}</Button>
            </div>
            {downloading.fault && <Fault fault={downloading.fault} />}
          </>
        )}
      </section>
      <KeptSounds keeping={keeping} onUse={use} />
    </div>
  );
}
