import "./queue.css";
import { RotateCw } from "lucide-react";
import { useMemo } from "react";
import { Button } from "../../parts/Button";
import { Fault, Waiting } from "../../parts/states";
import { Tabs } from "../../parts/Tabs";
import { setParams, useRoute } from "../../shell/route";
import { useShortcuts } from "../../shell/shortcuts";
import { queue, type Queue as Queued } from "../../api/queue";
import { text } from "../../text";
import { Lately } from "./Lately";
import { Log } from "./Log";
import { Now } from "./Now";
import { usePolled } from "./usePolled";

const BUSY = 1500; // milliseconds between looks while something runs
const CALM = 5000;

const TABS = [
  { id: "now", shown: text.queue.tabs.now },
  { id: "lately", shown: text.queue.tabs.lately },
  { id: "log", shown: text.queue.tabs.log },
] as const;

export const runs = (one: Queued | undefined): boolean =>
  one !== undefined && one.requests.length + one.jobs.filter((job) => job.status !== "paused").length + one.batches.length + (one.admitted - one.yours) > 0;

const pause = (data: Queued | undefined): number => (runs(data) ? BUSY : CALM);

export function Queue() {
  const words = text.queue;
  const { params } = useRoute();
  const tab = TABS.find((each) => each.id === params["tab"])?.id ?? "now";
  return (
    <div className="queue">
      <header className="queue-head">
        <h1>{words.heading}</h1>
        <p className="soft">{words.intro}</p>
      </header>
      <div>
        <Tabs name={words.heading} tabs={TABS} chosen={tab} onChoose={(next) => setParams({ tab: next === "now" ? null : next })}>
          <div className="queue-panel">{tab === "now" ? <Shown /> : tab === "lately" ? <Lately /> : <Log />}</div>
        </Tabs>
      </div>
    </div>
  );
}

function Shown() {
  const words = text.queue;
  const { data, fault, again, loading } = usePolled(queue, pause);
  useShortcuts(useMemo(() => [{ keys: "r", does: words.shortcuts.again, run: again }], [words, again]));
  if (data === undefined) return fault ? <Fault fault={fault} again={again} /> : <Waiting height="16rem" />;
  return (
    <>
      {fault && fault.kind !== "away" && <Fault fault={fault} again={again} />}
      <Now queue={data} again={again} />
      <p className="queue-foot small soft">
        <span>{runs(data) ? words.refreshedOften : words.refreshed}</span>
        <Button little look="quiet" icon={RotateCw} disabled={loading} onClick={again}>{words.again}</Button>
      </p>
    </>
  );
}
