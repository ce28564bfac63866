import { useCallback, useState } from "react";
import { asFault, type Fault as Failed } from "../../api/fault";
import { jobEvents, turnJob, type JobEvent, type Training } from "../../api/queue";
import { duration, when } from "../../parts/amounts";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Progress } from "../../parts/Meter";
import { Fault } from "../../parts/states";
import { toast } from "../../parts/Toast";
import { text } from "../../text";
import { stateOf } from "./named";
import { JobLog } from "./JobLog";
import { usePolled } from "./usePolled";

const PAUSE = 2000;

/** How far it is by its last figures. */
export function shareOf(events: readonly JobEvent[]): { step: number; of: number } | null {
  for (const { data } of events) {
    if (data !== null && typeof data.step === "number" && typeof data.total_steps === "number" && data.total_steps > 0) {
      return { step: data.step, of: data.total_steps };
    }
  }
  return null;
}

/** A training that is not over. */
export function TrainingRow({ one, again }: { one: Training; again: () => void }) {
  const words = text.queue;
  const { id, status } = one;
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState(false);
  const [fault, setFault] = useState<Failed | null>(null);
  const load = useCallback((signal: AbortSignal) => jobEvents(id, 20, signal), [id]);
  const events = usePolled(load, () => (status === "paused" ? 20_000 : PAUSE)).data?.data ?? [];
  const far = shareOf(events);
  const turn = (act: "cancel" | "pause" | "resume"): void => {
    setBusy(true);
    setFault(null);
    turnJob(id, act).then(
      () => {
        setBusy(false);
        setAsking(false);
        toast(words.turned[act]);
        again();
      },
      (thrown: unknown) => { setBusy(false); setFault(asFault(thrown)); },
    );
  };
  const left = one.estimated_finish === null ? null : one.estimated_finish - Date.now() / 1000;
  return (
    <li>
      <div className="queue-what">
        <h3>{words.training(one.model)}</h3>
        <p className="soft small">
          {[
            stateOf(status),
            ...(far ? [words.steps(far.step, far.of)] : []),
            ...(left !== null && status === "running" ? [left > 0 ? words.left(duration(left)) : words.soon] : []),
            ...(status === "queued" && one.ahead > 0 ? [words.ahead(one.ahead)] : []),
            words.begun(when(one.created_at)),
          ].join(" · ")}
        </p>
        {status === "paused" ? (far && <Progress name={words.training(one.model)} value={far.step / far.of} />) : (
          <Progress name={words.training(one.model)} {...(far ? { value: far.step / far.of } : {})} />
        )}
        {events[0] !== undefined && <p className="small">{events[0].message}</p>}
        {fault && <Fault fault={fault} />}
        <JobLog id={id} />
      </div>
      <div className="queue-acts">
        {status === "paused" ? (
          <Button little disabled={busy} onClick={() => turn("resume")}>{words.resume}</Button>
        ) : (
          <Button little disabled={busy} onClick={() => turn("pause")}>{words.pause}</Button>
        )}
        <Button little disabled={busy} name={words.cancelThis(words.training(one.model))} onClick={() => setAsking(true)}>{words.cancel}</Button>
      </div>
      <Dialog heading={words.cancelHeading} open={asking} onClose={() => setAsking(false)}>
        <p>{words.cancelWhy}</p>
        {fault && <Fault fault={fault} />}
        <div className="queue-acts">
          <Button look="primary" disabled={busy} onClick={() => turn("cancel")}>{words.cancelYes}</Button>
          <Button disabled={busy} onClick={() => setAsking(false)}>{words.cancelNo}</Button>
        </div>
      </Dialog>
    </li>
  );
}
