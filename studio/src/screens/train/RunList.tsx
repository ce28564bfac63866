import { useCallback, useMemo, useState } from "react";
import { allRuns, jobs, type Job } from "../../api/train";
import { bytes, when } from "../../parts/amounts";
import { Empty, Fault, Waiting } from "../../parts/states";
import { go, setParams, spellRoute } from "../../shell/route";
import { Button } from "../../parts/Button";
import type { Run } from "../../api/shapes";
import { text } from "../../text";
import { spoken } from "./Result";
import { isLive, usePolled } from "./useRun";

const words = text.train.runs;
export const MOST = 6; // runs in one chart

export interface Listed {
  name: string;
  recipe: string;
  modality: string;
  state: string;
  badge: string;
  at: number | null;
  bytes: number;
  headline: string;
}

/** Runs and jobs as one list: a job that has no run yet, or none any more, stands there, too. The newest first. */
export function listed(runs: readonly Run[], all: readonly Job[]): Listed[] {
  const of = new Map(all.map((job) => [job.run, job]));
  const rows = runs.map((run): Listed => {
    const job = of.get(run.name);
    of.delete(run.name);
    const badge = job === undefined ? (run.state === "done" ? "done" : "stopped") : badgeOf(job);
    const state = job !== undefined && badge !== "done" ? (words.status[job.status] ?? job.status) : run.state === "done" ? words.done : run.state;
    return { name: run.name, recipe: run.recipe, modality: run.modality, state, badge, at: job?.created_at ?? null, bytes: run.bytes, headline: headlineOf(run) };
  });
  for (const job of of.values()) {
    rows.push({ name: job.run, recipe: job.model, modality: "", state: words.status[job.status] ?? job.status, badge: badgeOf(job), at: job.created_at, bytes: 0, headline: job.error?.message ?? "" });
  }
  return rows.sort((a, b) => (b.at ?? 0) - (a.at ?? 0) || (a.name < b.name ? -1 : 1));
}

/** The figure that stands first in its report. */
function headlineOf(run: Run): string {
  const [name] = run.headline;
  const shown = name === undefined ? undefined : (run.figures[name]?.["shown"] as { value?: string } | undefined);
  return name === undefined || shown?.value === undefined ? "" : `${spoken(name)}: ${shown.value}`;
}

function badgeOf(job: Job): string {
  if (isLive(job)) return "learns";
  return job.status === "succeeded" ? "done" : job.status;
}

export function RunList() {
  const [live, setLive] = useState(true);
  const load = useCallback(async (signal: AbortSignal) => {
    const [runs, all] = await Promise.all([allRuns(signal), jobs(signal)]);
    setLive(all.data.some(isLive));
    return listed(runs.data, all.data);
  }, []);
  const { data, fault, again } = usePolled(load, live ? 4000 : 15_000);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const picked = useMemo(() => chosen.filter((name) => data?.some((one) => one.name === name)), [chosen, data]);
  if (data === undefined) return fault ? <Fault fault={fault} again={again} /> : <Waiting height="20rem" />;
  if (data.length === 0) {
    return (
      <Empty>
        <p>{words.none}</p>
        <Button onClick={() => setParams({ tab: null, recipe: "digits" }, false)}>{words.first}</Button>
      </Empty>
    );
  }
  const pick = (name: string, on: boolean): void => setChosen(on ? [...picked, name].slice(-MOST) : picked.filter((one) => one !== name));
  return (
    <>
      <div className="train-acts">
        <Button disabled={picked.length < 2} onClick={() => go("train", { runs: picked.join(",") })}>
          {words.overlay(picked.length)}
        </Button>
        <span className="soft small">{words.overlayWhy}</span>
      </div>
      <ul className="train-runs">
        {data.map((one) => (
          <li key={one.name}>
            <input type="checkbox" aria-label={words.choose(one.name)} disabled={one.bytes === 0} checked={picked.includes(one.name)} onChange={(event) => pick(one.name, event.target.checked)} />
            <a href={spellRoute("train", { run: one.name })}>
              <span className="train-run-name">
                <strong>{one.name}</strong> <span className={`train-badge ${one.badge}`}>{one.state}</span>
              </span>
              <span className="soft small">
                {[one.recipe, text.modalities[one.modality] ?? one.modality, one.at === null ? "" : when(one.at), one.bytes === 0 ? "" : bytes(one.bytes)].filter((said) => said !== "").join(" · ")}
              </span>
              {one.headline !== "" && <span className="small">{one.headline}</span>}
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}
