import { describe, expect, it } from "vitest";
import { atMost, interval, unevenness } from "./chance";
import { countOf, keyOf, kindsOf, NEW, paramsOf, readSettings, readTrials, roundOf, trialOf, withTrial, type Settings } from "./trial";

describe("chance", () => {
  it("is what the tables say", () => {
    expect(atMost(3, 10, 0.5)).toBeCloseTo(0.171875, 9);
    expect(unevenness(9, 10)).toBeCloseTo(0.021484, 5);
    expect(unevenness(5, 10)).toBe(1);
    const [low, high] = interval(8, 10);
    expect(low).toBeCloseTo(0.44390, 4);
    expect(high).toBeCloseTo(0.97479, 4);
    expect(interval(0, 10)[1]).toBeCloseTo(0.30850, 4);
    expect(interval(10, 10)).toEqual([expect.closeTo(0.6915, 4), 1]);
    expect(interval(0, 0)).toEqual([0, 1]);
  });
  it("counts many rounds, too", () => {
    const [low, high] = interval(100, 200);
    expect(low).toBeCloseTo(0.4287, 3);
    expect(high).toBeCloseTo(0.5713, 3);
  });
});

const SETTINGS: Settings = { a: "digits", b: "emoji", kind: "image", prompts: ["7", "a & b"], rounds: 10, seed: 5 };
const model = (id: string, modality: string) => ({ id, created: 0, anew: { modality } });

it("is found again by its address", () => {
  const able = kindsOf([model("digits", "image"), model("emoji", "image"), model("voice", "audio"), model("voice", "speech"), model("sfx", "audio")]);
  expect(able).toEqual({ image: ["digits", "emoji"], text: [], audio: ["sfx"], music: [] });
  expect(readSettings(paramsOf(SETTINGS), able)).toEqual(SETTINGS);
  for (const wrong of [{ b: "digits" }, { b: "gone" }, { rounds: "0" }, { rounds: "x" }, { kind: "video" }, { seed: "-1" }]) {
    expect(readSettings({ ...paramsOf(SETTINGS), ...wrong }, able)).toBeNull();
  }
});

it("keeps its choices, and takes what is none as nothing", () => {
  const trial = { judged: [{ round: 1, choice: "b" as const, left: "a" as const }], skipped: 1, ended: false };
  const kept = withTrial(readTrials(null), keyOf(SETTINGS), trial);
  expect(trialOf(readTrials(JSON.parse(JSON.stringify(kept))), keyOf(SETTINGS))).toEqual(trial);
  expect(roundOf(trial)).toBe(2);
  expect(countOf(trial)).toEqual({ a: 0, b: 1, equal: 0 });
  expect(trialOf(readTrials("x"), keyOf(SETTINGS))).toBe(NEW);
  expect(trialOf(readTrials([["x"], 1]), "x")).toBe(NEW);
});
