// A kept picture's file as an address of this page: fetched with the key. The addresses that were used last are held, so
// that what was scrolled past is there at once; the others are let go.
import { useEffect, useState } from "react";
import { content } from "./creations";
import { asFault, type Fault } from "./fault";
import { useLife } from "./use";

export interface Content {
  address: string | null;
  fault: Fault | null;
}

const MOST = 600; // addresses that are held: more than are on the page at once
const held = new Map<string, string>();

function hold(id: string, address: string): void {
  held.delete(id);
  held.set(id, address);
  const [oldest] = held;
  if (held.size <= MOST || oldest === undefined) return;
  held.delete(oldest[0]);
  URL.revokeObjectURL(oldest[1]);
}

/** `settled`: milliseconds until it is asked for, which is never if its element goes before. */
export function useContent(id: string, settled = 0): Content {
  const { returns } = useLife();
  const [shown, setShown] = useState<Content>({ address: null, fault: null });
  useEffect(() => {
    const before = held.get(id);
    if (before !== undefined) {
      hold(id, before);
      setShown({ address: before, fault: null });
      return undefined;
    }
    const leaving = new AbortController();
    const ask = (): void => {
      content(id, leaving.signal).then(
        (blob) => {
          if (leaving.signal.aborted) return;
          const address = URL.createObjectURL(blob);
          hold(id, address);
          setShown({ address, fault: null });
        },
        (thrown: unknown) => {
          const fault = asFault(thrown);
          if (fault.kind !== "stopped") setShown({ address: null, fault });
        },
      );
    };
    const timer = setTimeout(ask, settled);
    return () => {
      clearTimeout(timer);
      leaving.abort();
    };
  }, [id, settled, returns]);
  return shown;
}
