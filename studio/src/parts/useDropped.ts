import { useEffect, useState } from "react";

/** Files that are dropped anywhere on the page go to `take`, which has to stay the same function as long as it does the
 * same. Whether some hang over the page. */
export function useDropped(take: (files: readonly File[]) => void): boolean {
  const [over, setOver] = useState(false);
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
      take([...(event.dataTransfer?.files ?? [])]);
    };
    document.addEventListener("dragover", enters);
    document.addEventListener("dragleave", leaves);
    document.addEventListener("drop", drops);
    return () => {
      document.removeEventListener("dragover", enters);
      document.removeEventListener("dragleave", leaves);
      document.removeEventListener("drop", drops);
    };
  }, [take]);
  return over;
}
