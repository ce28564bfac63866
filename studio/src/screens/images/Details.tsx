// A kept picture: what made it, and what can be done with it.
import { Brush, ChevronLeft, ChevronRight, Copy, Download, RotateCcw, SlidersHorizontal, Star, Trash2, Undo2 } from "lucide-react";
import { useCallback, useEffect, useState, type KeyboardEvent } from "react";
import { bodyOf, bringBack, change, one as ask, putAway, replay } from "../../api/creations";
import { asFault, type Fault as Failed } from "../../api/fault";
import type { Creation, KeptCreation } from "../../api/shapes";
import { useLoaded } from "../../api/use";
import { bytes, when } from "../../parts/amounts";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Field } from "../../parts/Field";
import { Fault, Waiting } from "../../parts/states";
import { toast } from "../../parts/Toast";
import { text } from "../../text";
import { download, fileName } from "../../parts/files";
import { Facts } from "./Facts";
import type { Way } from "./from";
import { Neighbours } from "./Neighbours";
import { useContent } from "../../api/useContent";

interface Props {
  id: string;
  items: readonly Creation[];
  onClose: () => void;
  onOpen: (one: Creation) => void;
  onChanged: (one: Creation) => void;
  onUse: (body: unknown) => void;
  onFrom: (way: Way) => void;
}

/** The picture that it began from: what is kept in its request may be anything. */
export function beginningOf(body: Readonly<Record<string, unknown>>): string | null {
  const { image } = body;
  return typeof image === "string" && /^data:image\/(png|jpeg|webp);base64,[\w+/=]+$/.test(image) ? image : null;
}

export function Details({ id, items, onClose, onOpen, onChanged, onUse, onFrom }: Props) {
  const { images } = text;
  const load = useCallback((signal: AbortSignal) => ask(id, signal), [id]);
  const loaded = useLoaded(load);
  const at = items.findIndex((one) => one.id === id);
  const [before, after] = at < 0 ? [undefined, undefined] : [items[at - 1], items[at + 1]];
  const walked = (event: KeyboardEvent): void => {
    if (event.target instanceof HTMLInputElement) return;
    const next = event.key === "ArrowLeft" ? before : event.key === "ArrowRight" ? after : undefined;
    if (next !== undefined) onOpen(next);
  };
  const known = loaded.data ?? items[at];
  return (
    <Dialog heading={known?.title ?? text.loading} open onClose={onClose}>
      <div className="images-one" onKeyDown={walked}>
        {loaded.data === undefined ? (
          loaded.fault ? <Fault fault={loaded.fault} again={loaded.again} /> : <Waiting height="28rem" />
        ) : (
          <Whole key={loaded.data.id} kept={loaded.data} onUse={onUse} onFrom={onFrom} onChanged={(changed) => { onChanged(changed); loaded.again(); }} />
        )}
        <div className="images-row">
          <Button little icon={ChevronLeft} disabled={before === undefined} onClick={() => before && onOpen(before)}>{images.earlier}</Button>
          <Button little icon={ChevronRight} disabled={after === undefined} onClick={() => after && onOpen(after)}>{images.later}</Button>
        </div>
      </div>
    </Dialog>
  );
}

function Whole({ kept, onUse, onFrom, onChanged }: { kept: KeptCreation } & Pick<Props, "onUse" | "onFrom" | "onChanged">) {
  const { images } = text;
  const { address, fault } = useContent(kept.id);
  const [title, setTitle] = useState(kept.title);
  const [told, setTold] = useState<string | null>(null);
  const [failed, setFailed] = useState<Failed | null>(null);
  const [busy, setBusy] = useState(false);
  const [near, setNear] = useState(false);
  const body = bodyOf(kept);
  const moves = kept.media_type === "image/gif"; // which no model begins from
  const begun = beginningOf(body);
  useEffect(() => setTitle(kept.title), [kept.title]);
  const act = (doing: Promise<unknown>): void => {
    setBusy(true);
    setFailed(null);
    doing.catch((thrown: unknown) => setFailed(asFault(thrown))).finally(() => setBusy(false));
  };
  const changes = (doing: Promise<KeptCreation>, said?: string): void =>
    act(doing.then((changed) => { onChanged(changed); if (said !== undefined) toast(said); }));
  const again = (): void => {
    setTold(images.replaying);
    act(
      replay(kept.id).then(
        ({ same, model_changed: changed }) => setTold(`${same ? images.same : images.notSame}${changed ? ` ${images.modelChanged}` : ""}`),
        (thrown: unknown) => { setTold(null); throw thrown; },
      ),
    );
  };
  const seed = typeof body["seed"] === "number" ? body["seed"] : kept.id;
  return (
    <>
      <div className="images-large">
        {address !== null && <img src={address} alt={kept.prompt || kept.title} />}
        {fault && <Fault fault={fault} />}
      </div>
      <div className="images-acts">
        <Button little icon={SlidersHorizontal} onClick={() => onUse(body)}>{images.use}</Button>
        <Button little icon={Brush} disabled={moves} onClick={() => onFrom("paint")}>{images.ways.paint}</Button>
        <Button little icon={Copy} disabled={moves} onClick={() => onFrom("vary")}>{images.ways.vary}</Button>
        <Button little icon={Star} aria-pressed={kept.favourite} disabled={busy}
          onClick={() => changes(change(kept.id, { favourite: !kept.favourite }))}>
          {images.favourite}
        </Button>
        <Button little icon={Download} disabled={address === null}
          onClick={() => address !== null && download(address, fileName(kept.model, kept.prompt, seed, kept.media_type))}>
          {images.download}
        </Button>
        <Button little icon={RotateCcw} disabled={busy} onClick={again}>{images.replay}</Button>
        {kept.deleted_at === null ? (
          <Button little icon={Trash2} disabled={busy} onClick={() => changes(putAway(kept.id), images.removed)}>{images.remove}</Button>
        ) : (
          <Button little icon={Undo2} disabled={busy} onClick={() => changes(bringBack(kept.id), images.restored)}>{images.restore}</Button>
        )}
      </div>
      <p role="status" className="images-told">{told}</p>
      {failed && <Fault fault={failed} />}
      <form className="images-rename" onSubmit={(event) => { event.preventDefault(); changes(change(kept.id, { title: title.trim() })); }}>
        <Field name={images.title} value={title} maxLength={200} onValue={setTitle} />
        <Button type="submit" disabled={busy || title.trim() === "" || title.trim() === kept.title}>{images.rename}</Button>
      </form>
      <details onToggle={(event) => setNear(event.currentTarget.open)}>
        <summary>{images.near}</summary>
        {near && <Neighbours id={kept.id} model={kept.model} />}
      </details>
      <h3>{images.settings}</h3>
      <Facts body={body}>
        {begun !== null && (
          <div>
            <dt>{images.begunFrom}</dt>
            <dd><img className="images-begun" src={begun} alt={images.begunFrom} /></dd>
          </div>
        )}
        <div>
          <dt>{images.when}</dt>
          <dd>{when(kept.created_at)} · {bytes(kept.bytes)}</dd>
        </div>
        <div>
          <dt>{images.digest}</dt>
          <dd><code>{kept.sha256}</code></dd>
        </div>
      </Facts>
    </>
  );
}
