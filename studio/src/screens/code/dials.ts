// How a suggestion and the drafts of a task are drawn, and how long a program may run: the dials, their bounds, and what
// of them is kept.

export interface Dials {
  temperature: number;
  length: number;
  seed: string;
  locked: boolean;
  /** Suggestions come by themselves when typing rests. */
  byItself: boolean;
  heat: number;
  drafts: number;
  seconds: number;
  memory: number;
}

export const USUAL: Dials = {
  temperature: 0.2,
  length: 96,
  seed: "1",
  locked: false,
  byItself: true,
  heat: 0.8,
  drafts: 8,
  seconds: 5,
  memory: 512,
};

export const BOUNDS = {
  temperature: [0, 2],
  length: [8, 512],
  heat: [0, 2],
  drafts: [1, 64],
  seconds: [1, 30],
  memory: [64, 2048],
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
    length: within("length"),
    seed: typeof given["seed"] === "string" ? given["seed"] : USUAL.seed,
    locked: given["locked"] === true,
    byItself: given["byItself"] !== false,
    heat: within("heat"),
    drafts: within("drafts"),
    seconds: within("seconds"),
    memory: within("memory"),
  };
}

/** Whether it is a seed that tasks and completions take, and that a number of JavaScript holds exactly. */
export function isSeed(typed: string): boolean {
  return /^\d{1,16}$/.test(typed) && Number.isSafeInteger(Number(typed));
}

/** The seed that is kept, or a new one. */
export function seedOf(dials: Dials): number {
  if (dials.locked && isSeed(dials.seed)) return Number(dials.seed);
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}
