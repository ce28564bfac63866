// What was asked of the sandbox or of a model, one thing at a time: what it writes on the way, and what came of it.
import { useCallback, useState } from "react";
import { perform, runCode, type Done, type Program, type Ran, type TaskName } from "../../api/code";
import type { Fault } from "../../api/fault";
import { useAsking } from "../../parts/asking";

export type WorkKind = "run" | TaskName;

/** Of which file as it stood then, so that what has changed since is not written over. */
export interface Of {
  file: string;
  name: string;
  source: string;
}

export type Found =
  | { kind: "run"; of: Of; ran: Ran; limits: { seconds: number; megabytes: number } }
  | { [Name in TaskName]: { kind: Name; of: Of; done: Done<Name> } }[TaskName];

export interface Work {
  kind: WorkKind | null;
  busy: boolean;
  fault: Fault | null;
  found: Found | null;
  drafts: readonly string[];
  run: (of: Of, program: Program) => void;
  perform: (name: TaskName, of: Of, body: Record<string, unknown>) => void;
  leave: () => void;
  stop: () => void;
}

export function useWork(): Work {
  const { busy, fault, run: begin, stop } = useAsking();
  const [kind, setKind] = useState<WorkKind | null>(null);
  const [found, setFound] = useState<Found | null>(null);
  const [drafts, setDrafts] = useState<readonly string[]>([]);
  const run = useCallback<Work["run"]>(
    (of, program) => {
      setKind("run");
      setFound(null);
      setDrafts([]);
      begin(async (signal) => {
        const ran = await runCode(program, signal);
        if (!signal.aborted) setFound({ kind: "run", of, ran, limits: { seconds: program.seconds, megabytes: program.memory_mb } });
      });
    },
    [begin],
  );
  const performed = useCallback<Work["perform"]>(
    (name, of, body) => {
      setKind(name);
      setFound(null);
      setDrafts([]);
      begin(async (signal) => {
        let drawn = 0;
        const grown = (now: readonly string[]): void => {
          cancelAnimationFrame(drawn);
          drawn = requestAnimationFrame(() => { if (!signal.aborted) setDrafts(now); });
        };
        const done = await perform(name, body, grown, signal);
        // The result is of the task that was named: the type of the two together is lost on the way through a name.
        if (!signal.aborted) setFound({ kind: name, of, done } as Found);
      });
    },
    [begin],
  );
  const leave = useCallback(() => {
    setFound(null);
    setKind(null);
    setDrafts([]);
  }, []);
  return { kind, busy, fault, found, drafts, run, perform: performed, leave, stop };
}
