// A report: what was claimed of a model, pass or miss, and the evidence of each claim a click away.
import { useCallback, useMemo } from "react";
import { bakeoff, bakeoffs, evidence, judged, keptFiles, readSource, spellSource, type Evidence as Told, type Source } from "../../api/compare";
import type { Model } from "../../api/shapes";
import { useLoaded } from "../../api/use";
import { Dialog } from "../../parts/Dialog";
import { Select } from "../../parts/Field";
import { Empty, Fault, Waiting } from "../../parts/states";
import { setParams, useRoute } from "../../shell/route";
import { useShortcuts, type Shortcut } from "../../shell/shortcuts";
import { text } from "../../text";
import { Claims } from "./Claims";
import { bare, claimsOf, tally, type Claim } from "./claims";
import { Evidence } from "./Evidence";
import { KeptFiles } from "./Filed";
import { Rest } from "./Rest";

interface Choice {
  value: string;
  shown: string;
}

/** Reports that are on this machine: of models, of bake-offs, of runs. What may not be seen is left out. */
async function known(models: readonly Model[], signal: AbortSignal): Promise<Choice[]> {
  const { compare } = text;
  const names = [...new Set(models.filter((one) => one.anew.id !== undefined).map((one) => one.id))];
  const of = names.map((name) => ({ value: spellSource({ kind: "model", name }), shown: name }));
  const listed = await bakeoffs(signal).catch(() => ({ data: [] }));
  const finished = await Promise.all(
    listed.data.filter((one) => one.state === "finished").map(async ({ name }) => {
      const told = await bakeoff(name, signal);
      return told.rows.map((row) => ({
        value: spellSource({ kind: "bakeoff", name, within: `seed-0/${row.name}` }),
        shown: compare.ofBakeoff(row.name, name),
      }));
    }),
  ).catch(() => []);
  const run = await judged(signal).catch(() => []);
  return [...of, ...finished.flat(), ...run.map(({ name }) => ({ value: spellSource({ kind: "run", name }), shown: compare.ofRun(name) }))];
}

export function Report({ models }: { models: readonly Model[] }) {
  const { compare } = text;
  const { params } = useRoute();
  const load = useCallback((signal: AbortSignal) => known(models, signal), [models]);
  const { data = [] } = useLoaded(load);
  const first = models.find((one) => one.anew.id !== undefined);
  const asked = params["of"] ?? data[0]?.value ?? (first === undefined ? "" : spellSource({ kind: "model", name: first.id }));
  const source = useMemo(() => readSource(asked), [asked]);
  const choices = data.some((one) => one.value === asked) ? data : [{ value: asked, shown: source?.name ?? asked }, ...data];
  if (source === null) return <Empty><p>{compare.nothing}</p><code>{compare.nothingCommand}</code></Empty>;
  return (
    <div className="compare-report">
      <div className="compare-choose">
        <Select name={compare.reportOf} value={asked} options={choices} onValue={(of) => setParams({ of, claim: null })} />
      </div>
      <Whole key={asked} source={source} />
    </div>
  );
}

function Whole({ source }: { source: Source }) {
  const { compare } = text;
  const load = useCallback((signal: AbortSignal) => Promise.all([evidence(source, signal), keptFiles(source, signal)]), [source]);
  const { data, fault, again } = useLoaded(load);
  if (data === undefined) {
    if (fault?.status === 404) return <Empty><p>{compare.noReport}</p><p className="small">{fault.parts.said}</p></Empty>;
    return fault ? <Fault fault={fault} again={again} /> : <Waiting height="60vh" />;
  }
  return (
    <KeptFiles value={data[1]}>
      <Shown told={data[0]} source={source} />
    </KeptFiles>
  );
}

function Shown({ told, source }: { told: Told; source: Source }) {
  const { compare } = text;
  const { params } = useRoute();
  const claims = useMemo(() => claimsOf(told, { near: compare.nearBar, nothing: compare.excessBar, judge: compare.judgeBar }), [told, compare]);
  const open = (id: string): void => setParams({ claim: id }, false);
  const chosen = useMemo<Claim | null>(() => {
    const id = params["claim"];
    if (id === undefined) return null;
    const metric = told.metrics[id];
    return claims.find((one) => one.id === id) ?? (metric === undefined ? null : bare(metric));
  }, [params, claims, told]);
  const step = useCallback(
    (by: number) => {
      const here = claims.findIndex((one) => one.id === params["claim"]);
      const next = claims[here < 0 ? 0 : (here + by + claims.length) % claims.length];
      if (next !== undefined) setParams({ claim: next.id });
    },
    [claims, params],
  );
  const isOpen = chosen !== null;
  const shortcuts = useMemo<Shortcut[]>(
    () => [
      { keys: "j", does: compare.shortcuts.next, run: () => step(1), whileTyping: isOpen },
      { keys: "k", does: compare.shortcuts.before, run: () => step(-1), whileTyping: isOpen },
    ],
    [compare, step, isOpen],
  );
  useShortcuts(shortcuts);
  const { pass, miss, open: undecided, differs } = tally(claims);
  return (
    <>
      <header className="compare-head">
        <p className="soft">{told.facts.about}</p>
        <ul className="compare-tally" aria-label={compare.tally}>
          <li className="pass"><strong>{pass}</strong> {compare.outcomes.pass}</li>
          <li className="miss"><strong>{miss}</strong> {compare.outcomes.miss}</li>
          <li className="open"><strong>{undecided}</strong> {compare.outcomes.open}</li>
          {differs > 0 && <li className="open"><strong>{differs}</strong> {compare.outcomes.differs}</li>}
        </ul>
      </header>
      <Claims claims={claims} onOpen={open} />
      <Rest told={told} source={source} claimed={claims} onOpen={open} />
      <Dialog heading={chosen === null ? "" : chosen.title} open={chosen !== null} onClose={() => setParams({ claim: null })}>
        {chosen !== null && <Evidence claim={chosen} told={told} source={source} />}
      </Dialog>
    </>
  );
}
