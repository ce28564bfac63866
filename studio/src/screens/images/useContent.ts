// A kept picture's file as an address of this page: fetched with the key, once it comes into sight, let go with its element.
import { useEffect, useState, type RefObject } from "react";
import { asFault, type Fault } from "../../api/fault";
import { useLife } from "../../api/use";
import { content } from "./asking";

const AHEAD = "300px";

export interface Content {
  address: string | null;
  fault: Fault | null;
}

export function useSeen(place: RefObject<Element | null>): boolean {
  const [seen, setSeen] = useState(typeof IntersectionObserver === "undefined");
  useEffect(() => {
    const element = place.current;
    if (seen || element === null) return undefined;
    const watcher = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) setSeen(true);
      },
      { rootMargin: AHEAD },
    );
    watcher.observe(element);
    return () => watcher.disconnect();
  }, [place, seen]);
  return seen;
}

export function useContent(id: string, wanted = true): Content {
  const { returns } = useLife();
  const [held, setHeld] = useState<Content>({ address: null, fault: null });
  useEffect(() => {
    if (!wanted) return undefined;
    const leaving = new AbortController();
    let address: string | null = null;
    content(id, leaving.signal).then(
      (blob) => {
        if (leaving.signal.aborted) return;
        address = URL.createObjectURL(blob);
        setHeld({ address, fault: null });
      },
      (thrown: unknown) => {
        const fault = asFault(thrown);
        if (fault.kind !== "stopped") setHeld({ address: null, fault });
      },
    );
    return () => {
      leaving.abort();
      if (address !== null) URL.revokeObjectURL(address);
    };
  }, [id, wanted, returns]);
  return held;
}
