import { useCallback, useEffect, useRef, useState } from "react";
import { readKept, writeKept } from "../../parts/kept";
import { toast } from "../../parts/Toast";
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
  const [over, setOver] = useState(false);
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
  useEffect(() => {
    const hasFile = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") === true;
    const enters = (event: DragEvent): void => {
      if (!hasFile(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const leaves = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drops = (event: DragEvent): void => {
      if (!hasFile(event)) return;
      event.preventDefault();
      setOver(false);
      void add([...(event.dataTransfer?.files ?? [])]);
    };
    document.addEventListener("dragover", enters);
    document.addEventListener("dragleave", leaves);
    document.addEventListener("drop", drops);
    return () => {
      document.removeEventListener("dragover", enters);
      document.removeEventListener("dragleave", leaves);
      document.removeEventListener("drop", drops);
    };
  }, [add]);
  return { held, add, remove, over };
}
