// What was made of a picture, beside what is said of it: outside of the mark nothing has changed, by looking.
import { BookmarkCheck, BookmarkPlus, Brush, Download } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "../../parts/Button";
import { Progress } from "../../parts/Meter";
import { Fault } from "../../parts/states";
import { text } from "../../text";
import { dataAddress, download, fileName } from "../../parts/files";
import { changedOutside, marked, type Mask } from "./mask";
import { blobOf, pixelsIn, type Pixels } from "./pictures";
import { shownAs } from "./Tiles";
import type { Drawing, Tile } from "./useDrawing";

interface Props {
  drawing: Drawing;
  before: Pixels;
  mask: Mask | null;
  onKeep: (at: number) => void;
  onBase: (content: string) => void;
}

/** How many pixels outside of the mark are others than before, in all pictures that are done; null until it is known. */
function useChanged(drawing: Drawing, before: Pixels, mask: Mask | null): number | null {
  const [changed, setChanged] = useState<number | null>(null);
  const { state, tiles } = drawing;
  useEffect(() => {
    setChanged(null);
    if (mask === null || state !== "done") return undefined;
    let left = false;
    const look = async (): Promise<void> => {
      let sum = 0;
      for (const { content } of tiles) {
        if (content === null) continue;
        const after = await pixelsIn(blobOf(content));
        sum += after.width === mask.width && after.height === mask.height ? changedOutside(mask, before.data, after.data) : mask.cells.length;
      }
      if (!left) setChanged(sum);
    };
    void look();
    return () => { left = true; };
    // The tiles change when one is kept, which changes no picture.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [state, before, mask?.cells]);
  return changed;
}

export function Compared({ drawing, before, mask, onKeep, onBase }: Props) {
  const { images } = text;
  const { fault, state, tiles, request } = drawing;
  const changed = useChanged(drawing, before, mask);
  const done = tiles.filter((tile) => tile.done).length;
  return (
    <section className="images-made" aria-label={images.madeOf}>
      <p role="status" className="small">
        {state === "failed" ? "" : state === "stopped" ? images.stopped : images.making(done, tiles.length)}{" "}
        {changed === 0 && mask !== null && images.unchanged(mask.cells.length - marked(mask))}
        {changed !== null && changed > 0 && images.changed(changed)}
      </p>
      {state === "drawing" && <Progress name={images.making(done, tiles.length)} />}
      {state === "failed" && fault && (fault.kind === "away" ? <p className="images-broken">{images.broken}</p> : <Fault fault={fault} />)}
      <ul className="images-tiles">
        {tiles.map((tile, i) => (state === "failed" && tile.content === null ? null : (
          <Made key={tile.seed} tile={tile} drawing={state === "drawing"} prompt={request.prompt} model={request.model ?? ""}
            onKeep={() => onKeep(i)} onBase={onBase} />
        )))}
      </ul>
    </section>
  );
}

interface MadeProps {
  tile: Tile;
  drawing: boolean;
  prompt: string;
  model: string;
  onKeep: () => void;
  onBase: (content: string) => void;
}

function Made({ tile: { content, done, kept, seed }, drawing, prompt, model, onKeep, onBase }: MadeProps) {
  const { images } = text;
  return (
    <li className="images-tile">
      <div className={`images-frame ${content === null && drawing ? "bone" : ""}`}>
        {content !== null && <img src={dataAddress(content)} alt={shownAs(prompt, seed)} className={done ? "" : "images-rough"} />}
      </div>
      <span className="soft small">{done ? images.seedOf(String(seed)) : drawing ? images.waiting : images.unfinished}</span>
      {done && content !== null && (
        <span className="images-acts images-tile-acts">
          <Button look="quiet" little icon={kept === null ? BookmarkPlus : BookmarkCheck} name={kept === null ? images.keep : images.kept}
            disabled={kept !== null} onClick={onKeep} />
          <Button look="quiet" little icon={Download} name={images.download} onClick={() => download(dataAddress(content), fileName(model, prompt, seed))} />
          <Button look="quiet" little icon={Brush} name={images.goOn} onClick={() => onBase(content)} />
        </span>
      )}
    </li>
  );
}
