import { AudioLines, Music } from "lucide-react";
import { lastCreations, runs } from "../../api/answers";
import type { Creation } from "../../api/shapes";
import { useLoaded } from "../../api/use";
import { when } from "../../parts/amounts";
import { Card } from "../../parts/Card";
import { Empty, Fault, Waiting } from "../../parts/states";
import { useContent } from "../../api/useContent";
import { spellRoute } from "../../shell/route";
import { isBuilt } from "../../shell/screens";
import { text } from "../../text";

const MOST = 6;

/** Where it is shown whole. */
export function placeOf({ id, modality }: Creation): string {
  const tab = { music: "compose", speech: "speak", audio: "effects" }[modality];
  return tab === undefined ? spellRoute("images", { one: id }) : spellRoute("sound", { tab, one: id });
}

function Look({ one: { id, modality } }: { one: Creation }) {
  if (modality === "image") return <Picture id={id} />;
  const Icon = modality === "music" ? Music : AudioLines;
  return <span className="look"><Icon size={20} aria-hidden /></span>;
}

function Picture({ id }: { id: string }) {
  const { address } = useContent(id);
  return <span className="look">{address !== null && <img src={address} alt="" width={40} height={40} />}</span>;
}

export function Creations() {
  const { data, fault, again } = useLoaded(lastCreations);
  return (
    <Card heading={text.home.creations}>
      {data === undefined ? (
        fault ? <Fault fault={fault} again={again} /> : <Waiting height="5rem" />
      ) : data.data.length === 0 ? (
        <Empty>
          <p>{text.home.noCreations}</p>
        </Empty>
      ) : (
        <ul className="rows">
          {data.data.map((one) => (
            <li key={one.id}>
              <Look one={one} />
              <span className="grow">
                <a href={placeOf(one)}>{one.title || text.home.untitled}</a>{" "}
                <span className="tag">{text.modalities[one.modality] ?? one.modality}</span>
              </span>
              <span className="soft small">
                {one.model} · {when(one.created_at)}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

export function Runs() {
  const { data, fault, again } = useLoaded(runs);
  return (
    <Card heading={text.home.runs}>
      {data === undefined ? (
        fault ? <Fault fault={fault} again={again} /> : <Waiting height="5rem" />
      ) : data.data.length === 0 ? (
        <Empty>
          <p>{text.home.noRuns}</p>
          <code>{text.home.noRunsCommand}</code>
        </Empty>
      ) : (
        <ul className="rows">
          {data.data.slice(-MOST).reverse().map((run) => (
            <li key={run.name}>
              <span className="grow">
                {isBuilt("train") ? <a href={spellRoute("train", { run: run.name })}>{run.name}</a> : <strong>{run.name}</strong>}
              </span>
              <span className="soft small">{text.home.states[run.state] ?? run.state}</span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
