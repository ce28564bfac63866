// A grid of pictures that differ by two things, one to the right and one downwards, and by nothing else.
import type { PictureRequest } from "../../api/shapes";
import { isSeed, requestFor, type Settings } from "./settings";

export const KINDS = ["prompt", "seed", "guidance", "steps", "sampler", "temperature", "negative", "size", "model"] as const;
export type Kind = (typeof KINDS)[number];

export interface Axis {
  kind: Kind;
  /** As it was typed. */
  values: string;
}

export interface Grid {
  model: string;
  base: Settings;
  across: Axis;
  down: Axis;
}

export const MOST_CELLS = 64;
const MOST_RANGE = 16;
const WORDS: readonly Kind[] = ["prompt", "negative"]; // in which there may be commas

/** The values of an axis: commas or semicolons between them, of words semicolons alone; 1-4 are four seeds. */
export function valuesOf({ kind, values }: Axis): string[] {
  const found = values.split(WORDS.includes(kind) ? /[;\n]/ : /[,;\n]/).map((one) => one.trim()).filter((one) => one !== "");
  return [...new Set(found.flatMap((one) => (kind === "seed" ? rangeOf(one) : [one])))];
}

function rangeOf(one: string): string[] {
  const [, from, until] = /^(\d{1,15})\s*-\s*(\d{1,15})$/.exec(one) ?? [];
  if (from === undefined || until === undefined) return [one];
  const many = Number(until) - Number(from) + 1;
  return many < 1 || many > MOST_RANGE ? [one] : Array.from({ length: many }, (_, i) => String(Number(from) + i));
}

const isKind = (word: string | undefined): word is Kind => KINDS.some((one) => one === word);

/** What a value makes of the settings; the model apart. */
function withValue(settings: Settings, kind: Kind, value: string): Settings {
  return kind === "model" ? settings : { ...settings, [kind]: value };
}

export interface Cell {
  x: string;
  y: string;
  request: PictureRequest;
}

/** Row by row. */
export function cellsOf({ model, base, across, down }: Grid): Cell[] {
  return valuesOf(down).flatMap((y) =>
    valuesOf(across).map((x) => {
      const settings = withValue(withValue({ ...base, n: 1 }, down.kind, y), across.kind, x);
      const name = across.kind === "model" ? x : down.kind === "model" ? y : model;
      return { x, y, request: requestFor(settings, name, Number(settings.seed)) };
    }),
  );
}

export type Wrong = "same" | "seed" | "number" | "none" | "many" | null;

/** Why it cannot be filled. */
export function wrongOf(grid: Grid): Wrong {
  const { across, down, base } = grid;
  if (across.kind === down.kind) return "same";
  if (valuesOf(across).length === 0 || valuesOf(down).length === 0) return "none";
  if (valuesOf(across).length * valuesOf(down).length > MOST_CELLS) return "many";
  for (const axis of [across, down]) {
    const values = valuesOf(axis);
    if (axis.kind === "seed" && !values.every(isSeed)) return "seed";
    if (["guidance", "steps", "temperature"].includes(axis.kind) && !values.every((one) => Number.isFinite(Number(one)))) return "number";
  }
  return across.kind !== "seed" && down.kind !== "seed" && !isSeed(base.seed) ? "seed" : null;
}

const KEPT = ["prompt", "seed", "steps", "guidance", "sampler", "temperature", "negative", "size"] as const;

/** What an address has of a grid: the axes, and all that its pictures have in common. */
export function gridParams({ model, base, across, down }: Grid): Record<string, string> {
  const common = Object.fromEntries(KEPT.map((name) => [name, base[name]]));
  return { ...common, model, grid: `${across.kind} ${down.kind}`, x: across.values, y: down.values };
}

/** None of these is in an address without a grid. */
export const NO_GRID: Readonly<Record<string, null>> = {
  grid: null, x: null, y: null, steps: null, guidance: null, sampler: null, temperature: null, negative: null, size: null,
};

export function gridOf(params: Readonly<Record<string, string>>, model: string, now: Settings): Grid | null {
  const { grid } = params;
  if (grid === undefined) return null;
  const [across, down] = grid.split(" ");
  const base = { ...now };
  if (params["x"] !== undefined) for (const name of KEPT) base[name] = params[name] ?? "";
  return {
    model, base,
    across: { kind: isKind(across) ? across : "seed", values: params["x"] ?? "" },
    down: { kind: isKind(down) ? down : "guidance", values: params["y"] ?? "" },
  };
}
