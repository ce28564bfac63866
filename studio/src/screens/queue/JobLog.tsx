import { useCallback, useState } from "react";
import { jobEvents } from "../../api/queue";
import { useLoaded } from "../../api/use";
import { Fault, Waiting } from "../../parts/states";
import { text } from "../../text";

const MOST = 200;

/** What a training said of itself, the newest first, once it is asked for. */
export function JobLog({ id }: { id: string }) {
  const [open, setOpen] = useState(false);
  return (
    <details className="queue-log" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="small">{text.queue.events}</summary>
      {open && <Events id={id} />}
    </details>
  );
}

function Events({ id }: { id: string }) {
  const { data, fault, again } = useLoaded(useCallback((signal: AbortSignal) => jobEvents(id, MOST, signal), [id]));
  if (data === undefined) return fault ? <Fault fault={fault} again={again} /> : <Waiting height="6rem" />;
  return (
    <ol tabIndex={0} aria-label={text.queue.events} role="list">
      {data.data.map((one) => (
        <li key={one.id} className={one.level}>
          <time className="soft" dateTime={new Date(one.created_at * 1000).toISOString()}>
            {new Date(one.created_at * 1000).toLocaleTimeString(text.locale)}
          </time>{" "}
          {one.message}
        </li>
      ))}
    </ol>
  );
}
