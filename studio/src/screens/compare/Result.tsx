// What came of a bake-off: what to take, the table, and samples side by side.
import { Download, FileText } from "lucide-react";
import { useCallback, useMemo } from "react";
import { bakeoff, blobAt, evidence, spellSource, type Bakeoff, type Metric, type Row, type Source } from "../../api/compare";
import { useLoaded } from "../../api/use";
import { Button } from "../../parts/Button";
import { Fault, Waiting } from "../../parts/states";
import { toast } from "../../parts/Toast";
import { spellRoute } from "../../shell/route";
import { text } from "../../text";
import { bareValue, readable } from "./claims";
import { Heard, Picture, Written } from "./Filed";
import { save } from "../../parts/files";

/** The columns, in their order; others stand in the models' own reports. */
const COLUMNS = ["exact", "bound", "bits_per_code", "nats_per_step", "frechet_samples", "pair_trends", "precision", "recall", "coverage",
  "label_agreement", "asked_all_kept", "key_kept", "parallels", "near_copies", "cpu_seconds", "samples_per_second", "network_calls", "peak_bytes"];
const COSTS = new Set(["cpu_seconds", "samples_per_second", "network_calls", "peak_bytes"]);

export function Result({ name }: { name: string }) {
  const load = useCallback((signal: AbortSignal) => bakeoff(name, signal), [name]);
  const { data, fault, again } = useLoaded(load);
  if (data === undefined) return fault ? <Fault fault={fault} again={again} /> : <Waiting height="60vh" />;
  return <Shown name={name} told={data} />;
}

const sourceOf = (name: string, row: Row): Source => ({ kind: "bakeoff", name, within: `seed-0/${row.name}` });

function Shown({ name, told }: { name: string; told: Bakeoff }) {
  const { compare } = text;
  const [first, ...rest] = told.said;
  const page = async (): Promise<void> => {
    try {
      save(`${name}.html`, await blobAt(`/v1/anew/comparisons/${encodeURIComponent(name)}/report`, new AbortController().signal));
    } catch {
      toast(compare.notSaved);
    }
  };
  return (
    <article className="compare-result">
      <header>
        <h2>{compare.of(told.data)}</h2>
        <p className="soft small">{compare.ofWhat(told.rows.length, told.minutes, told.seeds, told.counts["train"] ?? 0, told.counts["test"] ?? 0)}</p>
      </header>
      {first !== undefined && <p className="compare-said">{first}</p>}
      {rest.length > 0 && <ul className="compare-notes">{rest.map((one) => <li key={one}>{one}</li>)}</ul>}
      <Table name={name} told={told} />
      <h3>{compare.side}</h3>
      <div className="compare-sides">{told.rows.map((row) => <Side key={row.name} name={name} row={row} />)}</div>
      <div className="compare-acts">
        <Button icon={Download} onClick={() => void page()}>{compare.page}</Button>
      </div>
    </article>
  );
}

function Cell({ metric, href, name }: { metric: Metric | undefined; href: string | null; name: string }) {
  if (metric === undefined) return <td className="soft">{text.compare.none}</td>;
  const value = COSTS.has(metric.name) ? metric.shown.value : bareValue(metric);
  return (
    <td className="number">
      {href === null ? value : <a href={href} aria-label={text.compare.evidenceOf(name, value)}>{value}</a>}
      {metric.shown.interval !== "" && <span className="soft small interval">{metric.shown.interval}</span>}
    </td>
  );
}

function Table({ name, told }: { name: string; told: Bakeoff }) {
  const { compare } = text;
  const columns = useMemo(() => COLUMNS.filter((key) => told.rows.some((row) => row.figures[key] !== undefined)), [told]);
  const title = (key: string): string => compare.columns[key] ?? readable(key);
  return (
    <div className="compare-wide" tabIndex={0} role="region" aria-label={compare.table}>
      <table className="compare-table">
        <thead>
          <tr>
            <th scope="col">{compare.rank}</th>
            <th scope="col">{compare.model}</th>
            {columns.map((key) => <th key={key} scope="col" className={told.ranked.metric === key ? "ranked" : undefined}>{title(key)}</th>)}
          </tr>
        </thead>
        <tbody>
          {told.rows.map((row) => (
            <tr key={row.name}>
              <td className="number rank">{row.rank}</td>
              <th scope="row">
                <strong>{row.name}</strong>
                <span className="soft small interval">{compare.families[row.family] ?? row.family}</span>
              </th>
              {columns.map((key) => {
                const metric = row.figures[key];
                const claim = metric?.name;
                const href = claim === undefined || COSTS.has(key) ? null : spellRoute("compare", { tab: "report", of: spellSource(sourceOf(name, row)), claim });
                return <Cell key={key} metric={metric} href={href} name={`${row.name}, ${title(key)}`} />;
              })}
            </tr>
          ))}
          {Object.keys(told.ruler).length > 0 && (
            <tr className="ruler">
              <td />
              <th scope="row">{compare.real}</th>
              {columns.map((key) => <Cell key={key} metric={told.ruler[key]} href={null} name={compare.real} />)}
            </tr>
          )}
        </tbody>
      </table>
      {Object.entries(told.failed).map(([failed, why]) => <p key={failed} className="fault">{compare.failedWhy(failed, why)}</p>)}
    </div>
  );
}

/** A model's samples, as its own report shows them. */
function Side({ name, row }: { name: string; row: Row }) {
  const { compare } = text;
  const source = useMemo(() => sourceOf(name, row), [name, row]);
  const load = useCallback((signal: AbortSignal) => evidence(source, signal), [source]);
  const { data, fault, again } = useLoaded(load);
  const picture = data?.figures.find((one) => one.section === "samples");
  const clips = (data?.clips ?? []).filter((one) => one.section === "samples").slice(0, 3);
  const sample = data?.texts.find((one) => one.section === "samples");
  return (
    <section className="compare-side">
      <h4>{compare.placed(row.rank, row.name)}</h4>
      {data === undefined ? (
        fault ? <Fault fault={fault} again={again} /> : <Waiting height="16rem" />
      ) : (
        <>
          {picture && <Picture source={source} figure={picture} />}
          {clips.map((one) => <Heard key={one.file} source={source} clip={one} />)}
          {sample && <Written sample={sample} />}
        </>
      )}
      <a className="button" href={spellRoute("compare", { tab: "report", of: spellSource(source) })}>
        <FileText size={18} aria-hidden />
        {compare.itsReport}
      </a>
    </section>
  );
}
