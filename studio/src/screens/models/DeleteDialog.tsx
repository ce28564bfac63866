import { Trash2 } from "lucide-react";
import { useState } from "react";
import { asFault, type Fault as Failed } from "../../api/fault";
import { forget, type Stored } from "../../api/models";
import { bytes } from "../../parts/amounts";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Fault } from "../../parts/states";
import { toast } from "../../parts/Toast";
import { text } from "../../text";

interface Props {
  stored: Stored;
  onClose: () => void;
  onGone: () => void;
}

/** Says before what goes, and after how much room there is for it. */
export function DeleteDialog({ stored, onClose, onGone }: Props) {
  const words = text.models;
  const { name, aliases } = stored;
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Failed | null>(null);
  const alone = stored.alone_bytes ?? null;
  const remove = (): void => {
    setBusy(true);
    setFault(null);
    forget(name).then(
      ({ freed_bytes: freed }) => {
        toast(words.removed(name, bytes(freed ?? 0)));
        onGone();
      },
      (thrown: unknown) => { setBusy(false); setFault(asFault(thrown)); },
    );
  };
  return (
    <Dialog heading={words.removeHeading(name)} open {...(busy ? {} : { onClose })}>
      <p>{words.removeWhy}</p>
      {aliases.length > 0 && <p>{words.removeAliases(aliases.join(", "))}</p>}
      {stored.versions.length > 1 && <p>{words.removeVersions(stored.versions.length - 1)}</p>}
      {alone !== null && <p>{alone === 0 ? words.freesNothing : words.frees(bytes(alone))}</p>}
      {stored.origin === "starter" && <p className="soft small">{words.starterBack}</p>}
      {fault && <Fault fault={fault} />}
      <div className="models-row">
        <Button look="primary" icon={Trash2} disabled={busy} aria-busy={busy} onClick={remove}>{words.remove}</Button>
        <Button disabled={busy} onClick={onClose}>{words.keep}</Button>
      </div>
    </Dialog>
  );
}
