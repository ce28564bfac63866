import { BookmarkPlus, Download, Lock, Maximize2 } from "lucide-react";
import type { Creation } from "../../api/shapes";
import { Button } from "../../parts/Button";
import { Progress } from "../../parts/Meter";
import { Empty, Fault } from "../../parts/states";
import { text } from "../../text";
import { dataAddress, download, fileName } from "../../parts/files";
import type { Drawing, Tile } from "./useDrawing";

interface Props {
  drawing: Drawing | null;
  onKeep: (at: number) => void;
  onOpen: (kept: Creation) => void;
  onSeed: (seed: number) => void;
}

export const shownAs = (prompt: string, seed: number): string =>
  prompt === "" ? text.images.pictureUntold(seed) : text.images.picture(prompt, seed);

/** The pictures of the last request, as they take shape. */
export function Tiles({ drawing, onKeep, onOpen, onSeed }: Props) {
  const { images } = text;
  const done = drawing?.tiles.filter((tile) => tile.done).length ?? 0;
  const fault = drawing?.fault;
  return (
    <section className="images-drawn" aria-label={images.drawing}>
      {drawing === null ? (
        <Empty>
          <p>{images.nothingDrawn}</p>
        </Empty>
      ) : (
        <>
          <p className="soft small images-count" role="status">
            {drawing.state === "stopped" ? images.stopped : drawing.state === "failed" ? "" : images.making(done, drawing.tiles.length)}
          </p>
          {drawing.ignored !== "" && <p className="small images-broken">{images.ignored(images.names[drawing.ignored] ?? drawing.ignored)}</p>}
          <div className="images-progress">
            {drawing.state === "drawing" && <Progress name={images.making(done, drawing.tiles.length)} />}
          </div>
          {drawing.state === "failed" && fault && (
            fault.kind === "away" ? <p className="images-broken">{images.broken}</p> : <Fault fault={fault} />
          )}
          <ul className="images-tiles">
            {drawing.tiles.map((tile, i) => drawing.state === "failed" && tile.content === null ? null : (
              <DrawnTile key={tile.seed} tile={tile} prompt={drawing.request.prompt} model={drawing.request.model ?? ""}
                drawing={drawing.state === "drawing"} onKeep={() => onKeep(i)} onOpen={onOpen} onSeed={onSeed} />
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

interface TileProps {
  tile: Tile;
  prompt: string;
  model: string;
  drawing: boolean;
  onKeep: () => void;
  onOpen: (kept: Creation) => void;
  onSeed: (seed: number) => void;
}

function DrawnTile({ tile, prompt, model, drawing, onKeep, onOpen, onSeed }: TileProps) {
  const { images } = text;
  const { content, kept, seed } = tile;
  const unfinished = drawing ? (tile.looks > 0 ? images.look(tile.looks) : images.waiting) : images.unfinished;
  return (
    <li className="images-tile">
      <div className={`images-frame ${content === null && drawing ? "bone" : ""}`}>
        {content !== null && <img src={dataAddress(content)} alt={shownAs(prompt, seed)} className={tile.done ? "" : "images-rough"} />}
      </div>
      <span className="soft small">{tile.done ? images.seedOf(String(seed)) : unfinished}</span>
      <span className="images-acts images-tile-acts">
        {tile.done && content !== null && (
          <>
            {kept !== null ? (
              <Button look="quiet" little icon={Maximize2} name={images.open(shownAs(prompt, seed))} onClick={() => onOpen(kept)} />
            ) : (
              <Button look="quiet" little icon={BookmarkPlus} name={images.keep} onClick={onKeep} />
            )}
            <Button look="quiet" little icon={Download} name={images.download}
              onClick={() => download(dataAddress(content), fileName(model, prompt, seed))} />
            <Button look="quiet" little icon={Lock} name={images.useSeed} onClick={() => onSeed(seed)} />
          </>
        )}
      </span>
    </li>
  );
}
