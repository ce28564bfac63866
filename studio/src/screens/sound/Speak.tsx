import { Download, Mic } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { ask, json } from "../../api/call";
import type { SpeechRequest, Voice, VoiceList } from "../../api/shapes";
import { useLoaded } from "../../api/use";
import { Button } from "../../parts/Button";
import { Area, Select } from "../../parts/Field";
import { readText, useKept } from "../../parts/kept";
import { Slider } from "../../parts/Slider";
import { Empty, Fault, Waiting } from "../../parts/states";
import { toast } from "../../parts/Toast";
import { go, setParams, useRoute } from "../../shell/route";
import { useShortcuts, type Shortcut } from "../../shell/shortcuts";
import { text } from "../../text";
import { effectParams, readEffect, wordsOf } from "./asked";
import { useAsking } from "../../parts/asking";
import { Begin } from "./Begin";
import { base64Of, save } from "../../parts/files";
import { useKeeping } from "./keeping";
import { KeptSounds } from "./KeptSounds";
import { canStream, feed } from "./streaming";

const FORMATS = ["mp3", "wav", "flac", "opus"] as const;
const TYPES = { mp3: "audio/mpeg", wav: "audio/wav", flac: "audio/flac", opus: "audio/ogg" };
const MOST = 4096;
const SPEECH = "/v1/audio/speech";

interface SpeakWords {
  speed: number;
  format: SpeechRequest["response_format"];
  whole: boolean;
}

function readWords(kept: unknown): SpeakWords {
  const given = typeof kept === "object" && kept !== null ? (kept as Record<string, unknown>) : {};
  const speed = given["speed"];
  return {
    speed: typeof speed === "number" && speed >= 0.25 && speed <= 4 ? speed : 1,
    format: FORMATS.find((one) => one === given["format"]) ?? "mp3",
    whole: given["whole"] === true,
  };
}

const listVoices = (signal: AbortSignal): Promise<VoiceList> => json("/v1/audio/voices", { signal });
const nameOf = (voice: Voice): string => (voice.id === voice.model ? voice.id : `${voice.model}/${voice.id}`);

interface Said {
  address: string;
  file: Blob | null;
  name: string;
}

export function Speak() {
  const { sound } = text;
  const { params } = useRoute();
  const listed = useLoaded(listVoices);
  const [words, setWords] = useKept("sound.speak", readWords);
  const [input, setInput] = useKept("sound.text", readText);
  const [said, setSaid] = useState<Said | null>(null);
  const { busy, fault, run, stop } = useAsking();
  const keeping = useKeeping("audio");
  const form = useRef<HTMLFormElement>(null);
  const heard = useRef<HTMLAudioElement>(null);
  const voices = listed.data?.data ?? [];
  const voice = voices.find((one) => nameOf(one) === params["voice"]) ?? voices.find((one) => one.refused === undefined) ?? voices[0];
  const set = (more: Partial<SpeakWords>): void => setWords({ ...words, ...more });
  const use = useCallback(
    (body: Readonly<Record<string, unknown>>): void => {
      if (typeof body["input"] !== "string") {
        go("sound", { ...effectParams(readEffect(wordsOf(body, 0))), tab: "effects" });
        return;
      }
      setInput(body["input"]);
      setWords(readWords({ ...body, format: body["response_format"] }));
      setParams({ voice: body["voice"] === body["model"] ? String(body["voice"]) : `${String(body["model"])}/${String(body["voice"])}` });
      toast(sound.used);
    },
    [setInput, setWords, sound],
  );
  const asked = params["text"];
  useEffect(() => {
    if (asked === undefined) return;
    setInput(asked);
    setParams({ text: null });
  }, [asked, setInput]);
  const streams = !words.whole && words.format === "mp3" && canStream();
  const can = voice !== undefined && voice.refused === undefined && input.trim() !== "" && input.length <= MOST;
  const address = said?.address;
  useEffect(() => () => { if (address !== undefined) URL.revokeObjectURL(address); }, [address]);

  const speak = (): void => {
    if (voice === undefined) return;
    const { format } = words;
    const body: SpeechRequest = { model: voice.model, voice: voice.id, input, speed: words.speed, response_format: format };
    const name = `${voice.id}.${format}`;
    const kept = async (file: Blob): Promise<void> => keeping.take({ address: SPEECH, body }, base64Of(new Uint8Array(await file.arrayBuffer())), input.trim());
    setSaid(null);
    run(async (signal) => {
      const answer = await ask(SPEECH, { method: "POST", body, signal });
      if (!streams || answer.body === null) {
        const file = new Blob([await answer.arrayBuffer()], { type: TYPES[format] });
        void kept(file);
        if (!signal.aborted) setSaid({ address: URL.createObjectURL(file), file, name });
        return;
      }
      const fed = feed();
      setSaid({ address: fed.address, file: null, name });
      const pieces: Uint8Array<ArrayBuffer>[] = [];
      const reader = answer.body.getReader();
      try {
        for (let next = await reader.read(); !next.done; next = await reader.read()) {
          const piece = new Uint8Array(next.value);
          pieces.push(piece);
          await fed.add(piece);
        }
      } finally {
        fed.end();
      }
      if (signal.aborted) return;
      const file = new Blob(pieces, { type: TYPES[format] });
      void kept(file);
      setSaid({ address: fed.address, file, name });
    });
  };
  const shortcuts = useMemo<Shortcut[]>(
    () => [
      { keys: "k", does: sound.shortcuts.play, run: () => { const one = heard.current; if (one) { if (one.paused) void one.play(); else one.pause(); } } },
      { keys: "Control+Enter", does: sound.shortcuts.make, run: () => form.current?.requestSubmit(), whileTyping: true },
    ],
    [sound],
  );
  useShortcuts(shortcuts);

  if (listed.data === undefined) return listed.fault ? <Fault fault={listed.fault} again={listed.again} /> : <Waiting height="24rem" />;
  if (voice === undefined) {
    return (
      <Empty>
        <p>{sound.noVoice}</p>
        <code>{sound.noVoiceCommand}</code>
      </Empty>
    );
  }
  return (
    <div className="making with-kept">
      <form ref={form} className="choosing" onSubmit={(event) => { event.preventDefault(); if (can && !busy) speak(); }}>
        <Select name={sound.voice} value={nameOf(voice)} onValue={(name) => setParams({ voice: name })} wrong={voice.refused ? sound.voiceRefused(voice.refused) : null}
          options={voices.map((one) => ({ value: nameOf(one), shown: one.refused === undefined ? nameOf(one) : sound.refusedName(nameOf(one)) }))} />
        <Area name={sound.text} rows={6} value={input} placeholder={sound.textHint} maxLength={MOST} hint={sound.lettersOf(input.length, MOST)} onValue={setInput} />
        <Slider name={sound.speed} value={words.speed} min={0.25} max={4} step={0.05} shown={sound.speedOf(words.speed.toFixed(2))} onValue={(speed) => set({ speed })} />
        <Select name={sound.format} value={words.format} options={FORMATS.map((one) => ({ value: one, shown: sound.formats[one] }))}
          onValue={(one) => set({ format: FORMATS.find((known) => known === one) ?? "mp3" })} />
        <label className="tick">
          <input type="checkbox" checked={streams} disabled={words.format !== "mp3" || !canStream()} onChange={(event) => set({ whole: !event.target.checked })} />
          {sound.whileMade}
        </label>
        <Begin busy={busy} can={can} icon={Mic} name={sound.speak} onStop={stop} />
      </form>
      <section className="made" aria-label={sound.said} aria-busy={busy}>
        {fault && <Fault fault={fault} again={can ? speak : undefined} />}
        {said === null ? (
          busy ? <Waiting height="8rem" /> : fault === null && <Empty><p>{sound.emptySpeak}</p></Empty>
        ) : (
          <>
            <audio ref={heard} src={said.address} controls autoPlay aria-label={sound.said} />
            <p className="soft small" role="status">{busy ? sound.speaking : said.file === null ? sound.cut : sound.spoken}</p>
            <div className="acts">
              <Button little icon={Download} disabled={said.file === null} onClick={() => { if (said.file) save(said.name, said.file); }}>
                {sound.formats[words.format]}
              </Button>
            </div>
          </>
        )}
      </section>
      <KeptSounds keeping={keeping} onUse={use} />
    </div>
  );
}
