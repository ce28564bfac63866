import { useEffect, useState, type RefObject } from "react";

const MARGIN = "1200px"; // beyond the window, within which a turn is drawn whole

type Heard = (near: boolean) => void;

const watched = new Map<Element, Heard>();
let observer: IntersectionObserver | null = null;

function watch(element: Element, heard: Heard): () => void {
  observer ??= new IntersectionObserver(
    (entries) => {
      // What holds the focus stays, or the keyboard would begin at the top again.
      for (const entry of entries) watched.get(entry.target)?.(entry.isIntersecting || entry.target.contains(document.activeElement));
    },
    { rootMargin: `${MARGIN} 0px` },
  );
  watched.set(element, heard);
  observer.observe(element);
  return () => {
    watched.delete(element);
    observer?.unobserve(element);
  };
}

/** Whether an element is in sight or nearly; always, where a browser cannot tell. `first`: what it is taken for before. */
export function useNear(place: RefObject<Element | null>, first: boolean): boolean {
  const [near, setNear] = useState(first || !("IntersectionObserver" in window));
  useEffect(() => {
    const element = place.current;
    if (element === null || !("IntersectionObserver" in window)) return undefined;
    return watch(element, setNear);
  }, [place]);
  return near;
}
