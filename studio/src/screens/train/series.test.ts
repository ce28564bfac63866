import { describe, expect, it } from "vitest";
import type { Row } from "../../api/train";
import { Figures, lately, thinned } from "./series";

const step = (at: number, loss: number | null): Row => ({ kind: "train", step: at, loss, seconds: at / 50 });

describe("a hundred thousand points", () => {
  const figures = new Figures();
  const rows = Array.from({ length: 100_000 }, (_, i) => step(i + 1, 1 / Math.sqrt(i + 1) + (i === 54_321 ? 9 : 0)));
  figures.add(rows);

  it("are drawn as few, soon, and no peak is lost", () => {
    const began = performance.now();
    const drawn = thinned(figures.loss!, 400);
    expect(performance.now() - began).toBeLessThan(100);
    expect(drawn.x.length).toBe(400);
    expect(Math.max(...drawn.most.map(Number))).toBeGreaterThan(9);
    expect(drawn.least.at(-1)).toBeCloseTo(1 / Math.sqrt(100_000));
    expect(drawn.x.at(-1)).toBe(100_000);
  });

  it("are drawn finer where a part is looked at", () => {
    const drawn = thinned(figures.loss!, 400, 54_300, 54_350);
    expect(drawn.x.length).toBeGreaterThan(45);
    expect(drawn.x.length).toBeLessThan(60);
    expect(drawn.mean[drawn.x.indexOf(54_322)]).toBeGreaterThan(9);
  });

  it("are added piece by piece", () => {
    const grown = new Figures();
    const began = performance.now();
    for (let i = 0; i < rows.length; i += 1000) grown.add(rows.slice(i, i + 1000));
    expect(performance.now() - began).toBeLessThan(2000);
    expect(grown.step).toBe(100_000);
    expect(grown.pace).toBeCloseTo(50);
  });
});

it("passes over what is no number", () => {
  const figures = new Figures();
  figures.add([step(1, 1), step(2, null), step(3, 3)]);
  expect(thinned(figures.loss!, 3).mean).toEqual([1, null, 3]);
  expect(lately(figures.loss!, 3)).toBe(2);
});

it("takes the first phase's loss, and keeps validations and diagnoses apart", () => {
  const figures = new Figures();
  figures.add([
    { kind: "train", step: 1, "critic.loss": 4, "critic.norm": 1, "maker.loss": 2, seconds: 1 },
    { kind: "held_out", step: 1, loss: 3, seconds: 1 },
    { kind: "diagnosis", step: 1, what: "it makes one thing" },
  ]);
  expect(figures.loss!.y.at(0)).toBe(4);
  expect(figures.heldOut.y.at(-1)).toBe(3);
  expect(figures.diagnoses).toEqual([{ step: 1, what: "it makes one thing" }]);
});
