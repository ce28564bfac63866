import { describe, expect, it } from "vitest";
import type { Evidence, Metric } from "../../api/compare";
import { bareValue, behind, claimsOf, mustBe, relation, sentenceOf, tally } from "./claims";

const metric = (name: string, value: number, low: number | null, high: number | null, more: Partial<Metric> = {}): Metric => ({
  name, value, low, high, n: 100, unit: "", kind: "estimate", better: "lower", note: "", passed: null,
  shown: { value: String(value), interval: low === null ? "" : `${low} to ${high ?? ""}` }, ...more,
});

const SAID = { near: "near", nothing: "nothing", judge: "real items" };

const told = (metrics: Metric[], more: Partial<Evidence> = {}): Evidence => ({
  comparisons: [], metrics: Object.fromEntries(metrics.map((one) => [one.name, one])), order: metrics.map((one) => one.name),
  figures: [], texts: [], verdict: [],
  facts: { about: "", modality: "image", headline: [], limits: [], unmeasured: {}, data_hash: "", reproduce: "", seed: 0, counts: [], model: {} },
  ...more,
});

describe("a figure beside another", () => {
  const ours = metric("frechet_samples", 10, 8, 12);
  it("is better or worse only where the intervals do not meet", () => {
    expect(relation(ours, metric("x", 20, 15, 25))).toBe("better");
    expect(relation(ours, metric("x", 5, 4, 6))).toBe("worse");
    expect(relation(ours, metric("x", 11, 9, 13))).toBe("same");
    expect(relation({ ...ours, better: "higher" }, metric("x", 5, 4, 6))).toBe("better");
    expect(relation({ ...ours, better: null }, metric("x", 5, 4, 6))).toBe("higher");
  });
  it("is never worse by a bound, and nothing by one item alone", () => {
    expect(relation({ ...ours, kind: "bound" }, metric("x", 5, 4, 6))).toBe("unshown");
    expect(relation({ ...ours, n: 1, low: null, high: null }, metric("x", 5, 4, 6))).toBe("alone");
  });
});

describe("the claims of a report", () => {
  const report = told(
    [
      metric("frechet_samples", 10, 8, 12), metric("frechet_real", 9, 7, 11), metric("frechet_blur", 30, 25, 35), metric("frechet_blur_little", 5, 4, 6),
      metric("label_agreement", 0.9, 0.85, 0.93, { better: "higher" }), metric("judge_accuracy", 0.99, 0.97, 1, { better: "higher" }),
      metric("near_copies", 0.2, 0.15, 0.25), metric("planted", 0, null, null, { passed: false, note: "so much; must be above 0" }),
    ],
    {
      comparisons: [{ title: "Fréchet distance", caption: "", ours: "frechet_samples", others: { frechet_real: "real", frechet_blur: "blur", frechet_blur_little: "a little blur" } }],
      verdict: ["90 % of 100 samples are read as the label asked for.", "Fréchet distance: 10.", "It copies: 20 %."],
    },
  );
  report.facts.unmeasured = { recall: "too few items" };
  const claims = claimsOf(report, SAID);
  const outcomes = Object.fromEntries(claims.map((one) => [one.id, one.bars.map((bar) => bar.outcome)]));
  it("show misses as they show passes", () => {
    expect(outcomes).toEqual({
      label_agreement: ["miss"], frechet_samples: ["pass", "pass", "miss"], near_copies: ["miss"], recall: ["failed"], planted: ["failed"],
    });
    expect(tally(claims)).toEqual({ pass: 2, miss: 5, open: 0, differs: 0 });
  });
  it("have the sentence that says the same", () => {
    expect(claims.map((one) => sentenceOf(one, report.verdict))).toEqual([report.verdict[0], report.verdict[1], report.verdict[2], null, null]);
  });
  it("say what a check had to find", () => {
    expect(mustBe("50 were planted; must be above 1%")).toEqual({ planted: "50 were planted", bar: "must be above 1%" });
  });
});

it("finds the files behind a claim, its own chart first", () => {
  const figures = [
    { file: "figures/a.png", title: "Samples", section: "samples", alt: "", caption: "" },
    { file: "figures/b.svg", title: "Fréchet distance", section: "quality", alt: "", caption: "" },
    { file: "figures/c.png", title: "Nearest", section: "originality", alt: "", caption: "" },
  ];
  const report = told([metric("frechet_samples", 1, 0, 2), metric("near_copies", 0, 0, 0)], {
    figures, comparisons: [{ title: "Fréchet distance", caption: "", ours: "frechet_samples", others: {} }],
  });
  const [distance, copies] = claimsOf(report, SAID);
  expect(behind(distance!, report).figures.map((one) => one.file)).toEqual(["figures/b.svg", "figures/a.png"]);
  expect(behind(copies!, report).figures.map((one) => one.file)).toEqual(["figures/c.png"]);
});

it("spells a value without its unit", () => {
  expect(bareValue(metric("x", 1, null, null, { unit: "dB", shown: { value: "1 dB", interval: "" } }))).toBe("1");
  expect(bareValue(metric("x", 1, null, null, { unit: "share", shown: { value: "100 %", interval: "" } }))).toBe("100 %");
});
