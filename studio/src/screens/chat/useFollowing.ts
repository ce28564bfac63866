import { useEffect, useRef } from "react";
import type { Turn } from "./tree";

const NEAR = 160; // pixels from the end within which the reader follows what is written

/** Keep the end in sight while it grows, unless the reader has scrolled away from it. */
export function useFollowing(last: Turn | undefined, writing: boolean): void {
  const follows = useRef(true);
  useEffect(() => {
    const heard = (): void => {
      const { scrollHeight, clientHeight, scrollTop } = document.documentElement;
      follows.current = scrollHeight - clientHeight - scrollTop < NEAR;
    };
    window.addEventListener("scroll", heard, { passive: true });
    return () => window.removeEventListener("scroll", heard);
  }, []);
  useEffect(() => {
    if (writing) follows.current = true;
  }, [writing]);
  useEffect(() => {
    if (writing && follows.current) window.scrollTo({ top: document.documentElement.scrollHeight });
  }, [last, writing]);
}
