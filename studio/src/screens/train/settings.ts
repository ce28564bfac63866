// A recipe's settings as entries of a form: which there are, what each takes, where a fault belongs.
import type { Setting } from "../../api/train";

export type Entry = { kind: "choice"; values: string[] } | { kind: "yes" } | { kind: "number"; least: number | undefined; most: number | undefined } | { kind: "text" };

interface Schema {
  type?: string;
  enum?: (string | number)[];
  anyOf?: Schema[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
}

export function entryOf(kind: Setting["kind"]): Entry {
  const schema = kind as Schema;
  const one = schema.anyOf?.filter((each) => each.type !== "null") ?? [schema];
  const [first = {}] = one;
  if (one.length > 1) return { kind: "text" };
  if (first.enum !== undefined) return { kind: "choice", values: first.enum.map(String) };
  if (first.type === "boolean") return { kind: "yes" };
  if (first.type === "integer" || first.type === "number") {
    return { kind: "number", least: first.minimum ?? first.exclusiveMinimum, most: first.maximum ?? first.exclusiveMaximum };
  }
  return { kind: "text" };
}

/** A value as it would be typed. */
export function typed(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What is asked of everybody; the rest stands behind "more". */
export const FIRST = ["size", "train.minutes", "seed"];

/** Settings that the data's modality has no use for. */
const OTHERS: Readonly<Record<string, RegExp>> = {
  image: /^(clean\.(min_chars|similarity|sound_|min_seconds|max_seconds|trim|loudness|clipped|rate|channels|languages|repair)|data\.(spoken|consent|secrets|licences)|sample\.(max_new|temperature|top_|min_p|typical|repetition|presence|frequency)|validation\.ear)/,
  text: /^(clean\.(image_|min_pixels|sound_|min_seconds|max_seconds|trim|loudness|clipped|rate|channels|leave_out|hold_out)|data\.(spoken|consent|captions|mirror|secrets|licences)|sample\.(guidance|steps|solver)|validation\.ear)/,
  audio: /^(clean\.(min_chars|similarity|image_|min_pixels|languages|repair)|data\.(mirror|secrets|licences)|sample\.(max_new|temperature|top_|min_p|typical|repetition|presence|frequency))/,
  table: /^(clean\.(min_chars|similarity|image_|min_pixels|sound_|min_seconds|max_seconds|trim|loudness|clipped|rate|channels|languages|repair|leave_out|hold_out)|data\.(spoken|consent|captions|mirror|secrets|licences)|validation\.ear)/,
};

export interface Group {
  name: string;
  settings: Setting[];
}

/** Those behind "more", by the table that they stand in; what a part of its own learns by stands last. */
export function groupsOf(all: readonly Setting[], modality: string): Group[] {
  const out = OTHERS[modality === "code" ? "text" : modality];
  const groups = new Map<string, Setting[]>();
  for (const one of all) {
    if (FIRST.includes(one.key) || one.key === "data.split" || (out?.test(one.key) ?? false)) continue;
    const name = one.key.split(".").slice(0, -1).join(".");
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  const order = ["train", "model", "data", "clean", "sample", "validation", "codec", "codec.learned", "codec.learned.train", "judge", "judge.train"];
  return [...groups]
    .map(([name, settings]) => ({ name, settings }))
    .sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
}

/** The setting that the server's words are about. */
export function settingOf(said: string, all: readonly Setting[]): string | null {
  const names = said.match(/[a-z_]+(\.[a-z_0-9]+)*/g) ?? [];
  return names.find((name) => all.some((one) => one.key === name)) ?? null;
}

export type Overrides = Readonly<Record<string, string>>;

/** What was typed for a recipe before, of what is still a setting of text. */
export function readOverrides(kept: unknown): Record<string, Overrides> {
  const found: Record<string, Overrides> = {};
  if (typeof kept !== "object" || kept === null) return found;
  for (const [recipe, given] of Object.entries(kept)) {
    if (typeof given !== "object" || given === null) continue;
    found[recipe] = Object.fromEntries(Object.entries(given as Record<string, unknown>).filter((one): one is [string, string] => typeof one[1] === "string"));
  }
  return found;
}

/** The seed has a field of its own in a request for a job. */
export function asked(overrides: Overrides, seed: unknown): { seed?: number; overrides: Record<string, string> } {
  const { seed: typedSeed, ...rest } = overrides;
  const value = Number(typedSeed ?? seed);
  return { ...(Number.isSafeInteger(value) && value >= 0 ? { seed: value } : {}), overrides: rest };
}
