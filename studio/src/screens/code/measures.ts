// What the sandbox's verdict was about: how a program ended, and which of its measures that was, as far as what Python
// said tells.
import type { Outcome, Ran } from "../../api/code";

export type Tone = "good" | "bad" | "warn";
export type Measure = "time" | "memory" | "output" | "network" | "disk" | "processes" | "modules" | "early";

export const TONES: Readonly<Record<Outcome, Tone>> = {
  passed: "good",
  finished: "good",
  failed: "bad",
  "ended early": "bad",
  "timed out": "warn",
  "out of memory": "warn",
  "too much output": "warn",
};

const ENDED: Readonly<Partial<Record<Outcome, Measure>>> = {
  "timed out": "time",
  "out of memory": "memory",
  "too much output": "output",
  "ended early": "early",
};

const SAID: readonly (readonly [RegExp, Measure])[] = [
  [/Network is unreachable|gaierror|Name or service not known|Temporary failure in name resolution/, "network"],
  [/Read-only file system|No space left on device|File too large|PermissionError/, "disk"],
  [/BlockingIOError|Resource temporarily unavailable|can't start new thread/, "processes"],
  [/MemoryError/, "memory"],
  [/ModuleNotFoundError/, "modules"],
];

/** The measure of the sandbox by which it ended as it did; null where it is the program's own doing. */
export function measureOf(ran: Pick<Ran, "outcome" | "why">): Measure | null {
  return ENDED[ran.outcome] ?? (ran.outcome === "failed" ? (SAID.find(([how]) => how.test(ran.why))?.[1] ?? null) : null);
}

export const isOutcome = (said: string): said is Outcome => said in TONES;
