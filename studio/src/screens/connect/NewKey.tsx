import { Copy } from "lucide-react";
import { useState, type SyntheticEvent } from "react";
import { asFault, type Fault as Failed } from "../../api/fault";
import { setKey } from "../../api/key";
import { makeKey, SCOPES, type MadeKey, type Scope } from "../../api/keys";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Field, Select } from "../../parts/Field";
import { useKept } from "../../parts/kept";
import { Fault } from "../../parts/states";
import { text } from "../../text";
import { copy } from "./copying";
import { askedOf, boundOf, EXPIRES, readDraft } from "./draft";

interface Props {
  /** Nobody needs a key yet: from this one on everybody does, this tab too. */
  first: boolean;
  /** Without this scope nobody could make another one over HTTP. */
  lastAdmin: boolean;
  onClose: () => void;
  onMade: () => void;
}

export function NewKey({ first: isFirst, lastAdmin: isLastAdmin, onClose, onMade }: Props) {
  const words = text.connect;
  const [{ first, lastAdmin }] = useState({ first: isFirst, lastAdmin: isLastAdmin }); // as it was when this began
  const [kept, setDraft] = useKept("connect.key", readDraft);
  const [touched, setTouched] = useState(false);
  const draft = lastAdmin && !touched ? { ...kept, scopes: [...SCOPES] } : kept;
  const [made, setMade] = useState<MadeKey | null>(null);
  const [fault, setFault] = useState<Failed | null>(null);
  const [busy, setBusy] = useState(false);
  const change = (part: Partial<typeof draft>): void => {
    setTouched(true);
    setDraft({ ...draft, ...part });
    setFault(null);
  };
  const asked = askedOf(draft);
  const wrong = (field: string): string | null => (fault?.param === field ? fault.message : null);
  const send = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (asked === null) return;
    setBusy(true);
    setFault(null);
    makeKey(asked).then(
      (key) => {
        if (first) setKey(key.key); // before anything else is asked, which would want one
        setBusy(false);
        setMade(key);
        setDraft(readDraft(null));
      },
      (thrown: unknown) => { setBusy(false); setFault(asFault(thrown)); },
    );
  };
  if (made !== null) {
    return (
      <Dialog heading={words.madeHeading(made.name)} open>
        <p>{words.once}</p>
        <pre className="connect-secret" tabIndex={0} aria-label={words.theKey} role="region"><code>{made.key}</code></pre>
        {first && <p>{words.nowUsed}</p>}
        <div className="connect-row">
          <Button look="primary" icon={Copy} onClick={() => void copy(made.key)}>{words.copyKey}</Button>
          <Button onClick={() => { onMade(); onClose(); }}>{words.noted}</Button>
        </div>
      </Dialog>
    );
  }
  const has = (scope: Scope): boolean => draft.scopes.includes(scope);
  return (
    <Dialog heading={words.makeKey} open {...(busy ? {} : { onClose })}>
      <form className="connect-form" onSubmit={send}>
        {first && <p className="connect-warn">{words.firstWhy}</p>}
        <Field name={words.keyName} hint={words.keyNameHint} value={draft.name} maxLength={64} autoComplete="off" spellCheck={false} wrong={wrong("name")} onValue={(name) => change({ name })} />
        <fieldset>
          <legend>{words.rights}</legend>
          {SCOPES.map((scope) => (
            <label key={scope}>
              <input type="checkbox" checked={has(scope)} onChange={() => change({ scopes: SCOPES.filter((one) => (one === scope ? !has(scope) : has(one))) })} />
              <span><code>{scope}</code> {words.scopes[scope]}</span>
            </label>
          ))}
          {wrong("scopes") !== null && <span className="wrong">{wrong("scopes")}</span>}
        </fieldset>
        {lastAdmin && !has("admin") && <p className="connect-warn">{words.noAdminLeft}</p>}
        <div className="connect-two">
          <Field name={words.perMinuteName} inputMode="numeric" value={draft.perMinute} placeholder={words.unbounded} autoComplete="off" wrong={wrong("requests_per_minute") ?? (boundOf(draft.perMinute) === null ? words.numberWrong : null)} onValue={(perMinute) => change({ perMinute })} />
          <Field name={words.perDayName} inputMode="numeric" value={draft.perDay} placeholder={words.unbounded} autoComplete="off" wrong={wrong("tokens_per_day") ?? (boundOf(draft.perDay) === null ? words.numberWrong : null)} onValue={(perDay) => change({ perDay })} />
          <Select name={words.expiresName} value={draft.expires} wrong={wrong("expires")} onValue={(expires) => change({ expires })} options={EXPIRES.map((one) => ({ value: one, shown: words.periods[one] }))} />
          <Field name={words.tenant} value={draft.tenant} placeholder={words.tenantUsual} maxLength={64} autoComplete="off" spellCheck={false} wrong={wrong("tenant")} onValue={(tenant) => change({ tenant })} />
        </div>
        <p className="soft small">{words.tenantWhy}</p>
        {fault !== null && !["name", "scopes", "requests_per_minute", "tokens_per_day", "expires", "tenant"].includes(fault.param ?? "") && <Fault fault={fault} />}
        <div className="connect-row">
          <Button look="primary" type="submit" disabled={busy || asked === null || draft.name.trim() === "" || draft.scopes.length === 0}>{words.makeKey}</Button>
        </div>
      </form>
    </Dialog>
  );
}
