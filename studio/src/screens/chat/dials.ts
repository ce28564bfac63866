// How an answer is drawn: the dials, their bounds, and what they are in a request.
import type { CompletionRequest } from "../../api/shapes";

export interface Dials {
  temperature: number;
  topP: number;
  topK: number;
  minP: number;
  repetition: number;
  length: number;
  seed: string;
  locked: boolean;
}

export const USUAL: Dials = {
  temperature: 0.7,
  topP: 1,
  topK: 0,
  minP: 0.05,
  repetition: 1,
  length: 256,
  seed: "1",
  locked: false,
};

const BOUNDS = {
  temperature: [0, 2],
  topP: [0.05, 1],
  topK: [0, 200],
  minP: [0, 0.5],
  repetition: [1, 2],
  length: [16, 4096],
} as const;

/** Dials from whatever was kept: what is no dial, or out of its bounds, is as usual. */
export function readDials(kept: unknown): Dials {
  if (typeof kept !== "object" || kept === null) return USUAL;
  const given = kept as Record<string, unknown>;
  const within = (name: keyof typeof BOUNDS): number => {
    const [least, most] = BOUNDS[name];
    const value = given[name];
    return typeof value === "number" && value >= least && value <= most ? value : USUAL[name];
  };
  return {
    temperature: within("temperature"),
    topP: within("topP"),
    topK: within("topK"),
    minP: within("minP"),
    repetition: within("repetition"),
    length: within("length"),
    seed: typeof given["seed"] === "string" ? given["seed"] : USUAL.seed,
    locked: given["locked"] === true,
  };
}

/** Whether it is a seed that the server takes, and that a number of JavaScript holds exactly. */
export function isSeed(typed: string): boolean {
  return /^-?\d{1,16}$/.test(typed) && Number.isSafeInteger(Number(typed));
}

/** The same for two models, where none is kept. */
export function withSeed(dials: Dials): Dials {
  if (dials.locked && isSeed(dials.seed)) return dials;
  const [drawn = 1] = crypto.getRandomValues(new Uint32Array(1));
  return { ...dials, seed: String(drawn), locked: true };
}

type Sampled = Pick<
  Partial<CompletionRequest>,
  "temperature" | "top_p" | "top_k" | "min_p" | "repetition_penalty" | "max_tokens" | "seed"
>;

/** What differs from the server's own usual, so that a copied request says no more than it has to. */
export function sampled(dials: Dials): Sampled {
  const asked: Sampled = { max_tokens: dials.length, temperature: dials.temperature };
  if (dials.topP < 1) asked.top_p = dials.topP;
  if (dials.topK > 0) asked.top_k = dials.topK;
  if (dials.minP > 0) asked.min_p = dials.minP;
  if (dials.repetition > 1) asked.repetition_penalty = dials.repetition;
  if (dials.locked && isSeed(dials.seed)) asked.seed = Number(dials.seed);
  return asked;
}
