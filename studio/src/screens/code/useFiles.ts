// The files on the screen: kept shortly after each change, and before the page goes.
import { useCallback, useEffect, useRef, useState } from "react";
import { readFiles, writeFiles, type CodeFile } from "./files";

const PAUSE = 300; // milliseconds after a change until it is kept

export interface Files {
  files: readonly CodeFile[];
  /** Whether the browser took all of it. */
  kept: boolean;
  /** As they are at this moment, which whoever types fast is ahead of on the screen. */
  now: () => readonly CodeFile[];
  change: (how: (files: readonly CodeFile[]) => readonly CodeFile[]) => void;
}

export function useFiles(first: () => readonly CodeFile[]): Files {
  const [files, setFiles] = useState(() => {
    const before = readFiles();
    return before.length > 0 ? before : first();
  });
  const [kept, setKept] = useState(true);
  const now = useRef(files);
  const written = useRef<readonly CodeFile[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const write = useCallback(() => {
    clearTimeout(timer.current);
    if (written.current === now.current) return;
    const took = writeFiles(now.current, written.current);
    if (took) written.current = now.current;
    setKept(took);
  }, []);
  const asNow = useCallback(() => now.current, []);
  const change = useCallback<Files["change"]>(
    (how) => {
      now.current = how(now.current);
      setFiles(now.current);
      clearTimeout(timer.current);
      timer.current = setTimeout(write, PAUSE);
    },
    [write],
  );
  useEffect(() => {
    write();
    const hidden = (): void => {
      if (document.hidden) write();
    };
    // Another tab of this browser wrote: what it wrote stands here, too, unless something waits to be kept.
    const elsewhere = (event: StorageEvent): void => {
      if (event.key?.startsWith("anew.code.") !== true || written.current !== now.current) return;
      const found = readFiles();
      if (found.length === 0) return;
      now.current = found;
      written.current = found;
      setFiles(found);
    };
    window.addEventListener("pagehide", write);
    window.addEventListener("storage", elsewhere);
    document.addEventListener("visibilitychange", hidden);
    return () => {
      window.removeEventListener("pagehide", write);
      window.removeEventListener("storage", elsewhere);
      document.removeEventListener("visibilitychange", hidden);
      write();
    };
  }, [write]);
  return { files, kept, now: asNow, change };
}
