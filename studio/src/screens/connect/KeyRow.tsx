import { useState } from "react";
import { asFault, type Fault as Failed } from "../../api/fault";
import { takeBack, type ApiKey } from "../../api/keys";
import { when } from "../../parts/amounts";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Meter } from "../../parts/Meter";
import { Fault } from "../../parts/states";
import { toast } from "../../parts/Toast";
import { text } from "../../text";

interface Props {
  one: ApiKey;
  /** It is the one that this tab uses. */
  mine: boolean;
  onChanged: () => void;
}

export function KeyRow({ one, mine, onChanged }: Props) {
  const words = text.connect;
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Failed | null>(null);
  const today = one.tokens_today ?? 0;
  const back = (): void => {
    setBusy(true);
    setFault(null);
    takeBack(one.id).then(
      () => { setBusy(false); setAsking(false); toast(words.takenBack(one.name)); onChanged(); },
      (thrown: unknown) => { setBusy(false); setFault(asFault(thrown)); },
    );
  };
  return (
    <li>
      <div className="connect-key">
        <h3>
          {one.name} {mine && <span className="connect-tag">{words.thisTab}</span>}
          {one.state !== "active" && <span className="connect-tag">{words.states[one.state]}</span>}
        </h3>
        <p className="soft small">
          {[
            one.scopes.join(", "),
            ...(one.tenant === one.name ? [] : [words.tenantOf(one.tenant)]),
            words.made(when(one.created_at)),
            ...(one.revoked_at === null ? [] : [words.revoked(when(one.revoked_at))]),
            ...(one.revoked_at !== null || one.expires_at === null ? [] : [words.expires(when(one.expires_at))]),
            ...(one.requests_per_minute === null ? [] : [words.perMinute(one.requests_per_minute)]),
          ].join(" · ")}
        </p>
        {one.state === "active" && (one.tokens_per_day === null ? <p className="soft small">{words.spent(today)}</p> : (
          <Meter name={words.today} shown={words.spentOf(today, one.tokens_per_day)} value={today} most={one.tokens_per_day} />
        ))}
        <p className="soft small"><code>{one.id}</code></p>
      </div>
      {one.state === "active" && <Button little name={words.takeBackThis(one.name)} onClick={() => setAsking(true)}>{words.takeBack}</Button>}
      <Dialog heading={words.takeBackHeading(one.name)} open={asking} onClose={() => setAsking(false)}>
        <p>{words.takeBackWhy}</p>
        {mine && <p className="connect-warn">{words.takeBackMine}</p>}
        {fault && <Fault fault={fault} />}
        <div className="connect-row">
          <Button look="primary" disabled={busy} onClick={back}>{words.takeBack}</Button>
          <Button disabled={busy} onClick={() => setAsking(false)}>{words.keepKey}</Button>
        </div>
      </Dialog>
    </li>
  );
}
