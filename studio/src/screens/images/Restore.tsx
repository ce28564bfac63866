// A picture that is dropped on the screen, or chosen: the settings in it go to the dials.
import { FileImage } from "lucide-react";
import { useCallback, useEffect, useRef, useState } from "react";
import { Button } from "../../parts/Button";
import { toast } from "../../parts/Toast";
import { text } from "../../text";
import { foundIn, MOST_FILE, type Found } from "./png";

export function Restore({ onFound }: { onFound: (found: Found) => void }) {
  const { images } = text;
  const chooser = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const read = useCallback(
    async (file: File | undefined): Promise<void> => {
      if (file === undefined) return;
      const found = file.size > MOST_FILE ? null : foundIn(new Uint8Array(await new Response(file).arrayBuffer()));
      if (found === null) toast(images.nothingSaid(file.name));
      else onFound(found);
    },
    [images, onFound],
  );
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
      void read(event.dataTransfer?.files[0]);
    };
    document.addEventListener("dragover", enters);
    document.addEventListener("dragleave", leaves);
    document.addEventListener("drop", drops);
    return () => {
      document.removeEventListener("dragover", enters);
      document.removeEventListener("dragleave", leaves);
      document.removeEventListener("drop", drops);
    };
  }, [read]);
  return (
    <>
      <Button little look="quiet" icon={FileImage} onClick={() => chooser.current?.click()}>{images.fromFile}</Button>
      <input ref={chooser} type="file" accept="image/png" hidden aria-label={images.fromFile}
        onChange={(event) => { void read(event.target.files?.[0]); event.target.value = ""; }} />
      {over && <div className="images-over" aria-hidden>{images.dropHere}</div>}
    </>
  );
}
