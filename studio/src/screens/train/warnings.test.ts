import { expect, it } from "vitest";
import type { Row } from "../../api/train";
import { Figures } from "./series";
import { warningsOf } from "./warnings";

function figuresOf(losses: readonly (number | null)[], heldOut: readonly number[] = [], more: readonly Row[] = []): Figures {
  const figures = new Figures();
  figures.add(losses.map((loss, i) => ({ kind: "train", step: i + 1, loss, seconds: i })));
  figures.add(heldOut.map((loss, i) => ({ kind: "held_out", step: 10 * (i + 1), loss })));
  figures.add(more);
  return figures;
}

const falling = Array.from({ length: 200 }, (_, i) => 1 + 1 / (i + 1));
const kinds = (figures: Figures): string[] => warningsOf(figures).map((one) => one.kind);

it("finds nothing wrong where nothing is", () => {
  expect(kinds(new Figures())).toEqual([]);
  expect(kinds(figuresOf(falling, [3, 2, 1.5, 1.4, 1.41, 1.4, 1.39]))).toEqual([]);
});

it("says that it learns by heart, since when, and what is kept", () => {
  const [found] = warningsOf(figuresOf(falling, [3, 2, 1.5, 1.6, 1.7, 1.8]));
  expect(found?.kind).toBe("overfitting");
  expect(found?.says).toMatch(/step 30.*1\.5.*1\.8.*are kept/);
  expect(kinds(figuresOf(falling, [-3, -5, -4.9, -4.8, -4]))).toEqual(["overfitting"]);
});

it("says that training came apart", () => {
  expect(kinds(figuresOf([...falling, ...Array.from({ length: 30 }, () => 9)]))).toEqual(["divergence"]);
  expect(kinds(figuresOf([1, 0.5, null]))).toEqual(["divergence"]);
});

it("takes no noise near the end of a good training for a fault", () => {
  const noisy = Array.from({ length: 320 }, (_, i) => 2.3 * Math.exp(-i / 30) + (i % 7 === 0 ? 0.12 : 0.03));
  const heldOut = [0.96, 0.34, 0.22, 0.12, 0.05, 0.0491, 0.052, 0.0515, 0.052];
  expect(kinds(figuresOf(noisy, heldOut))).toEqual([]);
});

it("tells once what a model says of itself, the last time", () => {
  const says = (step: number, share: number): Row => ({ kind: "diagnosis", step, what: `${share} % of samples are alike` });
  const found = warningsOf(figuresOf(falling, [], [says(1, 40), says(2, 60)]));
  expect(found.map((one) => one.says)).toEqual(["At step 2 the model says of itself: 60 % of samples are alike"]);
});
