import { Plus } from "lucide-react";
import { useCallback, useState } from "react";
import { keys } from "../../api/keys";
import { whoami, type Myself } from "../../api/models";
import { useLoaded } from "../../api/use";
import { when } from "../../parts/amounts";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Meter } from "../../parts/Meter";
import { Empty, Fault, Waiting } from "../../parts/states";
import { text } from "../../text";
import { KeyRow } from "./KeyRow";
import { NewKey } from "./NewKey";

/** Keys and what they may: of the whole server for an administrator, one's own for anybody. */
export function Keys() {
  const words = text.connect;
  const me = useLoaded(whoami);
  if (me.data === undefined) return me.fault ? <Fault fault={me.fault} again={me.again} /> : <Waiting height="24rem" />;
  return (
    <>
      <Mine me={me.data} />
      {me.data.scopes.includes("admin") ? <All me={me.data} again={me.again} /> : (
        <Empty>
          <p>{words.noAdmin}</p>
          <code>anew keys create NAME --scopes read generate admin</code>
        </Empty>
      )}
    </>
  );
}

function Mine({ me }: { me: Myself }) {
  const words = text.connect;
  if (me.key === null) {
    return (
      <Card heading={words.openHeading}>
        <p>{words.openWhy}</p>
      </Card>
    );
  }
  const perDay = me.tokens_per_day ?? null;
  const perMinute = me.requests_per_minute ?? null;
  const expires = me.expires_at ?? null;
  const today = me.tokens_today ?? null;
  return (
    <Card heading={words.mine}>
      <p>{me.key === "--api-key" ? words.master : <><code>{me.key}</code> · {words.tenantOf(me.tenant)}</>}</p>
      <p>{words.may(me.scopes.map((scope) => words.scopes[scope] ?? scope).join("; "))}</p>
      {perMinute !== null && <p className="small">{words.perMinute(perMinute)}</p>}
      {today !== null && (perDay === null ? <p className="small">{words.spent(today)}</p> : <Meter name={words.today} shown={words.spentOf(today, perDay)} value={today} most={perDay} />)}
      {expires !== null && <p className="small">{words.expires(when(expires))}</p>}
    </Card>
  );
}

function All({ me, again }: { me: Myself; again: () => void }) {
  const words = text.connect;
  const listed = useLoaded(keys);
  const [making, setMaking] = useState(false);
  const changed = useCallback(() => { listed.again(); again(); }, [listed.again, again]); // eslint-disable-line react-hooks/exhaustive-deps -- the function stays, its holder does not
  if (listed.data === undefined) return listed.fault ? <Fault fault={listed.fault} again={listed.again} /> : <Waiting height="16rem" />;
  const active = listed.data.data.filter((one) => one.state === "active");
  const past = listed.data.data.filter((one) => one.state !== "active");
  return (
    <section className="connect-keys">
      <div className="connect-row spread">
        <h2>{words.keys}</h2>
        <Button look="primary" icon={Plus} onClick={() => setMaking(true)}>{words.makeKey}</Button>
      </div>
      {active.length === 0 ? <Empty><p>{past.length === 0 ? words.noKeys : words.noActiveKeys}</p></Empty> : (
        <ul className="framed connect-rows">{active.map((one) => <KeyRow key={one.id} one={one} mine={one.id === me.key} onChanged={changed} />)}</ul>
      )}
      {past.length > 0 && (
        <details>
          <summary>{words.past(past.length)}</summary>
          <ul className="framed connect-rows">{past.map((one) => <KeyRow key={one.id} one={one} mine={false} onChanged={changed} />)}</ul>
        </details>
      )}
      {making && <NewKey first={me.key === null} lastAdmin={!active.some((one) => one.scopes.includes("admin")) && me.key === null} onClose={() => setMaking(false)} onMade={changed} />}
    </section>
  );
}
