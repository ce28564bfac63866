// A conversation as a tree of turns: what is edited or tried again stands beside what was there, and the reader stands at
// one of its ends. Nothing here changes what it is given.

import type { Form } from "./form";

export type Role = "user" | "assistant";

/** One piece as the model drew it, and what it weighed there: text and natural logarithm of the likelihood. */
export interface Piece {
  text: string;
  logprob: number | null;
  best: readonly (readonly [string, number])[];
}

export type Ending = "stop" | "length" | "stopped" | "broken" | "failed";

export interface Turn {
  id: string;
  parent: string | null;
  role: Role;
  text: string;
  /** What the model was made to begin with, of an answer that goes on from a chosen piece. */
  given?: string;
  pieces?: readonly Piece[];
  model?: string;
  seed?: string;
  /** What it shares with another model's answer that was asked for with it. */
  pair?: string;
  /** What it was held to. */
  form?: Form;
  ending?: Ending;
  /** Why it failed, in the server's words. */
  why?: string;
  tokens?: number;
  seconds?: number;
}

export interface Tree {
  turns: Readonly<Record<string, Turn>>;
  /** Which child is stood at, by the parent's id; "" is what the first turns hang on. */
  chosen: Readonly<Record<string, string>>;
}

export const EMPTY: Tree = { turns: {}, chosen: {} };
const ROOT = "";

/** Not randomUUID, which pages have over HTTPS and on their own machine alone. */
export function newId(): string {
  const drawn = crypto.getRandomValues(new Uint8Array(6));
  return Array.from(drawn, (one) => one.toString(16).padStart(2, "0")).join("");
}

export function childrenOf(tree: Tree, parent: string | null): Turn[] {
  return Object.values(tree.turns).filter((turn) => turn.parent === parent);
}

/** All children by their parent, which one look finds. */
export function indexed(tree: Tree): ReadonlyMap<string | null, readonly Turn[]> {
  const found = new Map<string | null, Turn[]>();
  for (const turn of Object.values(tree.turns)) {
    const beside = found.get(turn.parent);
    if (beside === undefined) found.set(turn.parent, [turn]);
    else beside.push(turn);
  }
  return found;
}

/** The turns from the first to the end where the reader stands. */
export function pathOf(tree: Tree): Turn[] {
  const path: Turn[] = [];
  const seen = new Set<string>();
  let at = tree.turns[tree.chosen[ROOT] ?? ""];
  while (at !== undefined && !seen.has(at.id)) {
    path.push(at);
    seen.add(at.id);
    at = tree.turns[tree.chosen[at.id] ?? ""];
  }
  return path;
}

/** The turns from the first to this one. */
export function lineTo(tree: Tree, id: string | null): Turn[] {
  const line: Turn[] = [];
  const seen = new Set<string>();
  let at = id === null ? undefined : tree.turns[id];
  while (at !== undefined && !seen.has(at.id)) {
    line.unshift(at);
    seen.add(at.id);
    at = at.parent === null ? undefined : tree.turns[at.parent];
  }
  return line;
}

/** With a turn more, at which the reader stands. */
export function added(tree: Tree, turn: Turn): Tree {
  return {
    turns: { ...tree.turns, [turn.id]: turn },
    chosen: { ...tree.chosen, [turn.parent ?? ROOT]: turn.id },
  };
}

export function changed(tree: Tree, id: string, more: Partial<Omit<Turn, "id" | "parent">>): Tree {
  const turn = tree.turns[id];
  return turn === undefined ? tree : { ...tree, turns: { ...tree.turns, [id]: { ...turn, ...more } } };
}

/** The reader stands where this turn is part of the line. */
export function choose(tree: Tree, id: string): Tree {
  const chosen = { ...tree.chosen };
  for (const turn of lineTo(tree, id)) chosen[turn.parent ?? ROOT] = turn.id;
  return { ...tree, chosen };
}

export interface Standing {
  at: number;
  of: number;
  earlier: Turn | undefined;
  later: Turn | undefined;
}

/** Which of the turns in its place a turn is. */
export function standing(children: ReadonlyMap<string | null, readonly Turn[]>, turn: Turn): Standing {
  const all = children.get(turn.parent) ?? [];
  const at = all.findIndex((one) => one.id === turn.id);
  return { at: at + 1, of: all.length, earlier: all[at - 1], later: all[at + 1] };
}

/** The answers that were asked for with this one, itself among them, in the order of their models; none of it alone. */
export function pairOf(tree: Tree, turn: Turn): Turn[] {
  if (turn.pair === undefined) return [];
  const all = childrenOf(tree, turn.parent).filter((one) => one.pair === turn.pair);
  return all.length > 1 ? all : [];
}

/** Without a turn and all that hangs on it; the reader goes to what stands beside it. */
export function removed(tree: Tree, id: string): Tree {
  const gone = new Set([id]);
  for (let grew = true; grew; ) {
    grew = false;
    for (const turn of Object.values(tree.turns)) {
      if (turn.parent !== null && gone.has(turn.parent) && !gone.has(turn.id)) {
        gone.add(turn.id);
        grew = true;
      }
    }
  }
  const turns = Object.fromEntries(Object.entries(tree.turns).filter(([one]) => !gone.has(one)));
  const parent = tree.turns[id]?.parent ?? null;
  const chosen: Record<string, string> = {};
  for (const [from, to] of Object.entries(tree.chosen)) if (!gone.has(from) && !gone.has(to)) chosen[from] = to;
  const beside = childrenOf({ turns, chosen }, parent).at(-1);
  if (beside !== undefined) chosen[parent ?? ROOT] ??= beside.id;
  return { turns, chosen };
}

/** The text before a piece of an answer, which a branch from there has, too. */
export function before(turn: Turn, piece: number): string {
  return (turn.pieces ?? []).slice(0, piece).map((one) => one.text).join("");
}
