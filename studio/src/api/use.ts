// What a screen shows of the server: loading, there, or failed; asked again when the server comes back.
import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { asFault, type Fault } from "./fault";
import { lifeChanged, lifeNow, type Life } from "./life";

export function useLife(): Life {
  return useSyncExternalStore(lifeChanged, lifeNow);
}

export interface Loaded<Shape> {
  /** What was there last, also while it is asked for again. */
  data: Shape | undefined;
  fault: Fault | undefined;
  loading: boolean;
  again: () => void;
}

/** `load` has to stay the same function as long as it asks the same. */
export function useLoaded<Shape>(load: (signal: AbortSignal) => Promise<Shape>): Loaded<Shape> {
  const { returns } = useLife();
  const [times, setTimes] = useState(0);
  const [state, setState] = useState<{ data?: Shape; fault?: Fault; loading: boolean }>({ loading: true });
  useEffect(() => {
    const leaving = new AbortController();
    setState(({ data }) => (data === undefined ? { loading: true } : { data, loading: true }));
    load(leaving.signal).then(
      (data) => setState({ data, loading: false }),
      (thrown: unknown) => {
        const fault = asFault(thrown);
        if (fault.kind === "stopped") return;
        setState(({ data }) => (data === undefined ? { fault, loading: false } : { data, fault, loading: false }));
      },
    );
    return () => leaving.abort();
  }, [load, returns, times]);
  const again = useCallback(() => setTimes((before) => before + 1), []);
  return { data: state.data, fault: state.fault, loading: state.loading, again };
}
