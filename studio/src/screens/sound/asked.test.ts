import { describe, expect, it } from "vitest";
import { composeOf, composeParams, composeRequest, effectOf, effectParams, effectRequest, isNumber, isSeed, knownIn, labelsOf, readCompose, readEffect, seedFor } from "./asked";

describe("a piece that is asked for", () => {
  const words = readCompose({ key: "", mode: "minor", metre: "3/4", bars: "12", tempo: "72,5", style: " jig ", seed: "7", locked: true });
  it("says what was typed, and leaves the rest open", () => {
    expect(composeRequest("m", words, 7)).toEqual({ model: "m", seed: 7, mode: "minor", metre: "3/4", bars: 12, tempo: 72.5, style: "jig" });
    expect(composeRequest("m", { ...words, key: "Dm", bars: "" }, 7)).toEqual({ model: "m", seed: 7, key: "Dm", metre: "3/4", tempo: 72.5, style: "jig" });
  });

  it("is in an address, and comes back from it", () => {
    expect(composeOf(composeParams(words))).toEqual({ ...words, locked: true });
    expect(composeOf({ seed: "3" })?.bars).toBe("");
    expect(composeOf({ model: "m" })).toBeNull();
  });

  it("takes whatever was kept", () => {
    for (const kept of [null, 3, [], { bars: 5, seed: {} }]) expect(readCompose(kept)).toMatchObject({ bars: "8", seed: "1", locked: false });
  });
});

it("asks for effects by what was typed", () => {
  const words = readEffect({ label: "coin", n: "3", seconds: "0.5", loudness: "-20", loop: "1" });
  expect(effectRequest("sfx", words, 1)).toEqual({ model: "sfx", seed: 1, answer: "json", n: 3, label: "coin", seconds: 0.5, loudness: -20, loop: true });
  expect(effectOf(effectParams(words))).toEqual({ ...words, locked: true });
  expect(effectOf({})).toBeNull();
  expect(effectRequest("sfx", readEffect({ n: "900" }), 1)).toEqual({ model: "sfx", seed: 1, answer: "json", n: 1 });
});

it("knows a seed and a number", () => {
  expect(["0", "281474976710655"].every(isSeed)).toBe(true);
  expect(["", "-1", "281474976710656", "1.5", "x"].some(isSeed)).toBe(false);
  expect(["1", "-3.5", "0,25"].every(isNumber)).toBe(true);
  expect(["", "1e3", "--1", "."].some(isNumber)).toBe(false);
  expect(seedFor({ seed: "9", locked: true })).toBe(9);
  expect(seedFor({ seed: "9", locked: false })).toBeGreaterThanOrEqual(0);
});

it("learns a model's words from a refusal and from a report", () => {
  expect(knownIn("no style 'x'; the model knows reel, double jig")).toEqual(["reel", "double jig"]);
  expect(knownIn("it is closed")).toEqual([]);
  expect(labelsOf(["2: coin", "1: bell", "3: coin", "else"])).toEqual(["bell", "coin"]);
});
