import { ArrowLeft, Ghost, Layers, TrendingUp, TriangleAlert, type LucideIcon } from "lucide-react";
import { useCallback, useEffect, useMemo, useState, type ReactNode } from "react";
import { jobEvents, runFiles, runRecords, type Part } from "../../api/train";
import { useLife, useLoaded } from "../../api/use";
import { duration } from "../../parts/amounts";
import { Card } from "../../parts/Card";
import { Select } from "../../parts/Field";
import { Progress } from "../../parts/Meter";
import { Empty, Fault, Waiting } from "../../parts/states";
import { spellRoute } from "../../shell/route";
import { text } from "../../text";
import { Chart, figure, type ChartLine } from "./Chart";
import { Controls } from "./Controls";
import { Film, framesOf } from "./Film";
import { Result } from "./Result";
import { removedOf } from "./sample";
import { Samples } from "./Samples";
import { isLoss, lately, type Figures } from "./series";
import { doing, partOf, PARTS, sentence } from "./state";
import { isLive, useJob, useJournal, useRunNow, usePolled } from "./useRun";
import { warningsOf, type Warning } from "./warnings";

const words = text.train.run;
const ICONS: Record<Warning["kind"], LucideIcon> = { overfitting: Layers, collapse: Ghost, divergence: TrendingUp };

/** One run: what it does, how it gets on, what it makes meanwhile, what came of it. */
export function RunView({ name }: { name: string }) {
  const job = useJob(name);
  const live = job.data === undefined || isLive(job.data);
  const run = useRunNow(name, live);
  const { away } = useLife();
  const head = (
    <header className="train-head">
      <a className="train-back" href={spellRoute("train", { tab: "runs" })}>
        <ArrowLeft size={16} aria-hidden /> {words.back}
      </a>
      <h1>{name}</h1>
    </header>
  );
  const fault = job.fault ?? run.fault;
  if (job.data === undefined || run.data === undefined) return <div className="train">{head}{fault && !away ? <Fault fault={fault} again={() => { job.again(); run.again(); }} /> : <Waiting height="60vh" />}</div>;
  if (job.data === null && run.data === null) {
    return (
      <div className="train">
        {head}
        <Empty>
          <p>{words.unknown(name)}</p>
        </Empty>
      </div>
    );
  }
  return (
    <div className="train">
      {head}
      <Body name={name} job={job.data} run={run.data} live={isLive(job.data)} away={away} onTurned={() => { job.again(); run.again(); }} />
    </div>
  );
}

type Held<Hook extends (...given: never[]) => { data: unknown }> = Exclude<ReturnType<Hook>["data"], undefined>;

interface Props {
  name: string;
  job: Held<typeof useJob>;
  run: Held<typeof useRunNow>;
  live: boolean;
  away: boolean;
  onTurned: () => void;
}

function Body({ name, job, run, live, away, onTurned }: Props) {
  const [wanted, setWanted] = useState<Part | null>(null);
  const state = doing(job, run);
  const over = state === "done" || (state === "judged" && run?.parts["judge"]?.done !== false);
  const now = over && run?.parts["train"]?.begun === true ? "train" : partOf(run?.parts);
  const part = wanted ?? now;
  const journal = useJournal(name, part);
  const { figures, version } = journal;
  const steps = (part === null ? null : run?.parts[part]?.steps) ?? null;
  const seen = [Math.floor(figures.step / 500), figures.heldOut.x.length, figures.diagnoses.length, journal.done].join(); // when it is worth a look
  const warnings = useMemo(() => warningsOf(figures), [figures, seen]); // eslint-disable-line react-hooks/exhaustive-deps -- figures grow in place
  const begun = PARTS.filter((one) => run?.parts[one]?.begun === true);
  const chooser = begun.length > 1 && (
    <Select name={words.part} value={part ?? ""} onValue={(value) => setWanted(PARTS.find((one) => one === value) ?? null)} options={begun.map((one) => ({ value: one, shown: text.train.parts[one] ?? one }))} />
  );
  const done = run?.done.includes("validate") === true || state === "done";
  return (
    <>
      <Card className="train-now">
        <p className="train-state" role="status">
          <span className={`train-badge ${state}`}>{text.train.badges[state]}</span> {away ? words.away : sentence(state, job, run)}
        </p>
        {job === null && state === "stopped" && <code>anew run {name} --resume</code>}
        {part !== null && <Pace figures={figures} steps={steps} moves={state === "learns" && part === now && !away} part={part} />}
        {job !== null && <Controls job={job} run={run} onTurned={onTurned} />}
      </Card>
      {warnings.length > 0 && (
        <ul className="train-warnings">
          {warnings.map(({ kind, says }) => {
            const Icon = ICONS[kind];
            return (
              <li key={says}>
                <Icon size={20} aria-hidden />
                <span>
                  <strong>{text.train.warnings.kinds[kind]}</strong> {says}
                </span>
              </li>
            );
          })}
        </ul>
      )}
      {run !== null && done && <Result run={run} model={job === null ? null : job.fine_tuned_model} />}
      <div className="train-columns">
        <Card heading={words.curve}>
          {journal.fault?.kind === "refused" && part !== null && <Fault fault={journal.fault} />}
          {figures.loss === undefined ? <Empty>{live ? words.noCurveYet : words.noCurve}</Empty> : <Curve figures={figures} version={version} name={name} chooser={chooser} />}
        </Card>
        <Made name={name} live={live} there={run !== null} />
      </div>
      {run !== null && run.done.includes("clean") && <Learnt name={name} />}
      {job !== null && <Log id={job.id} live={live} />}
    </>
  );
}

function Pace({ figures, steps, moves, part }: { figures: Figures; steps: number | null; moves: boolean; part: Part }) {
  const { loss, heldOut, pace } = figures;
  const left = steps !== null && pace !== null ? (steps - figures.step) / pace : null;
  const facts: [string, string][] = [
    [words.step, steps === null ? figures.step.toLocaleString(text.locale) : words.stepOf(figures.step.toLocaleString(text.locale), steps.toLocaleString(text.locale))],
    [words.loss, loss === undefined ? "–" : figure(lately(loss, 20))],
    [words.heldOut, heldOut.y.length === 0 ? "–" : figure(heldOut.y.at(-1))],
    [words.speed, pace === null ? "–" : words.perSecond(figure(pace))],
    [words.left, moves && left !== null ? duration(Math.max(0, left)) : "–"],
  ];
  return (
    <>
      <Progress name={text.train.parts[part] ?? part} {...(steps === null ? {} : { value: Math.min(1, figures.step / steps) })} />
      <dl className="train-pace">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function Curve({ figures, version, name, chooser }: { figures: Figures; version: number; name: string; chooser: ReactNode }) {
  const [chosen, setChosen] = useState("");
  const [logarithmic, setLogarithmic] = useState(false);
  const names = [...figures.trained.keys()];
  const first = names.find(isLoss) ?? "";
  const shown = figures.trained.has(chosen) ? chosen : first;
  const count = figures.heldOut.x.length > 0 && shown === first;
  const lines = useMemo<ChartLine[]>(() => {
    const line = figures.trained.get(shown);
    const all: ChartLine[] = line === undefined ? [] : [{ name: shown.replaceAll("_", " "), colour: "--line-1", line, spread: true }];
    if (count) all.push({ name: words.heldOut, colour: "--line-2", line: figures.heldOut, points: true });
    return all;
  }, [figures, shown, count]);
  const least = useMemo(() => figures.trained.get(shown)?.y.at(-1) ?? 0, [figures, shown, version]); // eslint-disable-line react-hooks/exhaustive-deps -- figures grow in place
  return (
    <>
      <div className="train-curve">
        {chooser}
        {names.length > 1 && <Select name={words.figure} value={shown} onValue={setChosen} options={names.map((one) => ({ value: one, shown: one.replaceAll("_", " ") }))} />}
        <label className="tick">
          <input type="checkbox" checked={logarithmic} disabled={!(least > 0)} onChange={(event) => setLogarithmic(event.target.checked)} /> {words.logarithmic}
        </label>
      </div>
      <Chart name={words.curveOf(shown, name, figures.step.toLocaleString(text.locale))} lines={lines} version={version} logarithmic={logarithmic && least > 0} />
    </>
  );
}

function Made({ name, live, there }: { name: string; live: boolean; there: boolean }) {
  const load = useCallback((signal: AbortSignal) => (there ? runFiles(name, signal) : Promise.resolve({ data: [] })), [name, there]);
  const files = usePolled(load, live ? 3000 : null);
  const frames = useMemo(() => framesOf(files.data?.data ?? []), [files.data]);
  return (
    <Card heading={words.made}>
      {files.data === undefined ? files.fault ? <Fault fault={files.fault} again={files.again} /> : <Waiting height="14rem" /> : <Film run={name} frames={frames} live={live} />}
    </Card>
  );
}

/** What it learnt from, as it was cleaned; asked for when somebody opens it. */
function Learnt({ name }: { name: string }) {
  const [open, setOpen] = useState(false);
  return (
    <details className="train-more" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{words.data}</summary>
      {open && <Records name={name} />}
    </details>
  );
}

function Records({ name }: { name: string }) {
  const load = useCallback((signal: AbortSignal) => runRecords(name, signal), [name]);
  const { data, fault, again } = useLoaded(load);
  if (data === undefined) return fault ? <Fault fault={fault} again={again} /> : <Waiting height="8rem" />;
  const of = (split: string): string => (data.counts[split] ?? 0).toLocaleString(text.locale);
  return (
    <div className="train-cleaning">
      <p>{text.train.seen.left(of("records"), of("train"), of("validation"), of("test"))}</p>
      {removedOf(data.counts).map(([rule, many]) => (
        <p key={rule}>
          <strong>{many.toLocaleString(text.locale)}</strong> {rule}
        </p>
      ))}
      <Samples records={data.data} />
    </div>
  );
}

function Log({ id, live }: { id: string; live: boolean }) {
  const [open, setOpen] = useState(false);
  return (
    <details className="train-more" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{words.log}</summary>
      {open && <Said id={id} live={live} />}
    </details>
  );
}

function Said({ id, live }: { id: string; live: boolean }) {
  const load = useCallback((signal: AbortSignal) => jobEvents(id, signal), [id]);
  const { data, fault, again } = usePolled(load, live ? 3000 : null);
  useEffect(() => {
    if (!live) again();
  }, [live, again]);
  if (data === undefined) return fault ? <Fault fault={fault} again={again} /> : <Waiting height="8rem" />;
  const said = data.data.filter((one) => one.type === "message");
  return (
    <ol className="train-log" reversed>
      {said.map((one) => (
        <li key={one.id} className={one.level}>
          {one.level === "warn" && <TriangleAlert size={14} aria-hidden />} <time>{new Date(one.created_at * 1000).toLocaleTimeString(text.locale)}</time> {one.message}
        </li>
      ))}
    </ol>
  );
}
