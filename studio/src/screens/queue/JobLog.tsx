import { useCallback, useState } from "react";
import { jobEvents } from "../../api/queue";
import { Fault, Waiting } from "../../parts/states";
import { text } from "../../text";
import { usePolled } from "./usePolled";

const MOST = 200;
const PAUSE = 4000;
const LONG = 600_000; // milliseconds, where nothing more will be said

/** What a training said of itself, the newest first, once it is asked for. */
export function JobLog({ id, over = false }: { id: string; over?: boolean }) {
  const [open, setOpen] = useState(false);
  return (
    <details className="queue-log" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="small">{text.queue.events}</summary>
      {open && <Events id={id} over={over} />}
    </details>
  );
}

function Events({ id, over }: { id: string; over: boolean }) {
  const load = useCallback((signal: AbortSignal) => jobEvents(id, MOST, signal), [id]);
  const { data, fault, again } = usePolled(load, () => (over ? LONG : PAUSE));
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
