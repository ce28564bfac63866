import { ArrowLeft } from "lucide-react";
import { useCallback, useEffect, useMemo, useState } from "react";
import { asFault, type Fault as Failed } from "../../api/fault";
import { compared, readJournal } from "../../api/train";
import { useLife, useLoaded } from "../../api/use";
import { Card } from "../../parts/Card";
import { Select } from "../../parts/Field";
import { Empty, Fault, Waiting } from "../../parts/states";
import { spellRoute } from "../../shell/route";
import { text } from "../../text";
import { Chart, type ChartLine } from "./Chart";
import { spoken } from "./Result";
import { MOST } from "./RunList";
import { Figures } from "./series";

const words = text.train.overlay;
const DASHES: readonly (number[] | undefined)[] = [undefined, [8, 4], [2, 3], undefined, [8, 4], [2, 3]];

interface Cell {
  value?: number | null;
  shown?: { value?: string; interval?: string };
}

/** Several runs in one chart, and their figures side by side. */
export function Overlay({ names: asked }: { names: readonly string[] }) {
  const names = useMemo(() => asked.slice(0, MOST), [asked]);
  const [kind, setKind] = useState<"trained" | "heldOut">("trained");
  const { all, version, fault } = useSeveral(names);
  const load = useCallback((signal: AbortSignal) => compared(names, signal), [names]);
  const figures = useLoaded(load);
  const lines = useMemo(
    () =>
      names.flatMap((name, i): ChartLine[] => {
        const line = kind === "trained" ? all[i]?.loss : all[i]?.heldOut;
        const dash = DASHES[i];
        return line === undefined ? [] : [{ name, colour: `--line-${i + 1}`, line, points: false, ...(dash === undefined ? {} : { dash }) }];
      }),
    [names, all, kind, version], // eslint-disable-line react-hooks/exhaustive-deps -- figures grow in place
  );
  const rows = Object.entries(figures.data?.figures ?? {}) as [string, (Cell | null)[]][];
  return (
    <div className="train">
      <header className="train-head">
        <a className="train-back" href={spellRoute("train", { tab: "runs" })}>
          <ArrowLeft size={16} aria-hidden /> {text.train.run.back}
        </a>
        <h1>{words.heading(names.length)}</h1>
      </header>
      <Card heading={words.curves}>
        <Select name={words.kind} value={kind} onValue={(value) => setKind(value === "heldOut" ? "heldOut" : "trained")} options={[{ value: "trained", shown: words.trained }, { value: "heldOut", shown: words.heldOut }]} />
        {fault && <Fault fault={fault} />}
        {lines.length === 0 ? <Empty>{words.none}</Empty> : <Chart name={words.name(names.join(", "))} lines={lines} version={version} />}
        <p className="soft small">{words.why}</p>
      </Card>
      <Card heading={words.figures}>
        {figures.data === undefined ? (
          figures.fault ? <Fault fault={figures.fault} again={figures.again} /> : <Waiting height="10rem" />
        ) : rows.length === 0 ? (
          <Empty>{words.noFigures}</Empty>
        ) : (
          <div className="train-table" tabIndex={0} role="region" aria-label={words.figures}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{words.figure}</th>
                  {names.map((name) => (
                    <th key={name} scope="col">
                      <a href={spellRoute("train", { run: name })}>{name}</a>
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {rows.map(([name, cells]) => (
                  <tr key={name}>
                    <th scope="row">{spoken(name)}</th>
                    {cells.map((cell, i) => (
                      <td key={i}>
                        {cell === null ? "–" : (cell.shown?.value ?? cell.value ?? "–")} <span className="soft small">{cell?.shown?.interval ?? ""}</span>
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Card>
    </div>
  );
}

/** The journals of several runs, one read after the other, so that other requests have their connections. */
function useSeveral(names: readonly string[]): { all: readonly Figures[]; version: number; fault: Failed | null } {
  const { returns } = useLife();
  const [state, setState] = useState<{ all: readonly Figures[]; version: number; fault: Failed | null }>({ all: [], version: 0, fault: null });
  useEffect(() => {
    const leaving = new AbortController();
    const all = names.map(() => new Figures());
    const told = (fault: Failed | null = null): void => {
      if (!leaving.signal.aborted) setState((before) => ({ all, version: before.version + 1, fault: fault ?? (before.all === all ? before.fault : null) }));
    };
    const read = async (at: number): Promise<void> => {
      const name = names[at];
      const figures = all[at];
      if (name === undefined || figures === undefined) return;
      const one = new AbortController();
      const leave = (): void => one.abort();
      leaving.signal.addEventListener("abort", leave);
      let quiet: ReturnType<typeof setTimeout> | undefined;
      const wait = (): void => {
        clearTimeout(quiet);
        quiet = setTimeout(leave, 2500); // what is written is read by then; a run that still learns says more
      };
      wait();
      try {
        await readJournal(name, "train", (rows) => { figures.add(rows); wait(); told(); }, one.signal);
      } catch (thrown) {
        const fault = asFault(thrown);
        if (fault.kind !== "stopped") told(fault);
      } finally {
        clearTimeout(quiet);
        leaving.signal.removeEventListener("abort", leave);
      }
      if (!leaving.signal.aborted) await read(at + 1);
    };
    void read(0);
    return () => leaving.abort();
  }, [names, returns]);
  return state;
}
