import { expect, it } from "vitest";
import { removedOf, sampleOf } from "./sample";

const record = (more: object) => ({ label: null, origin: "x", licence: null, sha256: "", split: null, cut: false, ...more });
const base64 = (letters: string) => btoa(letters);

it("shows a record as what it is", () => {
  expect(sampleOf(record({ b64: base64("\x89PNG\r\n\x1a\n....") }))).toMatchObject({ kind: "picture", content: { type: "image/png" } });
  expect(sampleOf(record({ b64: base64("RIFF....WAVEfmt ") }))).toMatchObject({ kind: "sound", content: { type: "audio/wav" } });
  expect(sampleOf(record({ b64: base64("<?xml version='1.0'?><score-partwise/>") }))).toMatchObject({ kind: "words" });
  expect(sampleOf(record({ b64: base64("MThd\0\0\0\x06") }))).toEqual({ kind: "file", bytes: 8 });
  expect(sampleOf(record({ text: "once" }))).toEqual({ kind: "words", words: "once" });
  expect(sampleOf(record({ text: '{"a": 1, "b": null, "c": "x"}' }))).toEqual({ kind: "row", cells: [["a", "1"], ["b", ""], ["c", "x"]] });
  expect(sampleOf(record({ text: '{"messages": [{"role": "user", "content": "hi"}]}' }))).toMatchObject({ kind: "talk" });
  expect(sampleOf(record({ text: "{ return 1; }" }))).toMatchObject({ kind: "words" });
});

it("tells what went and how much of it", () => {
  expect(removedOf({ records: 9, "removed: short": 2, "skipped: other": 5, "removed: none": 0 })).toEqual([["other", 5], ["short", 2]]);
});
