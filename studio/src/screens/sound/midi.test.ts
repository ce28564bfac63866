import { describe, expect, it } from "vitest";
import { NoMidi, pitchName, readMidi } from "./midi";

const chunk = (name: string, body: number[]): number[] => [...new TextEncoder().encode(name), 0, 0, 0, body.length, ...body];
const END = [0, 0xff, 0x2f, 0];
/** Format 1, 96 ticks a quarter. */
const file = (...tracks: number[][]): Uint8Array =>
  new Uint8Array([...chunk("MThd", [0, 1, 0, tracks.length, 0, 96]), ...tracks.flatMap((one) => chunk("MTrk", [...one, ...END]))]);
const TEMPO = [0, 0xff, 0x51, 3, 0x07, 0xa1, 0x20]; // half a second a quarter

describe("a MIDI file", () => {
  it("has notes in seconds, by running status and velocity 0, too", () => {
    const { notes, seconds } = readMidi(file(TEMPO, [0, 0x90, 60, 80, 96, 60, 0, 0, 64, 80, 96, 0x80, 64, 0]));
    expect(notes).toEqual([
      { begin: 0, end: 0.5, pitch: 60, voice: 0 },
      { begin: 0.5, end: 1, pitch: 64, voice: 0 },
    ]);
    expect(seconds).toBe(1);
  });

  it("heeds a change of tempo", () => {
    const slower = [...TEMPO, 96, 0xff, 0x51, 3, 0x0f, 0x42, 0x40]; // a second a quarter, after the first
    expect(readMidi(file(slower, [96, 0x90, 60, 80, 96, 60, 0])).notes).toEqual([{ begin: 0.5, end: 1.5, pitch: 60, voice: 0 }]);
  });

  it("has a voice for each track that sounds, by its name", () => {
    const named = [0, 0xff, 3, 4, 65, 108, 116, 111]; // Alto
    const { voices, notes } = readMidi(file(TEMPO, [0, 0x90, 72, 80, 96, 72, 0], [...named, 0, 0x91, 60, 80, 96, 60, 0]));
    expect(voices).toEqual(["", "Alto"]);
    expect(notes.map((note) => note.voice)).toEqual([0, 1]);
  });

  it("has bars by its metres, an upbeat among them", () => {
    const metres = [0, 0xff, 0x58, 4, 1, 2, 24, 8, 96, 0xff, 0x58, 4, 3, 2, 24, 8]; // 1/4, then 3/4
    const long = [0, 0x90, 60, 80, 0x83, 0x60, 60, 0]; // five quarters
    expect(readMidi(file([...TEMPO, ...metres], long)).bars).toEqual([0, 0.5, 2]);
  });

  it("ends a note that nobody ended", () => {
    expect(readMidi(file(TEMPO, [0, 0x90, 60, 80, 96, 0x90, 62, 80])).notes[0]).toEqual({ begin: 0, end: 0.5, pitch: 60, voice: 0 });
  });

  it.each([["empty", []], ["text", [60, 63, 120, 109, 108]], ["cut", [...file(TEMPO)].slice(0, 30)]])("is not: %s", (_, bytes) => {
    expect(() => readMidi(new Uint8Array(bytes))).toThrow(NoMidi);
  });
});

it("calls pitches by their names", () => {
  expect([60, 69, 21, 70].map(pitchName)).toEqual(["C4", "A4", "A0", "B♭4"]);
});
