import { CircleCheck, CircleSlash, CircleX, Save, type LucideIcon } from "lucide-react";
import { useState } from "react";
import { asFault, type Fault as Failed } from "../../api/fault";
import { batches, fileContent, jobs, type Batch, type Job } from "../../api/queue";
import { duration, when } from "../../parts/amounts";
import { Button } from "../../parts/Button";
import { save } from "../../parts/files";
import { Empty, Fault, Waiting } from "../../parts/states";
import { spellRoute } from "../../shell/route";
import { isBuilt } from "../../shell/screens";
import { text } from "../../text";
import { JobLog } from "./JobLog";
import { named, stateOf } from "./named";
import { usePolled } from "./usePolled";

const PAUSE = 10_000;
const ICONS: Readonly<Record<string, LucideIcon | undefined>> = {
  succeeded: CircleCheck, completed: CircleCheck, failed: CircleX, expired: CircleX, cancelled: CircleSlash,
};

export type Past = { at: number; job: Job } | { at: number; batch: Batch };

/** Trainings and batches that are over, the last one first. */
export function pastOf(all: readonly Job[], many: readonly Batch[]): Past[] {
  const found: Past[] = [];
  for (const job of all) if (job.finished_at !== null) found.push({ at: job.finished_at, job });
  for (const batch of many) {
    const at = batch.completed_at ?? batch.failed_at ?? batch.expired_at ?? batch.cancelled_at;
    if (at !== null) found.push({ at, batch });
  }
  return found.sort((a, b) => b.at - a.at);
}

export function Lately() {
  const words = text.queue;
  const trained = usePolled(jobs, () => PAUSE);
  const asked = usePolled(batches, () => PAUSE);
  if ((trained.data ?? trained.fault) === undefined || (asked.data ?? asked.fault) === undefined) return <Waiting height="16rem" />;
  const past = pastOf(trained.data?.data ?? [], asked.data?.data ?? []);
  const faults = [trained, asked].filter((one) => one.fault !== undefined && one.data === undefined);
  return (
    <>
      {faults.map((one) => one.fault && <Fault key={one.fault.message} fault={one.fault} again={one.again} />)}
      {past.length === 0 && faults.length < 2 ? (
        <Empty>
          <p>{words.noneLately}</p>
        </Empty>
      ) : (
        <>
          <h2 className="out-of-sight">{words.tabs.lately}</h2>
          <ul className="framed queue-rows">
            {past.map((one) => ("job" in one ? <JobRow key={one.job.id} job={one.job} /> : <BatchDone key={one.batch.id} batch={one.batch} at={one.at} />))}
          </ul>
        </>
      )}
    </>
  );
}

function State({ status }: { status: string }) {
  const Icon = ICONS[status] ?? CircleSlash;
  const look = status === "succeeded" || status === "completed" ? "good" : status === "failed" || status === "expired" ? "bad" : "";
  return (
    <span className={`queue-state ${look}`}>
      <Icon size={16} aria-hidden /> {stateOf(status)}
    </span>
  );
}

function JobRow({ job }: { job: Job }) {
  const words = text.queue;
  const made = job.fine_tuned_model;
  return (
    <li>
      <div className="queue-what">
        <h3>{words.training(job.model)}</h3>
        <p className="small"><State status={job.status} /> <span className="soft">{when(job.finished_at ?? 0)} · {words.took(duration((job.finished_at ?? 0) - job.created_at))}</span></p>
        {job.error?.message !== undefined && <p className="queue-why">{job.error.message}</p>}
        <JobLog id={job.id} over />
      </div>
      {made !== null && isBuilt("models") && (
        <a className="button little" href={spellRoute("models", { model: made })}>{words.seeModel(made)}</a>
      )}
    </li>
  );
}

function BatchDone({ batch, at }: { batch: Batch; at: number }) {
  const words = text.queue;
  const [fault, setFault] = useState<Failed | null>(null);
  const keep = (file: string, name: string): void => {
    setFault(null);
    fileContent(file).then(
      (blob) => save(name, blob),
      (thrown: unknown) => setFault(asFault(thrown)),
    );
  };
  const { total, completed, failed } = batch.request_counts;
  const { output_file_id: output, error_file_id: errors } = batch;
  return (
    <li>
      <div className="queue-what">
        <h3>{words.batchOf(named(batch.endpoint))}</h3>
        <p className="small">
          <State status={batch.status} />{" "}
          <span className="soft">{when(at)} · {words.lines(completed, total)}{failed > 0 && ` · ${words.linesFailed(failed)}`}</span>
        </p>
        {batch.errors?.data.map((one, i) => <p className="queue-why" key={i}>{one.message}</p>)}
        {fault && <Fault fault={fault} />}
      </div>
      <div className="queue-acts">
        {output !== null && <Button little icon={Save} onClick={() => keep(output, `${batch.id}.jsonl`)}>{words.saveAnswers}</Button>}
        {errors !== null && <Button little icon={Save} onClick={() => keep(errors, `${batch.id}-errors.jsonl`)}>{words.saveErrors}</Button>}
      </div>
    </li>
  );
}
