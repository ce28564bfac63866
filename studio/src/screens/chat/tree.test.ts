import { expect, it } from "vitest";
import { added, before, changed, choose, childrenOf, EMPTY, indexed, lineTo, newId, pairOf, pathOf, removed, standing, type Tree, type Turn } from "./tree";

const turn = (id: string, parent: string | null, text = id): Turn => ({ id, parent, text, role: id.startsWith("u") ? "user" : "assistant" });
const grown = (...turns: Turn[]): Tree => turns.reduce(added, EMPTY);
const ids = (turns: readonly Turn[]): string => turns.map((one) => one.id).join(" ");

const TREE = grown(turn("u1", null), turn("a1", "u1"), turn("u2", "a1"), turn("a2", "u2"), turn("a3", "u1"), turn("u3", null));

it("stands at what came last, and keeps the rest", () => {
  expect(ids(pathOf(TREE))).toBe("u3");
  expect(Object.keys(TREE.turns)).toHaveLength(6);
});

it("goes back to a branch, and to where one stood in it", () => {
  const back = choose(TREE, "u1");
  expect(ids(pathOf(back))).toBe("u1 a3");
  const deep = choose(back, "a1");
  expect(ids(pathOf(deep))).toBe("u1 a1 u2 a2");
  expect(ids(pathOf(choose(choose(deep, "u3"), "u1")))).toBe("u1 a1 u2 a2");
});

it("knows what stands beside a turn", () => {
  expect(standing(indexed(TREE), TREE.turns["a1"]!)).toMatchObject({ at: 1, of: 2, earlier: undefined });
  expect(standing(indexed(TREE), TREE.turns["a1"]!).later?.id).toBe("a3");
  expect(ids(lineTo(TREE, "a2"))).toBe("u1 a1 u2 a2");
});

it("changes a turn and no other", () => {
  const next = changed(TREE, "a1", { text: "other" });
  expect(next.turns["a1"]?.text).toBe("other");
  expect(next.turns["a2"]).toBe(TREE.turns["a2"]);
  expect(TREE.turns["a1"]?.text).toBe("a1");
  expect(changed(TREE, "nobody", { text: "x" })).toBe(TREE);
});

it("forgets a turn with all that hangs on it, and stands beside it", () => {
  const less = removed(choose(TREE, "a2"), "a1");
  expect(Object.keys(less.turns).sort().join(" ")).toBe("a3 u1 u3");
  expect(ids(pathOf(less))).toBe("u1 a3");
  expect(childrenOf(removed(TREE, "u1"), null).map((one) => one.id)).toEqual(["u3"]);
});

it("ends where a damaged tree goes in a circle", () => {
  const circle: Tree = { turns: { a: turn("a", "b"), b: turn("b", "a") }, chosen: { "": "a", a: "b", b: "a" } };
  expect(ids(pathOf(circle))).toBe("a b");
  expect(ids(lineTo(circle, "a"))).toBe("b a");
});

it("tells what stands before a piece", () => {
  const pieces = ["Da", "nu", "be"].map((text) => ({ text, logprob: -1, best: [] }));
  expect(before({ ...turn("a", null), pieces }, 2)).toBe("Danu");
});

it("draws ids of twelve digits", () => {
  expect(new Set(Array.from({ length: 100 }, newId)).size).toBe(100);
  expect(newId()).toMatch(/^[0-9a-f]{12}$/);
});

it("knows the answers that were asked for together", () => {
  const one: Turn = { id: "p1", parent: "u1", role: "assistant", text: "a", pair: "x" };
  const tree = added(added(TREE, one), { ...one, id: "p2" });
  expect(pairOf(tree, tree.turns["p2"]!).map((turn) => turn.id)).toEqual(["p1", "p2"]);
  expect(pairOf(removed(tree, "p1"), one)).toEqual([]);
  expect(pairOf(tree, TREE.turns["a1"]!)).toEqual([]);
});
