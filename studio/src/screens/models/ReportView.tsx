import "./report.css";
import { useCallback, useEffect, useState } from "react";
import { figure, report, type Metric, type Report } from "../../api/models";
import { useLoaded } from "../../api/use";
import { Empty, Fault, Waiting } from "../../parts/states";
import { text } from "../../text";

/** What was measured: the verdict, the samples, every figure with its interval, and the checks of the measurement. */
export function ReportView({ name }: { name: string }) {
  const words = text.models;
  const told = useLoaded(useCallback((signal: AbortSignal) => report(name, signal), [name]));
  if (told.data === undefined) {
    if (told.fault === undefined) return <Waiting height="24rem" />;
    return told.fault.status === 404 ? <Empty><p>{words.noReport}</p></Empty> : <Fault fault={told.fault} again={told.again} />;
  }
  const { verdict, order, metrics, figures, clips = [], texts } = told.data;
  const rows = order.flatMap((key) => metrics[key] ?? []);
  const samples = figures.filter((one) => one.section === "samples" && one.file.endsWith(".png"));
  if (rows.length === 0) return <Empty><p>{words.noReport}</p></Empty>;
  return (
    <div className="models-report">
      <section>
        <h2>{words.found}</h2>
        <ul>{verdict.map((sentence) => <li key={sentence}>{sentence}</li>)}</ul>
      </section>
      <Heard name={name} clips={clips} />
      {samples.length > 0 && (
        <section>
          <h2>{words.samples}</h2>
          <div className="models-pictures">
            {samples.map((one) => <Picture key={one.file} name={name} one={one} />)}
          </div>
        </section>
      )}
      <Texts texts={texts} />
      <Table heading={words.figures} rows={rows.filter((one) => one.passed === null)} />
      <Table heading={words.checks} rows={rows.filter((one) => one.passed !== null)} />
    </div>
  );
}

function Table({ heading, rows }: { heading: string; rows: readonly Metric[] }) {
  const words = text.models;
  if (rows.length === 0) return null;
  return (
    <section>
      <h2>{heading}</h2>
      <div className="models-table" tabIndex={0} role="region" aria-label={heading}>
        <table>
          <thead>
            <tr>{words.columns.map((column) => <th scope="col" key={column}>{column}</th>)}</tr>
          </thead>
          <tbody>
            {rows.map((one) => (
              <tr key={one.name}>
                <th scope="row">{one.name.replaceAll("_", " ")}</th>
                <td>{one.shown.value}{one.passed !== null && <strong> {one.passed ? words.passed : words.notPassed}</strong>}</td>
                <td>{one.shown.interval}</td>
                <td>{one.n?.toLocaleString(text.locale) ?? ""}</td>
                <td>{one.note}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function useFigure(name: string, file: string): string | null {
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => {
    const leaving = new AbortController();
    let made: string | null = null;
    figure(name, file, leaving.signal).then(
      (blob) => { made = URL.createObjectURL(blob); setAddress(made); },
      () => undefined, // its words stand there without it
    );
    return () => {
      leaving.abort();
      if (made !== null) URL.revokeObjectURL(made);
    };
  }, [name, file]);
  return address;
}

function Picture({ name, one }: { name: string; one: Report["figures"][number] }) {
  const address = useFigure(name, one.file);
  return (
    <figure>
      {address === null ? <Waiting height="16rem" /> : <img src={address} alt={one.alt} />}
      <figcaption className="small soft">{one.caption}</figcaption>
    </figure>
  );
}

function Heard({ name, clips }: { name: string; clips: NonNullable<Report["clips"]> }) {
  const shown = clips.filter((one) => one.section === "samples");
  if (shown.length === 0) return null;
  return (
    <section>
      <h2>{text.models.heard}</h2>
      <ul className="models-clips">
        {shown.map((one) => <Clip key={one.file} name={name} one={one} />)}
      </ul>
    </section>
  );
}

function Clip({ name, one }: { name: string; one: NonNullable<Report["clips"]>[number] }) {
  const address = useFigure(name, one.file);
  return (
    <li>
      <span className="small">{one.title}{one.note !== "" && <span className="soft"> · {one.note}</span>}</span>
      <audio controls preload="metadata" aria-label={one.title} {...(address === null ? {} : { src: address })} />
    </li>
  );
}

function Texts({ texts }: { texts: Report["texts"] }) {
  const shown = texts.filter((one) => one.section === "samples");
  if (shown.length === 0) return null;
  return (
    <section>
      <h2>{text.models.texts}</h2>
      {shown.slice(0, 6).map((one, i) => (
        <details key={i} open={i === 0}>
          <summary>{[one.title, one.note].filter((word) => word !== "").join(": ")}</summary>
          <pre tabIndex={0}><code>{one.content}</code></pre>
        </details>
      ))}
    </section>
  );
}
