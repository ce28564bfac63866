// Standard MIDI files, as far as a picture of the notes needs them: notes in seconds, the voices that play them, bars.

export interface Note {
  begin: number;
  end: number;
  pitch: number;
  voice: number;
}

export interface Score {
  notes: Note[];
  /** The names of the voices that sound; empty where the file names none. */
  voices: string[];
  /** When each bar begins, in seconds. */
  bars: number[];
  seconds: number;
}

/** Bytes that are no MIDI file, or one of a kind that is not read here. */
export class NoMidi extends Error {}

class Bytes {
  at = 0;
  constructor(private readonly view: DataView) {}

  get done(): boolean {
    return this.at >= this.view.byteLength;
  }

  byte(): number {
    if (this.done) throw new NoMidi("it ends in the middle");
    return this.view.getUint8(this.at++);
  }

  number(bytes: number): number {
    let value = 0;
    for (let i = 0; i < bytes; i += 1) value = value * 256 + this.byte();
    return value;
  }

  variable(): number {
    let value = 0;
    for (let i = 0; i < 4; i += 1) {
      const byte = this.byte();
      value = value * 128 + (byte & 0x7f);
      if (byte < 0x80) return value;
    }
    throw new NoMidi("a length of more than four bytes");
  }

  take(count: number): Bytes {
    if (this.at + count > this.view.byteLength) throw new NoMidi("it ends in the middle");
    const part = new DataView(this.view.buffer, this.view.byteOffset + this.at, count);
    this.at += count;
    return new Bytes(part);
  }

  text(): string {
    const bytes = new Uint8Array(this.view.buffer, this.view.byteOffset, this.view.byteLength);
    return new TextDecoder().decode(bytes);
  }
}

interface Ticked {
  at: number;
  value: number;
}

/** A file under way: times are ticks until the end. */
class Reading {
  readonly notes: (Note & { part: string })[] = [];
  readonly names = new Map<number, string>();
  readonly tempi: Ticked[] = [];
  /** Quarters in a bar, from where on. */
  readonly metres: Ticked[] = [];
  last = 0;

  track(track: number, body: Bytes): void {
    const open = new Map<number, { begin: number; pitch: number; part: string }[]>();
    let at = 0;
    let status = 0;
    while (!body.done) {
      at += body.variable();
      const first = body.byte();
      if (first === 0xff) {
        const kind = body.byte();
        if (kind === 0x2f) break;
        this.meta(track, at, kind, body.take(body.variable()));
      } else if (first === 0xf0 || first === 0xf7) {
        body.take(body.variable());
      } else {
        if (first >= 0x80) status = first;
        if (status < 0x80 || status >= 0xf0) throw new NoMidi("data without a status");
        const one = first >= 0x80 ? body.byte() : first;
        const kind = status & 0xf0;
        const two = kind === 0xc0 || kind === 0xd0 ? 0 : body.byte();
        if (kind === 0x90 || kind === 0x80) this.sound(open, at, status, one, kind === 0x90 ? two : 0, track);
      }
    }
    for (const held of open.values()) for (const one of held) this.end(one, at);
    this.last = Math.max(this.last, at);
  }

  private meta(track: number, at: number, kind: number, body: Bytes): void {
    if (kind === 0x03) this.names.set(track, body.text());
    else if (kind === 0x51) this.tempi.push({ at, value: body.number(3) / 1e6 });
    else if (kind === 0x58) this.metres.push({ at, value: (4 * body.byte()) / 2 ** body.byte() });
  }

  private sound(open: Map<number, { begin: number; pitch: number; part: string }[]>, at: number, status: number, pitch: number, velocity: number, track: number): void {
    const key = (status & 0x0f) * 128 + pitch;
    const held = open.get(key) ?? [];
    if (velocity > 0) {
      held.push({ begin: at, pitch, part: `${track} ${status & 0x0f}` });
      open.set(key, held);
      return;
    }
    const one = held.shift();
    if (one !== undefined) this.end(one, at);
  }

  private end({ begin, pitch, part }: { begin: number; pitch: number; part: string }, end: number): void {
    this.notes.push({ begin, end, pitch, voice: 0, part });
  }
}

/** Ticks to seconds, through every change of tempo. */
function clock(tempi: readonly Ticked[], division: number): (tick: number) => number {
  const sorted = [...tempi].sort((a, b) => a.at - b.at);
  return (tick) => {
    let seconds = 0;
    let from = 0;
    let quarter = 0.5;
    for (const { at, value } of sorted) {
      if (at >= tick) break;
      seconds += ((at - from) * quarter) / division;
      from = at;
      quarter = value;
    }
    return seconds + ((tick - from) * quarter) / division;
  };
}

function barsUntil(last: number, metres: readonly Ticked[], division: number): number[] {
  const sorted = [...metres].sort((a, b) => a.at - b.at);
  const bars: number[] = [];
  let quarters = 4;
  let at = 0;
  while (at < last && bars.length < 10_000) {
    while (sorted[0] !== undefined && sorted[0].at <= at) quarters = sorted.shift()?.value ?? quarters;
    bars.push(at);
    // A metre that begins within a bar ends that bar: one that is not full.
    at = Math.min(at + Math.max(1, quarters * division), sorted[0]?.at ?? Infinity);
  }
  return bars;
}

export function readMidi(content: Uint8Array): Score {
  const file = new Bytes(new DataView(content.buffer, content.byteOffset, content.byteLength));
  if (file.number(4) !== 0x4d546864) throw new NoMidi("no MThd at the beginning");
  const header = file.take(file.number(4));
  const form = header.number(2);
  const tracks = header.number(2);
  const division = header.number(2);
  if (form > 1 || division === 0 || division >= 0x8000) throw new NoMidi("only formats 0 and 1 in parts of a quarter");
  const reading = new Reading();
  for (let track = 0; track < tracks && !file.done; track += 1) {
    const kind = file.number(4);
    const body = file.take(file.number(4));
    if (kind === 0x4d54726b) reading.track(track, body);
  }
  const seconds = clock(reading.tempi, division);
  const parts = [...new Set(reading.notes.map((note) => note.part))].sort((a, b) => parseInt(a) - parseInt(b));
  const notes = reading.notes
    .map(({ begin, end, pitch, part }) => ({ begin: seconds(begin), end: seconds(end), pitch, voice: parts.indexOf(part) }))
    .sort((a, b) => a.begin - b.begin || a.voice - b.voice);
  return {
    notes,
    voices: parts.map((part) => reading.names.get(parseInt(part)) ?? ""),
    bars: barsUntil(reading.last, reading.metres, division).map(seconds),
    seconds: seconds(reading.last),
  };
}

const LETTERS = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];

/** As people call it: 60 is C4. */
export const pitchName = (pitch: number): string => `${LETTERS[pitch % 12] ?? ""}${Math.floor(pitch / 12) - 1}`;
