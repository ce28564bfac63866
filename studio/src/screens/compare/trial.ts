// A blind trial: what is asked, what was chosen so far. Which side is which is drawn anew for each round, and kept nowhere
// before somebody has chosen.
import type { Model } from "../../api/shapes";
import { canChat, draws, writes } from "../../api/kinds";

export type Kind = "image" | "text" | "audio" | "music";
export type Choice = "a" | "b" | "equal";

export interface Settings {
  a: string;
  b: string;
  kind: Kind;
  /** Asked in turn. */
  prompts: string[];
  rounds: number;
  seed: number;
}

export interface Judged {
  round: number;
  choice: Choice;
  /** Which of the two stood on the left. */
  left: "a" | "b";
}

export interface Trial {
  judged: Judged[];
  skipped: number;
  /** It was ended before all of its rounds. */
  ended: boolean;
}

export const KINDS: readonly Kind[] = ["image", "text", "audio", "music"];

/** Models by what they make; a voice is no maker of sounds, nor is what judges or enlarges. */
export function kindsOf(models: readonly Model[]): Record<Kind, string[]> {
  const voices = new Set(models.filter((one) => one.anew.modality === "speech").map((one) => one.id));
  const names = (fits: (one: Model) => boolean): string[] => [...new Set(models.filter(fits).map((one) => one.id))];
  const makes = (one: Model): boolean => (one.anew.does ?? "make") === "make";
  return {
    image: names(draws),
    text: names((one) => writes(one) && makes(one)),
    audio: names((one) => one.anew.modality === "audio" && makes(one) && !voices.has(one.id)),
    music: names((one) => one.anew.modality === "music"),
  };
}

export const allChat = (models: readonly Model[], names: readonly string[]): boolean =>
  names.every((name) => models.some((one) => one.id === name && canChat(one)));

export const roundOf = ({ judged, skipped }: Trial): number => judged.length + skipped;
export const promptOf = ({ prompts }: Settings, round: number): string => prompts[round % Math.max(1, prompts.length)] ?? "";
export const seedOf = ({ seed }: Settings, round: number): number => seed + round;
export const isOver = (trial: Trial, { rounds }: Settings): boolean => trial.ended || trial.judged.length >= rounds;

export const NEW: Trial = { judged: [], skipped: 0, ended: false };

/** By a coin that nobody sees. */
export function tossed(): "a" | "b" {
  return ((crypto.getRandomValues(new Uint8Array(1))[0] ?? 0) & 1) === 0 ? "a" : "b";
}

/** By what an address says. */
export function readSettings(params: Readonly<Record<string, string>>, able: Record<Kind, string[]>): Settings | null {
  const kind = KINDS.find((one) => one === params["kind"]);
  const { a, b } = params;
  const rounds = Number(params["rounds"]);
  const seed = Number(params["seed"]);
  if (kind === undefined || a === undefined || b === undefined || a === b) return null;
  if (!able[kind].includes(a) || !able[kind].includes(b)) return null;
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > MOST || !Number.isInteger(seed) || seed < 0) return null;
  return { a, b, kind, rounds, seed, prompts: linesOf(params["say"] ?? "") };
}

export const MOST = 200;

export const linesOf = (typed: string): string[] => typed.split("\n").filter((line) => line.trim() !== "");

export const paramsOf = ({ a, b, kind, prompts, rounds, seed }: Settings): Record<string, string> => ({
  a, b, kind, rounds: String(rounds), seed: String(seed), say: prompts.join("\n"),
});

/** By which a trial's choices are found again. */
export const keyOf = (settings: Settings): string => JSON.stringify(paramsOf(settings));

const LAST = 20; // trials that are kept

export type Trials = readonly (readonly [string, Trial])[];

const isTrial = (one: unknown): one is [string, Trial] =>
  Array.isArray(one) && typeof one[0] === "string" && typeof one[1] === "object" && one[1] !== null && Array.isArray((one[1] as Trial).judged);

export const readTrials = (kept: unknown): Trials => (Array.isArray(kept) ? kept.filter(isTrial) : []);
export const trialOf = (trials: Trials, key: string): Trial => trials.find(([known]) => known === key)?.[1] ?? NEW;
export const withTrial = (trials: Trials, key: string, trial: Trial): Trials => [[key, trial], ...trials.filter(([known]) => known !== key)].slice(0, LAST) as Trials;

export interface Count {
  a: number;
  b: number;
  equal: number;
}

export function countOf({ judged }: Trial): Count {
  const count: Count = { a: 0, b: 0, equal: 0 };
  for (const { choice } of judged) count[choice] += 1;
  return count;
}
