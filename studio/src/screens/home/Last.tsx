import { lastCreations, runs } from "../../api/answers";
import { useLoaded } from "../../api/use";
import { when } from "../../parts/amounts";
import { Card } from "../../parts/Card";
import { Empty, Fault, Waiting } from "../../parts/states";
import { text } from "../../text";

const MOST = 6;

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
              <span className="grow">
                <strong>{one.title}</strong>{" "}
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
                <strong>{run.name}</strong>
              </span>
              <span className="soft small">{run.state}</span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
