import { useState, type ReactNode } from "react";
import { asFault, type Fault as Failed } from "../../api/fault";
import { endBatch, endRequest, type Answering, type Asking, type Busy, type Queue } from "../../api/queue";
import { bytes, duration, when } from "../../parts/amounts";
import { Button } from "../../parts/Button";
import { Meter, Progress } from "../../parts/Meter";
import { Empty, Fault } from "../../parts/states";
import { isBuilt } from "../../shell/screens";
import { spellRoute } from "../../shell/route";
import { toast } from "../../parts/Toast";
import { text } from "../../text";
import { named, stateOf } from "./named";
import { TrainingRow } from "./TrainingRow";

interface Props {
  queue: Queue;
  again: () => void;
}

/** What waits and runs at this moment. */
export function Now({ queue, again }: Props) {
  const words = text.queue;
  const { requests, jobs, batches } = queue;
  const others = queue.admitted - queue.yours;
  const nothing = requests.length + jobs.length + batches.length === 0;
  return (
    <>
      <p className="out-of-sight" role="status">{words.atWork(requests.length, jobs.length, batches.length)}</p>
      {nothing && (
        <Empty>
          <p>{words.nothing}</p>
          <p className="small">{words.nothingWhy}</p>
        </Empty>
      )}
      {requests.length > 0 && (
        <Part heading={words.requests}>
          {requests.map((one) => <RequestRow key={one.id} one={one} again={again} />)}
        </Part>
      )}
      {jobs.length > 0 && (
        <Part heading={words.trainings} why={words.atOnce(queue.jobs_at_once)}>
          {jobs.map((one) => <TrainingRow key={one.id} one={one} again={again} />)}
        </Part>
      )}
      {batches.length > 0 && (
        <Part heading={words.batches}>
          {batches.map((one) => <BatchRow key={one.id} one={one} again={again} />)}
        </Part>
      )}
      {others > 0 && <p className="soft">{words.others(others)}</p>}
      <Engines queue={queue} />
    </>
  );
}

function Part({ heading, why, children }: { heading: string; why?: string; children: ReactNode }) {
  return (
    <section className="queue-part">
      <div>
        <h2>{heading}</h2>
        {why !== undefined && <p className="soft small">{why}</p>}
      </div>
      <ul className="framed queue-rows">{children}</ul>
    </section>
  );
}

function RequestRow({ one, again }: { one: Asking; again: () => void }) {
  const words = text.queue;
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Failed | null>(null);
  const end = (): void => {
    setBusy(true);
    endRequest(one.id).then(
      () => { toast(words.requestEnded); again(); },
      (thrown: unknown) => {
        const why = asFault(thrown);
        setBusy(false);
        if (why.status !== 404) setFault(why); // it has ended by itself meanwhile
        again();
      },
    );
  };
  return (
    <li>
      <div className="queue-what">
        <h3>{named(one.address)}</h3>
        <p className="soft small">
          {one.model !== null && <>{one.model} · </>}
          {words.since(duration(one.seconds))}
        </p>
        <Progress name={named(one.address)} />
        {fault && <Fault fault={fault} />}
      </div>
      <Button little disabled={busy} name={words.cancelThis(named(one.address))} onClick={end}>{words.cancel}</Button>
    </li>
  );
}

function BatchRow({ one, again }: { one: Answering; again: () => void }) {
  const words = text.queue;
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Failed | null>(null);
  const { total = 0, completed = 0, failed = 0 } = one.request_counts;
  const done = completed + failed;
  const end = (): void => {
    setBusy(true);
    endBatch(one.id).then(
      () => { toast(words.batchEnded); again(); },
      (thrown: unknown) => { setBusy(false); setFault(asFault(thrown)); },
    );
  };
  return (
    <li>
      <div className="queue-what">
        <h3>{words.batchOf(named(one.endpoint))}</h3>
        <p className="soft small">
          {stateOf(one.status)} · {words.lines(completed, total)}
          {failed > 0 && <> · {words.linesFailed(failed)}</>} · {words.until(when(one.expires_at))}
        </p>
        <Progress name={words.batchOf(named(one.endpoint))} {...(total > 0 ? { value: done / total } : {})} />
        {fault && <Fault fault={fault} />}
      </div>
      <Button little disabled={busy || one.status === "cancelling"} name={words.cancelThis(one.id)} onClick={end}>{words.cancel}</Button>
    </li>
  );
}

/** The models in memory, whoever uses them, in numbers. */
function Engines({ queue }: { queue: Queue }) {
  const words = text.queue;
  if (queue.models.length === 0) return <p className="soft small">{words.noneOpen}</p>;
  const told = (one: Busy): string => (one.waiting + one.running === 0 ? words.idle : words.texts(one.running, one.waiting));
  return (
    <section className="queue-part">
      <h2>{words.engines}</h2>
      <ul className="queue-engines">
        {queue.models.map((one) => (
          <li key={one.model}>
            {isBuilt("models") ? <a href={spellRoute("models", { model: one.model })}>{one.model}</a> : one.model}
            <span className="soft small">{told(one)} · {bytes(one.bytes)}</span>
          </li>
        ))}
      </ul>
      <Meter name={words.memory} shown={words.memoryOf(bytes(queue.sequence_bytes), bytes(queue.sequence_bytes_in_all))} value={queue.sequence_bytes} most={queue.sequence_bytes_in_all} />
      <Meter name={words.places} shown={words.placesOf(queue.admitted, queue.bound)} value={queue.admitted} most={queue.bound} />
    </section>
  );
}
