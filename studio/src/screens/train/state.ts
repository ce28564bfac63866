// What a run is doing, in one word for its badge and one sentence for its reader.
import type { Job, Part, RunWhole } from "../../api/train";
import { text } from "../../text";

export const PARTS: readonly Part[] = ["codec", "train", "judge"];

export type Doing = "waits" | "reads" | "learns" | "paused" | "judged" | "done" | "failed" | "cancelled" | "stopped";

type Parts = RunWhole["parts"];

/** The part that learns now or learnt last. */
export function partOf(parts: Parts | undefined): Part | null {
  return [...PARTS].reverse().find((part) => parts?.[part]?.begun === true) ?? null;
}

export function doing(job: Job | null, run: RunWhole | null): Doing {
  if (job !== null) {
    if (job.status === "succeeded") return "done";
    if (job.status === "failed" || job.status === "cancelled" || job.status === "paused") return job.status;
    if (job.status === "queued") return "waits";
    const part = partOf(run?.parts);
    if (job.status === "validating_files" || part === null) return "reads";
    return run?.parts["train"]?.done === true ? "judged" : "learns";
  }
  if (run?.state === "done") return "done";
  return "stopped";
}

export function sentence(now: Doing, job: Job | null, run: RunWhole | null): string {
  const { states } = text.train;
  if (now === "learns") return states.learns(text.train.parts[partOf(run?.parts) ?? "train"] ?? "");
  if (now === "stopped") return states.stopped(run?.state ?? "");
  if (now === "failed") return job?.error?.message ?? states.failed;
  return states[now];
}

/** The part may be kept as it is: the model itself has begun to learn, and has not ended. */
export const canKeep = (job: Job | null, run: RunWhole | null): boolean =>
  (job?.status === "running" || job?.status === "paused") && run?.parts["train"]?.begun === true && !run.parts["train"].done;
