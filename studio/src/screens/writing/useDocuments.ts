import { useCallback, useRef, useState } from "react";
import { readKept, writeKept } from "../../parts/kept";
import { toast } from "../../parts/Toast";
import { useDropped } from "../../parts/useDropped";
import { text } from "../../text";
import { newId } from "../chat/tree";
import { keepable, MOST_DOCUMENTS, MOST_FILE, readHeld, textOf, type Held } from "./documents";

const PLACE = "documents.held";

interface Documents {
  held: readonly Held[];
  add: (files: readonly File[]) => Promise<void>;
  remove: (id: string) => void;
  /** A file hangs over the page. */
  over: boolean;
}

/** The documents, chosen or dropped; kept as far as this browser has room for them. */
export function useDocuments(): Documents {
  const [held, setHeld] = useState(() => readHeld(readKept(PLACE)));
  const now = useRef(held);
  const change = useCallback((next: readonly Held[]) => {
    now.current = next;
    setHeld(next);
    if (!writeKept(PLACE, keepable(next))) toast(text.writing.full);
  }, []);
  const add = useCallback(
    async (files: readonly File[]): Promise<void> => {
      for (const file of files) {
        const read = file.size > 4 * MOST_FILE ? null : textOf(file.name, await file.arrayBuffer());
        if (read === null || read.trim() === "") toast(text.writing.noText(file.name));
        else if (now.current.length >= MOST_DOCUMENTS) toast(text.writing.tooMany(MOST_DOCUMENTS));
        else change([...now.current, { id: newId(), name: file.name, text: read }]);
      }
    },
    [change],
  );
  const remove = useCallback((id: string) => change(now.current.filter((one) => one.id !== id)), [change]);
  const over = useDropped(useCallback((files) => void add(files), [add]));
  return { held, add, remove, over };
}
