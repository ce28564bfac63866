import { Plus, X } from "lucide-react";
import { useState, type SyntheticEvent } from "react";
import { asFault, type Fault as Failed } from "../../api/fault";
import { call, callNoMore } from "../../api/models";
import { Button } from "../../parts/Button";
import { Fault } from "../../parts/states";
import { text } from "../../text";

interface Props {
  name: string;
  aliases: readonly string[];
  may: boolean;
  onChanged: () => void;
}

/** Further names, which follow when the model gets a new version. */
export function Aliases({ name, aliases, may, onChanged }: Props) {
  const words = text.models;
  const [typed, setTyped] = useState("");
  const [fault, setFault] = useState<Failed | null>(null);
  const [busy, setBusy] = useState(false);
  const change = (changing: Promise<unknown>): void => {
    setBusy(true);
    setFault(null);
    changing.then(
      () => { setBusy(false); setTyped(""); onChanged(); },
      (thrown: unknown) => { setBusy(false); setFault(asFault(thrown)); },
    );
  };
  const add = (event: SyntheticEvent): void => {
    event.preventDefault();
    change(call(name, typed.trim()));
  };
  return (
    <div className="models-aliases">
      {aliases.length === 0 && !may && <span>{words.noAliases}</span>}
      {aliases.length > 0 && (
        <ul>
          {aliases.map((alias) => (
            <li key={alias}>
              {alias}
              {may && <Button little look="quiet" icon={X} name={words.callNoMore(alias)} disabled={busy} onClick={() => change(callNoMore(name, alias))} />}
            </li>
          ))}
        </ul>
      )}
      {may && (
        <form className="models-row" onSubmit={add}>
          <input className="entry" aria-label={words.newAlias} placeholder={words.newAlias} value={typed} maxLength={100} spellCheck={false} autoComplete="off" onChange={(event) => setTyped(event.target.value)} />
          <Button little icon={Plus} type="submit" disabled={busy || typed.trim() === ""}>{words.add}</Button>
        </form>
      )}
      {fault && <Fault fault={fault} />}
    </div>
  );
}
