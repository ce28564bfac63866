// A run as it is now: its job where it has one, its folder once there is one, and its journal as it grows.
import { useCallback, useEffect, useRef, useState } from "react";
import { asFault, type Fault } from "../../api/fault";
import { jobNow, jobs, readJournal, runNow, type Job, type Part, type RunWhole } from "../../api/train";
import { useLife, useLoaded, type Loaded } from "../../api/use";
import { Figures } from "./series";

const OFTEN = 2000;
const SELDOM = 8000;
const CATCHES_UP = 10_000; // milliseconds in which a journal that is read again has to be where it was

/** Asked again every so many milliseconds while somebody looks; null: not any more. */
export function usePolled<Shape>(load: (signal: AbortSignal) => Promise<Shape>, every: number | null): Loaded<Shape> {
  const loaded = useLoaded(load);
  const { again, loading } = loaded;
  useEffect(() => {
    if (every === null || loading) return undefined;
    const timer = setTimeout(() => {
      if (!document.hidden) again();
    }, every);
    const seen = (): void => {
      if (!document.hidden) again();
    };
    document.addEventListener("visibilitychange", seen);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [again, every, loading, loaded.data]);
  return loaded;
}

export const isLive = (job: Job | null | undefined): boolean => job !== null && job !== undefined && ["validating_files", "queued", "running"].includes(job.status);

/** Null: no job has such a run. */
export function useJob(name: string): Loaded<Job | null> {
  const id = useRef<string>(null);
  const [live, setLive] = useState(true);
  const load = useCallback(
    async (signal: AbortSignal) => {
      const found = id.current === null ? ((await jobs(signal)).data.find((one) => one.run === name) ?? null) : await jobNow(id.current, signal);
      id.current = found?.id ?? null;
      setLive(isLive(found));
      return found;
    },
    [name],
  );
  return usePolled(load, live ? OFTEN : SELDOM);
}

/** Null: it has no folder yet, or none any more. */
export function useRunNow(name: string, live: boolean): Loaded<RunWhole | null> {
  const load = useCallback(
    (signal: AbortSignal) =>
      runNow(name, signal).catch((thrown: unknown) => {
        if (asFault(thrown).status === 404) return null;
        throw thrown;
      }),
    [name],
  );
  return usePolled(load, live ? OFTEN : SELDOM);
}

export interface Followed {
  figures: Figures;
  /** Another number once there is more. */
  version: number;
  done: boolean;
  fault: Fault | null;
}

/** A part's journal, read as it is written; from its beginning again when the server was away. */
export function useJournal(name: string, part: Part | null): Followed {
  const { returns } = useLife();
  const [state, setState] = useState<Followed & { of: string }>(() => ({ of: "", figures: new Figures(), version: 0, done: false, fault: null }));
  const of = `${name} ${part ?? ""}`;
  useEffect(() => {
    if (part === null) return undefined;
    const leaving = new AbortController();
    const figures = new Figures();
    const began = performance.now();
    const told = (more: Partial<Followed>): void => {
      if (leaving.signal.aborted) return;
      setState((before) => {
        // What was read before stands until as much of it is read again.
        const behind = before.of === of && figures.step < before.figures.step && more.done !== true && performance.now() - began < CATCHES_UP;
        return behind ? { ...before, fault: null } : { figures, fault: null, done: false, ...more, of, version: before.version + 1 };
      });
    };
    readJournal(
      name,
      part,
      (rows) => {
        figures.add(rows);
        told({});
      },
      leaving.signal,
    ).then(
      ({ done }) => told({ done }),
      (thrown: unknown) => {
        const fault = asFault(thrown);
        if (fault.kind === "stopped" || leaving.signal.aborted) return;
        setState((before) => ({ ...(before.of === of ? before : { figures, done: false, version: before.version + 1 }), of, fault }));
      },
    );
    return () => leaving.abort();
  }, [name, part, of, returns]);
  return state.of === of ? state : { figures: EMPTY, version: -1, done: false, fault: null };
}

const EMPTY = new Figures();
