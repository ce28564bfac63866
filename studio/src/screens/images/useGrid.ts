// A grid's pictures, one after the other, each as it takes shape.
import { useCallback, useEffect, useRef, useState } from "react";
import { asFault, type Fault } from "../../api/fault";
import { draw } from "./asking";
import type { Cell } from "./grid";
import { ignoredIn } from "./useDrawing";

export interface Filled {
  content: string | null;
  done: boolean;
  fault: Fault | null;
  ignored: string;
}

export interface Filling {
  cells: readonly Cell[];
  filled: readonly Filled[];
  state: "filling" | "done" | "stopped" | "failed";
  /** That the server went away; what it says of a cell stands in the cell. */
  fault: Fault | null;
}

const NOTHING: Filled = { content: null, done: false, fault: null, ignored: "" };

export function useGrid(): { filling: Filling | null; fill: (cells: readonly Cell[]) => void; stop: () => void } {
  const [filling, setFilling] = useState<Filling | null>(null);
  const leaving = useRef<AbortController | null>(null);
  const stop = useCallback(() => leaving.current?.abort(), []);
  useEffect(() => stop, [stop]);
  const fill = useCallback((cells: readonly Cell[]) => {
    leaving.current?.abort();
    const mine = new AbortController();
    leaving.current = mine;
    let now: Filling = { cells, filled: cells.map(() => NOTHING), state: "filling", fault: null };
    const show = (more: Partial<Filling>): void => {
      now = { ...now, ...more };
      if (leaving.current === mine) setFilling(now);
    };
    const put = (at: number, more: Partial<Filled>): void =>
      show({ filled: now.filled.map((one, i) => (i === at ? { ...one, ...more } : one)) });
    const one = async (at: number, { request }: Cell): Promise<void> => {
      try {
        const { events, headers } = await draw(request, mine.signal);
        put(at, { ignored: ignoredIn(headers) });
        for await (const event of events) {
          const done = event.type.endsWith(".completed");
          put(at, { content: event.b64_json, done });
          if (done) return;
        }
      } catch (thrown) {
        const fault = asFault(thrown);
        if (fault.kind !== "refused") throw fault;
        put(at, { fault, done: true });
      }
    };
    const all = async (): Promise<void> => {
      show({});
      try {
        for (const [at, cell] of cells.entries()) await one(at, cell);
        show({ state: "done" });
      } catch (thrown) {
        const fault = asFault(thrown);
        show(fault.kind === "stopped" ? { state: "stopped" } : { state: "failed", fault });
      }
    };
    void all();
  }, []);
  return { filling, fill, stop };
}
