import { describe, expect, it } from "vitest";
import { cellsOf, gridOf, gridParams, MOST_CELLS, valuesOf, wrongOf, type Grid } from "./grid";
import { USUAL } from "./settings";

const grid = (more: Partial<Grid> = {}): Grid => ({
  model: "emoji", base: { ...USUAL, prompt: "a red heart", seed: "9", n: 4 },
  across: { kind: "seed", values: "1-3" }, down: { kind: "prompt", values: "a cat, sitting; a dog" }, ...more,
});

describe("a grid", () => {
  it("reads values as they are typed", () => {
    expect(valuesOf({ kind: "seed", values: "1-3, 7, 7" })).toEqual(["1", "2", "3", "7"]);
    expect(valuesOf({ kind: "seed", values: "1-99999" })).toEqual(["1-99999"]);
    expect(valuesOf({ kind: "prompt", values: "a cat, sitting; ; a dog" })).toEqual(["a cat, sitting", "a dog"]);
    expect(valuesOf({ kind: "guidance", values: " 1,2.5 ;4" })).toEqual(["1", "2.5", "4"]);
  });

  it("asks for pictures that differ by two things alone", () => {
    const cells = cellsOf(grid());
    expect(cells).toHaveLength(6);
    expect(cells[4]).toEqual({ x: "2", y: "a dog", request: { model: "emoji", prompt: "a dog", n: 1, seed: 2 } });
    const models = cellsOf(grid({ down: { kind: "model", values: "emoji, digits" } }));
    expect(models[3]?.request).toEqual({ model: "digits", prompt: "a red heart", n: 1, seed: 1 });
  });

  it("says why it cannot be filled", () => {
    expect(wrongOf(grid())).toBeNull();
    expect(wrongOf(grid({ down: { kind: "seed", values: "1" } }))).toBe("same");
    expect(wrongOf(grid({ down: { kind: "steps", values: "" } }))).toBe("none");
    expect(wrongOf(grid({ down: { kind: "steps", values: "1,many" } }))).toBe("number");
    expect(wrongOf(grid({ across: { kind: "seed", values: "x" } }))).toBe("seed");
    expect(wrongOf(grid({ across: { kind: "seed", values: "1-16" }, down: { kind: "steps", values: "1,2,3,4,5" } }))).toBe("many");
    expect(MOST_CELLS).toBe(64);
  });

  it("is in an address, and comes back from it whatever the dials say by then", () => {
    const one = grid({ base: { ...USUAL, prompt: "<b>", seed: "9", steps: "8" } });
    const back = gridOf(gridParams(one), "emoji", { ...USUAL, prompt: "else", guidance: "7" });
    expect(back).toEqual({ ...one, base: { ...one.base, guidance: "" } });
    expect(gridOf({}, "emoji", USUAL)).toBeNull();
    expect(gridOf({ grid: "x" }, "emoji", USUAL)).toMatchObject({ across: { kind: "seed" }, down: { kind: "guidance" } });
  });
});
