// What somebody typed or set, kept in this browser: it survives a reload and a dead server. No key and no secret goes
// here.
import { useCallback, useEffect, useRef, useState } from "react";

const BEFORE = "anew.";
const PAUSE = 300; // milliseconds after the last change until it is written

export function readKept(name: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(BEFORE + name) ?? "null") as unknown;
  } catch {
    return null;
  }
}

/** False where the browser takes no more. */
export function writeKept(name: string, value: unknown): boolean {
  try {
    if (value === null) localStorage.removeItem(BEFORE + name);
    else localStorage.setItem(BEFORE + name, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

/** As useState; `read` makes a value of what was kept, whatever that is, and has to stay the same function. */
export function useKept<Shape>(name: string, read: (kept: unknown) => Shape): [Shape, (value: Shape) => void] {
  const [value, setValue] = useState(() => read(readKept(name)));
  const waiting = useRef<{ value: Shape } | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const write = useCallback(() => {
    clearTimeout(timer.current);
    if (waiting.current !== null) writeKept(name, waiting.current.value);
    waiting.current = null;
  }, [name]);
  useEffect(() => {
    window.addEventListener("pagehide", write);
    return () => {
      window.removeEventListener("pagehide", write);
      write();
    };
  }, [write]);
  const set = useCallback(
    (next: Shape) => {
      setValue(next);
      waiting.current = { value: next };
      clearTimeout(timer.current);
      timer.current = setTimeout(write, PAUSE);
    },
    [write],
  );
  return [value, set];
}

export const readText = (kept: unknown): string => (typeof kept === "string" ? kept : "");
