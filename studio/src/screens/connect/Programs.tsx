import { Copy } from "lucide-react";
import { useMemo } from "react";
import { models } from "../../api/answers";
import { whoami } from "../../api/models";
import { useLoaded } from "../../api/use";
import { Button } from "../../parts/Button";
import { Select } from "../../parts/Field";
import { Empty, Fault, Waiting } from "../../parts/states";
import { setParams, spellRoute, useRoute } from "../../shell/route";
import { useShortcuts } from "../../shell/shortcuts";
import { text } from "../../text";
import { askable, type Askable } from "./abilities";
import { CLIENTS, GROUPS, type Client } from "./clients";
import { copy } from "./copying";

/** The model of the address, else one that suits the client best, else any. */
export function modelFor(all: readonly Askable[], asked: string | undefined, client: Client): Askable | undefined {
  const suits = (ability: string): Askable | undefined => all.find((one) => one.ability === ability);
  return all.find((one) => one.name === asked) ?? client.can.map(suits).find((one) => one !== undefined) ?? all[0];
}

export function Programs() {
  const words = text.connect;
  const { params } = useRoute();
  const listed = useLoaded(models);
  const me = useLoaded(whoami);
  if (listed.data === undefined || me.data === undefined) {
    const fault = listed.fault ?? me.fault;
    return fault ? <Fault fault={fault} again={() => { listed.again(); me.again(); }} /> : <Waiting height="30rem" />;
  }
  const all = askable(listed.data.data);
  const client = CLIENTS.find((one) => one.id === params["client"]) ?? CLIENTS[0];
  if (client === undefined) return null;
  const model = modelFor(all, params["model"], client);
  const origin = location.origin;
  return (
    <>
      <div className="connect-where">
        <Code where={words.address} code={`${origin}/v1`} />
        {all.length > 0 && (
          <Select name={words.model} value={model?.name ?? ""} onValue={(name) => setParams({ model: name })}
            options={all.map((one) => ({ value: one.name, shown: `${one.name} · ${words.abilities[one.ability]}` }))} />
        )}
      </div>
      <p className="soft small">{me.data.key === null ? words.open : words.keyed}</p>
      <div className="connect-columns">
        <div className="connect-pick">
          <Select name={words.client} value={client.id} onValue={(id) => setParams({ client: id })} options={CLIENTS.map((one) => ({ value: one.id, shown: one.name }))} />
        </div>
        <nav aria-label={words.clients} className="connect-clients">
          {GROUPS.map((group) => (
            <div key={group}>
              <h2>{words.groups[group]}</h2>
              <ul>
                {CLIENTS.filter((one) => one.group === group).map((one) => (
                  <li key={one.id}>
                    <a href={spellRoute("connect", { client: one.id, model: params["model"] })} aria-current={one.id === client.id ? "true" : undefined}>{one.name}</a>
                  </li>
                ))}
              </ul>
            </div>
          ))}
        </nav>
        <Steps client={client} model={model} all={all} keyed={me.data.key !== null} />
      </div>
    </>
  );
}

interface StepsProps {
  client: Client;
  model: Askable | undefined;
  all: readonly Askable[];
  keyed: boolean;
}

function Steps({ client, model, all, keyed }: StepsProps) {
  const words = text.connect;
  const suits = model !== undefined && client.can.includes(model.ability);
  const steps = useMemo(
    () => (suits ? client.steps({ origin: location.origin, base: `${location.origin}/v1`, model: model.name, ability: model.ability, keyed }) : []),
    [client, model, suits, keyed],
  );
  const last = steps.length > 1 ? steps[steps.length - (steps.at(-1)?.where === words.where.run ? 2 : 1)] : steps[0];
  useShortcuts(useMemo(() => (last === undefined ? [] : [{ keys: "y", does: words.shortcuts.copy, run: () => void copy(last.code) }]), [last, words]));
  const others = all.filter((one) => client.can.includes(one.ability));
  return (
    <section className="connect-steps" aria-labelledby="connect-client">
      <h2 id="connect-client">{client.name}</h2>
      {suits ? (
        <ol>
          {steps.map((step, i) => (
            <li key={i}><Code {...step} /></li>
          ))}
        </ol>
      ) : (
        <Empty>
          <p>{words.needs(client.name, client.can.map((ability) => words.abilities[ability]).join(", "))}</p>
          {others.length > 0 ? (
            <div className="connect-row">
              {others.slice(0, 4).map((one) => <Button key={one.name} onClick={() => setParams({ model: one.name })}>{words.take(one.name)}</Button>)}
            </div>
          ) : client.can.includes("chat") ? (
            <>
              <p className="small">{words.noChat}</p>
              <code>{words.noChatCommand}</code>
            </>
          ) : null}
        </Empty>
      )}
      {suits && <p className="soft small">{client.tried ? words.tried : words.untried}</p>}
      {steps.some((step) => step.code.includes("read -rs")) && <p className="soft small">{words.neverKey}</p>}
    </section>
  );
}

/** Something to be copied, and where it goes. */
export function Code({ where, code }: { where: string; code: string }) {
  const words = text.connect;
  return (
    <div className="connect-code">
      <div className="connect-code-head">
        <span className="small">{where}</span>
        <Button little look="quiet" icon={Copy} name={words.copyThis(where)} onClick={() => void copy(code)}>{words.copy}</Button>
      </div>
      <pre tabIndex={0} aria-label={where} role="region"><code>{code}</code></pre>
    </div>
  );
}
