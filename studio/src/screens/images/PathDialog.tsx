// The way between two kept pictures through a model's latent space, and a slider to walk it.
import { BookmarkPlus, Download, Film } from "lucide-react";
import { useCallback, useState } from "react";
import { keep } from "../../api/creations";
import { asFault } from "../../api/fault";
import { WALKED } from "../../api/images";
import type { Creation } from "../../api/shapes";
import { useLoaded } from "../../api/use";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Slider } from "../../parts/Slider";
import { Fault, Waiting } from "../../parts/states";
import { toast } from "../../parts/Toast";
import { text } from "../../text";
import { path } from "./asking";
import { dataAddress, download, fileName } from "../../parts/files";

export const FRAMES = 16;

interface Props {
  ends: readonly [Creation, Creation];
  onClose: () => void;
  onKept: (one: Creation) => void;
}

export function PathDialog({ ends, onClose, onKept }: Props) {
  const { images } = text;
  const [from, to] = ends;
  const [first, last, model] = [from.id, to.id, from.model];
  const load = useCallback((signal: AbortSignal) => path(model, [first, last], FRAMES, signal), [model, first, last]);
  const { data, fault, again } = useLoaded(load);
  const [at, setAt] = useState(Math.floor(FRAMES / 2));
  const way = data?.way;
  const [kept, setKept] = useState(false);
  const keepAll = (): void => {
    if (data === undefined) return;
    setKept(true);
    keep({ address: WALKED, body: data.body }, data.way.b64_gif, images.pathTitle(from.title, to.title).slice(0, 200)).then(onKept, (thrown: unknown) => {
      setKept(false);
      const failed = asFault(thrown);
      toast(failed.kind === "away" ? text.faults.away : failed.message);
    });
  };
  const frame = way?.b64_png[at];
  return (
    <Dialog heading={images.path} open onClose={onClose}>
      <div className="images-one">
        <p className="soft small">{images.pathWhy(from.title, to.title, model)}</p>
        {way === undefined ? (
          fault ? <Fault fault={fault} again={again} /> : <Waiting height="24rem" />
        ) : (
          <>
            <div className="images-large">
              {frame !== undefined && <img src={dataAddress(frame)} alt={images.pathAt(at + 1, way.b64_png.length)} />}
            </div>
            <Slider name={images.pathPlace} min={0} max={way.b64_png.length - 1} step={1} value={at}
              shown={images.pathAt(at + 1, way.b64_png.length)} onValue={setAt} />
            <div className="images-acts">
              <Button little icon={Download} disabled={frame === undefined}
                onClick={() => frame !== undefined && download(dataAddress(frame), fileName(model, images.path, at + 1))}>
                {images.pathPicture}
              </Button>
              <Button little icon={BookmarkPlus} disabled={kept} onClick={keepAll}>{kept ? images.kept : images.keep}</Button>
              <Button little icon={Film}
                onClick={() => download(dataAddress(way.b64_gif, "image/gif"), fileName(model, images.path, FRAMES, "image/gif"))}>
                {images.pathFilm}
              </Button>
            </div>
          </>
        )}
      </div>
    </Dialog>
  );
}
