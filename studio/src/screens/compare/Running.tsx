// A bake-off that is at work, or was ended before it was done: what each model is at.
import { Play, Square } from "lucide-react";
import { useCallback, useEffect } from "react";
import { begin, cancel, progress, type Part, type Progress as Told } from "../../api/compare";
import { useLoaded } from "../../api/use";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Progress } from "../../parts/Meter";
import { Fault, Waiting } from "../../parts/states";
import { text } from "../../text";
import { useAsking } from "../../parts/asking";
import { Outcome } from "./Outcome";

const OFTEN = 1500;

export function Running({ name, onEnd }: { name: string; onEnd: () => void }) {
  const load = useCallback((signal: AbortSignal) => progress(name, signal), [name]);
  const { data, fault, again } = useLoaded(load);
  const state = data?.state;
  useEffect(() => {
    if (state === "finished") onEnd();
    if (state !== "running") return undefined;
    const timer = setInterval(again, OFTEN);
    return () => clearInterval(timer);
  }, [state, again, onEnd]);
  if (data === undefined) return fault ? <Fault fault={fault} again={again} /> : <Waiting height="24rem" />;
  return <Shown told={data} again={again} />;
}

const shareOf = ({ state, step, steps }: Part): number | undefined => {
  if (state === "done") return 1;
  return typeof step === "number" && typeof steps === "number" && steps > 0 ? Math.min(1, step / steps) : undefined;
};

function Shown({ told, again }: { told: Told; again: () => void }) {
  const { compare } = text;
  const { busy, fault, run } = useAsking();
  const runs = told.state === "running";
  const act = (): void =>
    run(async (signal) => {
      await (runs ? cancel(told.name) : begin({ data: told.data, models: told.models, minutes: told.minutes, seeds: told.seeds }, signal));
      again();
    });
  const done = told.parts.filter((one) => one.state === "done").length;
  return (
    <Card heading={compare.of(told.data)} className="compare-running">
      <p className="soft" role="status">{compare.far(compare.states[told.state], done, told.parts.length)}</p>
      <ul className="compare-parts">
        {told.parts.map((part) => {
          const share = shareOf(part);
          const name = part.name ?? compare.shared;
          const works = runs && !["waiting", "done", "failed"].includes(part.state);
          return (
            <li key={`${name} ${part.seed}`}>
              <span className="row">
                <strong>{name}{told.seeds > 1 && <span className="soft"> {compare.ofSeed(part.seed)}</span>}</strong>
                {part.state === "done" ? <Outcome came="done" kind="" /> : part.state === "failed" ? <Outcome came="failed" kind="" /> : (
                  <span className="soft small">
                    {compare.stages[part.state] ?? part.state}
                    {typeof part.step === "number" && typeof part.steps === "number" && ` · ${compare.steps(part.step, part.steps)}`}
                  </span>
                )}
              </span>
              {works && <Progress name={name} {...(share === undefined ? {} : { value: share })} />}
              {typeof part.why === "string" && <p className="small">{part.why}</p>}
            </li>
          );
        })}
      </ul>
      {told.state === "failed" && told.said.length > 0 && <pre className="compare-raw small" tabIndex={0}>{told.said.join("\n")}</pre>}
      {fault && <Fault fault={fault} />}
      <div className="compare-acts">
        <Button icon={runs ? Square : Play} disabled={busy} onClick={act}>{runs ? compare.cancel : compare.goOn}</Button>
        <span className="soft small">{runs ? compare.cancelWhy : compare.goOnWhy}</span>
      </div>
    </Card>
  );
}
