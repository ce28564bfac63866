import type { ModelList } from "../../api/shapes";
import type { Loaded } from "../../api/use";
import { bytes, count } from "../../parts/amounts";
import { Card } from "../../parts/Card";
import { Empty, Fault, Waiting } from "../../parts/states";
import { spellRoute } from "../../shell/route";
import { isBuilt } from "../../shell/screens";
import { text } from "../../text";

export function Models({ listed: { data, fault, again } }: { listed: Loaded<ModelList> }) {
  return (
    <Card heading={text.home.models}>
      {data === undefined ? (
        fault ? <Fault fault={fault} again={again} /> : <Waiting height="13rem" />
      ) : data.data.length === 0 ? (
        <Empty>
          <p>{text.home.noModels}</p>
          <code>{text.home.noModelsCommand}</code>
          <p className="small">{text.home.noModelsWhy}</p>
        </Empty>
      ) : (
        <ul className="rows">
          {data.data.map(({ id, anew }) => (
            <li key={`${id} ${anew.modality}`}>
              <span className="grow">
                {isBuilt("models") ? <a href={spellRoute("models", { model: id })}>{id}</a> : <strong>{id}</strong>}{" "}
                <span className="tag">{text.modalities[anew.modality] ?? anew.modality}</span>
              </span>
              <span className="soft small">
                {typeof anew.params === "number" ? text.home.params(count(anew.params)) : text.home.ready}
                {anew.bytes !== undefined && ` · ${bytes(anew.bytes)}`}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
