// What else a report holds: every figure, the samples, the limits, the data and the model's card.
import { useCallback, useState } from "react";
import { card, type Evidence as Told, type Source } from "../../api/compare";
import { useLoaded } from "../../api/use";
import { count } from "../../parts/amounts";
import { Card } from "../../parts/Card";
import { Markdown } from "../../parts/Markdown";
import { Fault, Waiting } from "../../parts/states";
import { text } from "../../text";
import { readable, type Claim } from "./claims";
import { Heard, Picture, Written } from "./Filed";

interface Props {
  told: Told;
  source: Source;
  claimed: readonly Claim[];
  onOpen: (id: string) => void;
}

export function Rest({ told, source, claimed, onOpen }: Props) {
  const { compare } = text;
  const { facts } = told;
  const known = new Set(claimed.map((one) => one.id));
  const others = told.order.flatMap((name) => {
    const metric = told.metrics[name];
    return metric === undefined || known.has(name) ? [] : [metric];
  });
  const shown = (section: string): boolean => section === "samples";
  const pictures = told.figures.filter((one) => shown(one.section));
  const clips = (told.clips ?? []).filter((one) => shown(one.section));
  const texts = told.texts.filter((one) => shown(one.section));
  const counts = Array.isArray(facts.counts) ? facts.counts : Object.entries(facts.counts);
  return (
    <>
      {pictures.length + clips.length + texts.length > 0 && (
        <section className="compare-samples">
          <h2>{compare.samples}</h2>
          <p className="soft small">{compare.samplesWhy}</p>
          <div className="compare-figures">{pictures.map((one) => <Picture key={one.file} source={source} figure={one} />)}</div>
          {clips.length > 0 && <div className="compare-clips">{clips.map((one) => <Heard key={one.file} source={source} clip={one} />)}</div>}
          {texts.map((one, i) => <Written key={i} sample={one} />)}
        </section>
      )}
      {others.length > 0 && (
        <section className="compare-others">
          <h2>{compare.figures}</h2>
          <div className="compare-wide" tabIndex={0} role="region" aria-label={compare.figures}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{compare.what}</th>
                  <th scope="col">{compare.value}</th>
                  <th scope="col">{compare.interval}</th>
                  <th scope="col">{compare.items}</th>
                </tr>
              </thead>
              <tbody>
                {others.map((one) => (
                  <tr key={one.name}>
                    <th scope="row">
                      <button type="button" className="compare-link" aria-haspopup="dialog" onClick={() => onOpen(one.name)}>{readable(one.name)}</button>
                    </th>
                    <td className="number">{one.shown.value}</td>
                    <td className="number">{one.shown.interval === "" ? compare.noInterval : one.shown.interval}</td>
                    <td className="number">{one.n === null ? "" : count(one.n)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </section>
      )}
      <div className="compare-cards">
        <Card heading={compare.limits}>
          <ul>{facts.limits.map((one) => <li key={one}>{one}</li>)}</ul>
        </Card>
        <Card heading={compare.data}>
          <dl className="compare-facts">
            {counts.map(([name, many]) => (
              <div key={name}>
                <dt>{readable(name)}</dt>
                <dd>{count(many)}</dd>
              </div>
            ))}
            {Object.entries(facts.model).map(([name, value]) => (
              <div key={name}>
                <dt>{readable(name)}</dt>
                <dd>{typeof value === "number" ? count(value) : value}</dd>
              </div>
            ))}
            {facts.reproduce !== "" && (
              <div>
                <dt>{compare.again}</dt>
                <dd><code>{facts.reproduce}</code></dd>
              </div>
            )}
          </dl>
        </Card>
      </div>
      {source.kind === "model" && <Carded model={source.name} />}
    </>
  );
}

function Carded({ model }: { model: string }) {
  const { compare } = text;
  const [open, setOpen] = useState(false);
  return (
    <details className="compare-card" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{compare.card}</summary>
      {open && <Opened model={model} />}
    </details>
  );
}

function Opened({ model }: { model: string }) {
  const load = useCallback((signal: AbortSignal) => card(model, signal), [model]);
  const { data, fault, again } = useLoaded(load);
  if (data === undefined) return fault ? <Fault fault={fault} again={again} /> : <Waiting height="12rem" />;
  return <Markdown source={data} />;
}
