// What was typed on the screen, and what it is in a request. Everything typed is a text; an empty one leaves it open.
import type { ComposeRequest, SoundRequest } from "../../api/shapes";

type Words<Name extends string> = Record<Name, string> & { locked: boolean };

const COMPOSE = ["key", "mode", "metre", "bars", "tempo", "style", "instruments", "seed"] as const;
const EFFECT = ["label", "n", "seconds", "loudness", "loop", "seed"] as const;

export type ComposeWords = Words<(typeof COMPOSE)[number]>;
export type EffectWords = Words<(typeof EFFECT)[number]>;

function read<Name extends string>(names: readonly Name[], kept: unknown, usual: Partial<Record<Name, string>>): Words<Name> {
  const given = typeof kept === "object" && kept !== null ? (kept as Record<string, unknown>) : {};
  const words = names.map((name) => [name, typeof given[name] === "string" ? given[name] : (usual[name] ?? "")] as const);
  return { ...(Object.fromEntries(words) as Record<Name, string>), locked: given["locked"] === true };
}

export const readCompose = (kept: unknown): ComposeWords => read(COMPOSE, kept, { bars: "8", seed: "1" });
export const readEffect = (kept: unknown): EffectWords => read(EFFECT, kept, { n: "4", seed: "1" });

/** Those of an address, where it tells of a piece: what it leaves out was left open. */
export function composeOf(params: Readonly<Record<string, string>>): ComposeWords | null {
  if (params["seed"] === undefined) return null;
  return { ...read(COMPOSE, { bars: "", ...params }, {}), locked: true };
}

export function effectOf(params: Readonly<Record<string, string>>): EffectWords | null {
  if (params["seed"] === undefined) return null;
  return { ...read(EFFECT, params, { n: "1" }), locked: true };
}

export const effectParams = (words: EffectWords): Record<string, string> => Object.fromEntries(EFFECT.map((name) => [name, words[name]]));

export const composeParams = (words: ComposeWords): Record<string, string> =>
  Object.fromEntries(COMPOSE.map((name) => [name, words[name]]));

/** The words of a request that was kept; one of several by its own seed. */
export function wordsOf(body: Readonly<Record<string, unknown>>, index: number): Record<string, string> {
  const told = Object.entries(body).flatMap(([name, value]) => (typeof value === "string" || typeof value === "number" ? [[name, String(value)]] : []));
  const words = Object.fromEntries(told) as Record<string, string>;
  if (body["loop"] === true) words["loop"] = "1";
  return { ...words, seed: String(Number(words["seed"] ?? 0) + index), n: "1" };
}

const MOST_SEED = 2 ** 48;

export const isSeed = (typed: string): boolean => /^\d{1,15}$/.test(typed) && Number(typed) < MOST_SEED;
export const isCount = (typed: string, most: number): boolean => /^\d{1,4}$/.test(typed) && Number(typed) >= 1 && Number(typed) <= most;
export const isNumber = (typed: string): boolean => /^-?\d{1,5}([.,]\d{1,4})?$/.test(typed.trim());

const numberOf = (typed: string): number => Number(typed.trim().replace(",", "."));

/** The one that is locked, or another. */
export function seedFor(words: { seed: string; locked: boolean }): number {
  if (words.locked && isSeed(words.seed)) return Number(words.seed);
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}

export function composeRequest(model: string, words: ComposeWords, seed: number): ComposeRequest {
  const asked: ComposeRequest = { model, seed };
  for (const name of ["key", "metre", "style", "instruments"] as const) if (words[name].trim() !== "") asked[name] = words[name].trim();
  if (words.key === "" && (words.mode === "major" || words.mode === "minor")) asked.mode = words.mode;
  if (isCount(words.bars, 1000)) asked.bars = Number(words.bars);
  if (isNumber(words.tempo)) asked.tempo = numberOf(words.tempo);
  return asked;
}

export const MOST_EFFECTS = 8;

export function effectRequest(model: string, words: EffectWords, seed: number): SoundRequest {
  const asked: SoundRequest = { model, seed, answer: "json", n: isCount(words.n, MOST_EFFECTS) ? Number(words.n) : 1 };
  if (words.label.trim() !== "") asked.label = words.label.trim();
  if (isNumber(words.seconds)) asked.seconds = numberOf(words.seconds);
  if (isNumber(words.loudness)) asked.loudness = numberOf(words.loudness);
  if (words.loop === "1") asked.loop = true;
  return asked;
}

/** What a refusal says that the model knows: "no style 'x'; the model knows jig, reel". */
export function knownIn(refusal: string): string[] {
  const [, listed = ""] = /the model knows ([^;]+)/.exec(refusal) ?? [];
  return listed.split(", ").map((one) => one.trim().replace(/\.$/, "")).filter((one) => one !== "");
}

/** The labels that a model's report has clips of: "3: blip". */
export function labelsOf(titles: readonly string[]): string[] {
  const labels = titles.flatMap((title) => /^\d+: (.+)$/.exec(title)?.[1] ?? []);
  return [...new Set(labels)].sort();
}
