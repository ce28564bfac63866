// What changes by itself is asked again while it is looked at, and not while nobody does.
import { useEffect, useRef, useSyncExternalStore } from "react";
import { useLife, useLoaded, type Loaded } from "../../api/use";

function listen(heard: () => void): () => void {
  document.addEventListener("visibilitychange", heard);
  return () => document.removeEventListener("visibilitychange", heard);
}

/** `pause`: milliseconds from an answer to the next question, by what was answered. A dead server is left to the shell,
 * which hears when it is back. */
export function usePolled<Shape>(
  load: (signal: AbortSignal) => Promise<Shape>,
  pause: (data: Shape | undefined) => number,
): Loaded<Shape> {
  const loaded = useLoaded(load);
  const every = pause(loaded.data);
  const { away } = useLife();
  const hidden = useSyncExternalStore(listen, () => document.hidden);
  const { loading, again } = loaded;
  const unseen = useRef(hidden);
  useEffect(() => {
    if (unseen.current && !hidden) again(); // what was seen last may be old
    unseen.current = hidden;
  }, [hidden, again]);
  useEffect(() => {
    if (hidden || away || loading) return undefined;
    const timer = setTimeout(again, every);
    return () => clearTimeout(timer);
  }, [hidden, away, loading, again, every]);
  return loaded;
}
