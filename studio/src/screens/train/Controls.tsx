import { Pause, Play, Save, Trash2 } from "lucide-react";
import { useMemo, useState } from "react";
import { asFault, type Fault as Failed } from "../../api/fault";
import { turn, type Job, type RunWhole } from "../../api/train";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Fault } from "../../parts/states";
import { useShortcuts } from "../../shell/shortcuts";
import { text } from "../../text";
import { isLive } from "./useRun";
import { canKeep } from "./state";

const words = text.train.controls;

type To = Parameters<typeof turn>[1];

/** Pause, go on, stop and keep, throw away: as far as the job is where that can be done. */
export function Controls({ job, run, onTurned }: { job: Job; run: RunWhole | null; onTurned: () => void }) {
  const [going, setGoing] = useState<To | null>(null);
  const [kept, setKept] = useState(false);
  const [sure, setSure] = useState(false);
  const [fault, setFault] = useState<Failed | null>(null);
  const live = isLive(job);
  const keepable = canKeep(job, run) && !kept;
  const act = (to: To): void => {
    setGoing(to);
    setFault(null);
    setSure(false);
    turn(job.id, to)
      .then(
        () => setKept(to === "finish"),
        (thrown: unknown) => setFault(asFault(thrown)),
      )
      .finally(() => {
        setGoing(null);
        onTurned();
      });
  };
  const status = job.status;
  useShortcuts(
    useMemo(
      () => [
        { keys: "p", does: words.shortcutPause, run: () => document.querySelector<HTMLButtonElement>(`.train-controls [data-does=${status === "paused" ? "resume" : "pause"}]`)?.click() },
        { keys: "k", does: words.shortcutKeep, run: () => document.querySelector<HTMLButtonElement>(".train-controls [data-does=finish]")?.click() },
      ],
      [status],
    ),
  );
  if (!live && status !== "paused") return fault ? <Fault fault={fault} /> : null;
  return (
    <div className="train-controls">
      <div className="train-acts">
        {live && (
          <Button icon={Pause} data-does="pause" disabled={going !== null || kept} onClick={() => act("pause")}>
            {words.pause}
          </Button>
        )}
        {status === "paused" && (
          <Button icon={Play} look="primary" data-does="resume" disabled={going !== null} onClick={() => act("resume")}>
            {words.resume}
          </Button>
        )}
        <Button icon={Save} data-does="finish" disabled={going !== null || !keepable} onClick={() => act("finish")}>
          {words.finish}
        </Button>
        <Button icon={Trash2} look="quiet" disabled={going !== null} onClick={() => setSure(true)}>
          {words.cancel}
        </Button>
      </div>
      {kept ? <p className="soft small" role="status">{words.finishing}</p> : !keepable && <p className="soft small">{words.tooEarly}</p>}
      {fault && <Fault fault={fault} />}
      <Dialog heading={words.cancelSure} open={sure} onClose={() => setSure(false)}>
        <p>{words.cancelWhy}</p>
        <div className="train-acts">
          <Button look="primary" onClick={() => act("cancel")}>
            {words.cancel}
          </Button>
          <Button onClick={() => setSure(false)}>{words.goOn}</Button>
        </div>
      </Dialog>
    </div>
  );
}
