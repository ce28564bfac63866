// A picture that is dropped on the screen, or chosen: the settings in it go to the dials; one that says nothing of
// itself can be begun from.
import { FileImage, ImageUp } from "lucide-react";
import { useCallback, useRef } from "react";
import { Button } from "../../parts/Button";
import { toast } from "../../parts/Toast";
import { useDropped } from "../../parts/useDropped";
import { text } from "../../text";
import { NoPicture, pictureOf } from "./pictures";
import { foundIn, type Found } from "./png";

interface Props {
  onFound: (found: Found) => void;
  onFile: (file: Blob, name: string) => void;
}

type For = "settings" | "begin" | "either";

export function Restore({ onFound, onFile }: Props) {
  const { images } = text;
  const settings = useRef<HTMLInputElement>(null);
  const begin = useRef<HTMLInputElement>(null);
  const read = useCallback(
    async (file: File | undefined, wanted: For): Promise<void> => {
      if (file === undefined) return;
      try {
        const picture = await pictureOf(file);
        const found = wanted === "begin" ? null : foundIn(new Uint8Array(await file.arrayBuffer()));
        if (found !== null) onFound(found);
        else if (wanted === "settings") toast(images.nothingSaid(file.name));
        else onFile(picture, file.name);
      } catch (thrown) {
        if (!(thrown instanceof NoPicture)) throw thrown;
        toast(thrown.message);
      }
    },
    [images, onFound, onFile],
  );
  const over = useDropped(useCallback((files) => void read(files[0], "either"), [read]));
  return (
    <span className="images-acts">
      <Button little look="quiet" icon={FileImage} onClick={() => settings.current?.click()}>{images.fromFile}</Button>
      <input ref={settings} type="file" accept="image/png" hidden aria-label={images.fromFile}
        onChange={(event) => { void read(event.target.files?.[0], "settings"); event.target.value = ""; }} />
      <Button little look="quiet" icon={ImageUp} onClick={() => begin.current?.click()}>{images.beginFromFile}</Button>
      <input ref={begin} type="file" accept="image/png,image/jpeg,image/webp" hidden aria-label={images.beginFromFile}
        onChange={(event) => { void read(event.target.files?.[0], "begin"); event.target.value = ""; }} />
      {over && <div className="images-over" aria-hidden>{images.dropHere}</div>}
    </span>
  );
}
