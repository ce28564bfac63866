import { useSyncExternalStore } from "react";

const WIDE = window.matchMedia("(min-width: 68.01rem)");

function listen(heard: () => void): () => void {
  WIDE.addEventListener("change", heard);
  return () => WIDE.removeEventListener("change", heard);
}

/** Whether the dials have room beside the work. */
export function useWide(): boolean {
  return useSyncExternalStore(listen, () => WIDE.matches);
}
