import { ShieldCheck } from "lucide-react";
import { useCallback, useState } from "react";
import { asFault, type Fault as Failed } from "../../api/fault";
import { auditBefore, verifyAudit, type AuditRow, type Verdict } from "../../api/queue";
import { useLoaded } from "../../api/use";
import { when } from "../../parts/amounts";
import { Button } from "../../parts/Button";
import { Empty, Fault, Waiting } from "../../parts/states";
import { text } from "../../text";
import { actOf } from "./named";

/** What administrators did, the last first, and whether the log still says what it said. */
export function Log() {
  const words = text.queue;
  const first = useLoaded(useCallback((signal: AbortSignal) => auditBefore(null, signal), []));
  const [older, setOlder] = useState<readonly AuditRow[]>([]);
  const [more, setMore] = useState<boolean | null>(null);
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  const [fault, setFault] = useState<Failed | null>(null);
  const [busy, setBusy] = useState(false);
  if (first.data === undefined) {
    if (first.fault === undefined) return <Waiting height="16rem" />;
    if (first.fault.status !== 403) return <Fault fault={first.fault} again={first.again} />;
    return (
      <Empty>
        <p>{words.noLog}</p>
        <p className="small">{first.fault.message}</p>
      </Empty>
    );
  }
  const rows = [...first.data.data, ...older];
  const doing = (work: Promise<void>): void => {
    setBusy(true);
    setFault(null);
    work.then(() => setBusy(false), (thrown: unknown) => { setBusy(false); setFault(asFault(thrown)); });
  };
  const load = async (): Promise<void> => {
    const page = await auditBefore(rows.at(-1)?.seq ?? null);
    setOlder([...older, ...page.data]);
    setMore(page.has_more);
  };
  return (
    <>
      <div className="queue-acts">
        <Button icon={ShieldCheck} disabled={busy} onClick={() => doing(verifyAudit().then(setVerdict))}>{words.verify}</Button>
        <p role="status" className="small">{verdict && (verdict.well ? words.well(verdict.rows) : words.notWell)}</p>
      </div>
      {verdict && !verdict.well && (
        <ul className="queue-why">{verdict.faults.map((one) => <li key={one.first}>{words.logFault(one.first, one.last, one.what)}</li>)}</ul>
      )}
      {fault && <Fault fault={fault} />}
      <div className="queue-table" tabIndex={0} role="region" aria-label={words.tabs.log}>
        <table>
          <thead>
            <tr>{words.columns.map((column) => <th key={column} scope="col">{column}</th>)}</tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.seq}>
                <td data-name={words.columns[0]}>{row.seq}</td>
                <td data-name={words.columns[1]}>{when(row.at)}</td>
                <td data-name={words.columns[2]}>{actOf(row.act)}</td>
                <td data-name={words.columns[3]}><code>{row.object}</code></td>
                <td data-name={words.columns[4]}>{row.tenant}{row.key !== null && <> · <code>{row.key}</code></>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {(more ?? first.data.has_more) && <Button disabled={busy} onClick={() => doing(load())}>{words.older}</Button>}
    </>
  );
}
