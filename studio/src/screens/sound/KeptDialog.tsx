// A kept sound or piece: seen, heard, with what made it, and what can be done with it.
import { Download, RotateCcw, SlidersHorizontal, Trash2, Undo2 } from "lucide-react";
import { useCallback, useState } from "react";
import { bodyOf, bringBack, putAway, replay } from "../../api/creations";
import { asFault, type Fault as Failed } from "../../api/fault";
import type { Creation, KeptCreation } from "../../api/shapes";
import { useLoaded } from "../../api/use";
import { bytes, when } from "../../parts/amounts";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Fault, Waiting } from "../../parts/states";
import { toast } from "../../parts/Toast";
import { text } from "../../text";
import { save } from "../../parts/files";
import { heardOf, indexOf, type HeardAgain } from "./hearing";
import { Pictures } from "./Pictures";
import { Roll } from "./Roll";
import { Transport } from "./Transport";

interface Props {
  id: string;
  onChanged: (one: Creation) => void;
  onClose: () => void;
  onUse: (body: Readonly<Record<string, unknown>>, index: number, title: string) => void;
}

const ENDINGS: Readonly<Record<string, string | undefined>> = {
  "audio/midi": "mid", "audio/wav": "wav", "audio/mpeg": "mp3", "audio/flac": "flac", "audio/ogg": "ogg",
};

export function KeptDialog({ id, onChanged, onClose, onUse }: Props) {
  const load = useCallback((signal: AbortSignal) => heardOf(id, signal), [id]);
  const { data, fault, again } = useLoaded(load);
  return (
    <Dialog heading={data?.kept.title ?? text.loading} open onClose={onClose}>
      {data === undefined ? (
        fault ? <Fault fault={fault} again={again} /> : <Waiting height="20rem" />
      ) : (
        <Whole key={id} heard={data} onChanged={onChanged} onUse={onUse} />
      )}
    </Dialog>
  );
}

function Whole({ heard: { kept: first, file, score, player }, onChanged, onUse }: { heard: HeardAgain } & Pick<Props, "onChanged" | "onUse">) {
  const { sound } = text;
  const [kept, setKept] = useState<KeptCreation>(first);
  const [busy, setBusy] = useState(false);
  const [told, setTold] = useState("");
  const [failed, setFailed] = useState<Failed | null>(null);
  const body = bodyOf(kept);
  const act = (doing: Promise<unknown>): void => {
    setBusy(true);
    setFailed(null);
    doing.catch((thrown: unknown) => { setTold(""); setFailed(asFault(thrown)); }).finally(() => setBusy(false));
  };
  const changes = (doing: Promise<KeptCreation>, said: string): void =>
    act(doing.then((changed) => { setKept(changed); onChanged(changed); toast(said); }));
  const again = (): void => {
    setTold(sound.replaying);
    act(replay(kept.id).then(({ same, model_changed: changed }) => setTold(`${same ? sound.same : sound.notSame}${changed ? ` ${sound.modelChanged}` : ""}`)));
  };
  return (
    <div className="kept-one sound-colours">
      {score === null ? <Pictures player={player} name={kept.title} /> : <Roll score={score} player={player} seconds={Math.max(player.seconds, score.seconds)} />}
      <Transport player={player} primary />
      <div className="acts">
        <Button little icon={SlidersHorizontal} onClick={() => onUse(body, indexOf(kept), kept.title)}>{sound.use}</Button>
        <Button little icon={Download} onClick={() => save(`${kept.model}-${kept.id.slice(-6)}.${ENDINGS[kept.media_type] ?? "bin"}`, file)}>{sound.download}</Button>
        <Button little icon={RotateCcw} disabled={busy} onClick={again}>{sound.replay}</Button>
        {kept.deleted_at === null ? (
          <Button little icon={Trash2} disabled={busy} onClick={() => changes(putAway(kept.id), sound.removed)}>{sound.remove}</Button>
        ) : (
          <Button little icon={Undo2} disabled={busy} onClick={() => changes(bringBack(kept.id), sound.restored)}>{sound.restore}</Button>
        )}
      </div>
      <p role="status" className="small">{told}</p>
      {failed && <Fault fault={failed} />}
      <h3>{sound.madeBy}</h3>
      <dl className="kept-facts">
        {Object.entries(body).map(([name, value]) => (
          <div key={name}>
            <dt>{sound.names[name] ?? name}</dt>
            <dd>{shownOf(value)}</dd>
          </div>
        ))}
        <div>
          <dt>{sound.when}</dt>
          <dd>{when(kept.created_at)} · {bytes(kept.bytes)}</dd>
        </div>
      </dl>
    </div>
  );
}

const LONGEST = 300; // letters of a value: a file in base64 says nobody anything

function shownOf(value: unknown): string {
  const spelled = typeof value === "string" ? value : JSON.stringify(value);
  return spelled.length > LONGEST && !spelled.includes(" ") ? text.sound.aFile(bytes(Math.round(spelled.length * 0.75))) : spelled;
}
