// One request at a time, by somebody who may stop it or leave.
import { useCallback, useEffect, useRef, useState } from "react";
import { Fault, asFault } from "../api/fault";

/** What the browser cannot read is none of the server's being away; what broke off is. */
function failedBy(thrown: unknown): Fault {
  const own = thrown instanceof Error && !(thrown instanceof Fault) && !(thrown instanceof TypeError) && thrown.name !== "AbortError";
  return own ? new Fault("refused", thrown.message) : asFault(thrown);
}

export interface Asking {
  busy: boolean;
  fault: Fault | null;
  /** Ends what was begun before. */
  run: (work: (signal: AbortSignal) => Promise<void>) => void;
  stop: () => void;
}

export function useAsking(): Asking {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Fault | null>(null);
  const under = useRef<AbortController | null>(null);
  const run = useCallback((work: (signal: AbortSignal) => Promise<void>) => {
    under.current?.abort();
    const mine = new AbortController();
    under.current = mine;
    setBusy(true);
    setFault(null);
    work(mine.signal)
      .catch((thrown: unknown) => {
        const failed = failedBy(thrown);
        if (under.current === mine && failed.kind !== "stopped") setFault(failed);
      })
      .finally(() => {
        if (under.current === mine) setBusy(false);
      });
  }, []);
  const stop = useCallback(() => under.current?.abort(), []);
  useEffect(() => stop, [stop]);
  return { busy, fault, run, stop };
}
