import { useEffect, useRef, useState, type SyntheticEvent } from "react";
import { asFault, type Fault as Failed } from "../../api/fault";
import { takeIn } from "../../api/models";
import { bytes } from "../../parts/amounts";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Field } from "../../parts/Field";
import { Progress } from "../../parts/Meter";
import { Fault } from "../../parts/states";
import { toast } from "../../parts/Toast";
import { go } from "../../shell/route";
import { text } from "../../text";

interface Props {
  /** Names that stand for something already. */
  taken: readonly string[];
  onClose: () => void;
  onTaken: () => void;
}

/** A model out of a file. What is none, the server refuses in its own words. */
export function ImportDialog({ taken, onClose, onTaken }: Props) {
  const words = text.models;
  const [file, setFile] = useState<File | null>(null);
  const [name, setName] = useState("");
  const [share, setShare] = useState<number | null>(null);
  const [fault, setFault] = useState<Failed | null>(null);
  const leaving = useRef<AbortController | null>(null);
  useEffect(() => () => leaving.current?.abort(), []);
  const send = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (file === null) return;
    leaving.current = new AbortController();
    setFault(null);
    setShare(0);
    takeIn({ what: file, name: name.trim(), onShare: setShare, signal: leaving.current.signal }).then(
      (made) => {
        toast(words.taken(made.name));
        onTaken();
        onClose();
        go("models", { model: made.name });
      },
      (thrown: unknown) => {
        const why = asFault(thrown);
        setShare(null);
        if (why.kind !== "stopped") setFault(why);
      },
    );
  };
  const busy = share !== null;
  return (
    <Dialog heading={words.takeHeading} open {...(busy ? {} : { onClose })}>
      <form className="models-form" onSubmit={send}>
        <p className="soft small">{words.takeWhy}</p>
        <div className="field">
          <label htmlFor="models-file">{words.file}</label>
          <input id="models-file" className="entry" type="file" accept=".zip,.gguf" required disabled={busy} aria-describedby="models-file-hint"
            onChange={(event) => { setFile(event.target.files?.[0] ?? null); setFault(null); }} />
          <span className="hint" id="models-file-hint">{file === null ? words.fileHint : words.fileIs(bytes(file.size))}</span>
        </div>
        <Field name={words.name} hint={words.nameHint} value={name} maxLength={100} disabled={busy} spellCheck={false} autoComplete="off" onValue={setName}
          wrong={taken.includes(name.trim()) ? words.nameTaken(name.trim()) : null} />
        <div className="models-progress" role="status">
          {busy && (
            <>
              {share < 1 ? <Progress name={words.sending} value={share} /> : <Progress name={words.reading} />}
              <span className="small">{share < 1 ? words.sent(Math.round(100 * share)) : words.reading}</span>
            </>
          )}
        </div>
        {fault && <Fault fault={fault} />}
        <div className="models-row">
          <Button look="primary" type="submit" disabled={file === null || busy}>{words.take}</Button>
          {busy && <Button onClick={() => leaving.current?.abort()}>{words.stop}</Button>}
        </div>
        <p className="soft small">
          {words.elsewhere} <code>{words.elsewhereCommand}</code>
        </p>
      </form>
    </Dialog>
  );
}
