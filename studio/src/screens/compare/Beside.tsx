// The same words and seed to two to four models that make the same kind of thing, in columns side by side.
import { Columns3, Square } from "lucide-react";
import { useMemo, useState } from "react";
import { asFault, type Fault as Failed } from "../../api/fault";
import type { Model } from "../../api/shapes";
import { useAsking } from "../../parts/asking";
import { Button } from "../../parts/Button";
import { Area, Field, Select } from "../../parts/Field";
import { useKept } from "../../parts/kept";
import { Empty, Fault, Waiting } from "../../parts/states";
import { setParams, spellRoute, useRoute } from "../../shell/route";
import { spellSource } from "../../api/compare";
import { useShortcuts, type Shortcut } from "../../shell/shortcuts";
import { text } from "../../text";
import { make, type Made } from "./pairs";
import { Shown } from "./Shown";
import { allChat, KINDS, kindsOf, linesOf } from "./trial";

interface Words {
  kind: string;
  models: string[];
  say: Partial<Record<string, string>>;
  n: string;
  seed: string;
}

function readWords(kept: unknown): Words {
  const given = typeof kept === "object" && kept !== null ? (kept as Record<string, unknown>) : {};
  const word = (name: string, usual: string): string => (typeof given[name] === "string" ? given[name] : usual);
  const models = Array.isArray(given["models"]) ? given["models"].filter((one) => typeof one === "string") : [];
  const said = typeof given["say"] === "object" && given["say"] !== null ? (given["say"] as Record<string, unknown>) : {};
  const say = Object.fromEntries(Object.entries(said).filter((one): one is [string, string] => typeof one[1] === "string"));
  return { kind: word("kind", ""), models, say, n: word("n", "4"), seed: word("seed", "1") };
}

/** What an address says stands above what was kept. */
function addressed(params: Readonly<Record<string, string>>, kept: Words): Words {
  const { kind, models, say, n, seed } = params;
  if (kind === undefined || models === undefined || seed === undefined) return kept;
  return { kind, models: models.split(" "), say: { ...kept.say, [kind]: say ?? "" }, n: n ?? "4", seed };
}

interface Column {
  model: string;
  made: Made[] | null;
  fault: Failed | null;
}

const MOST = { models: 4, n: 16 };

export function Beside({ models }: { models: readonly Model[] }) {
  const { compare } = text;
  const { params } = useRoute();
  const able = useMemo(() => kindsOf(models), [models]);
  const [kept, setKept] = useKept("compare.beside", readWords);
  const [opened, setOpened] = useState(() => (params["seed"] === undefined ? null : addressed(params, kept)));
  const words = opened ?? kept;
  const set = (more: Partial<Words>): void => {
    setOpened(null);
    setKept({ ...words, ...more });
  };
  const [columns, setColumns] = useState<readonly Column[]>([]);
  const { busy, run, stop } = useAsking();
  const there = KINDS.filter((kind) => able[kind].length > 1);
  const kind = there.find((one) => one === words.kind) ?? there[0];
  const names = kind === undefined ? [] : able[kind];
  const known = words.models.filter((one) => names.includes(one));
  const chosen = known.length > 0 ? known : names.slice(0, 2);
  const say = kind === undefined ? "" : (words.say[kind] ?? linesOf(compare.blindSay[kind])[0] ?? "");
  const n = /^\d{1,2}$/.test(words.n.trim()) ? Number(words.n) : 0;
  const seed = /^\d{1,15}$/.test(words.seed.trim()) ? Number(words.seed) : null;
  const wrong = {
    n: n < 1 || n > MOST.n ? compare.countWrong(MOST.n) : null,
    seed: seed === null ? compare.seedWrong : null,
    say: say.trim() === "" && (kind === "image" || kind === "text") ? compare.sayWrong : null,
  };
  const can = kind !== undefined && seed !== null && chosen.length >= 2 && Object.values(wrong).every((one) => one === null);
  const begin = (): void => {
    if (!can) return;
    const wish = { kind, prompt: say, seed, n, chat: allChat(models, chosen) };
    setParams({ tab: "beside", kind, models: chosen.join(" "), say, n: String(n), seed: String(seed) });
    setColumns(chosen.map((model) => ({ model, made: null, fault: null })));
    run(async (signal) => {
      await Promise.all(
        chosen.map(async (model) => {
          const tell = (told: Partial<Column>): void => {
            if (!signal.aborted) setColumns((before) => before.map((one) => (one.model === model ? { ...one, ...told } : one)));
          };
          await make(model, wish, signal).then((made) => tell({ made }), (thrown: unknown) => tell({ fault: asFault(thrown) }));
        }),
      );
    });
  };
  const shortcuts = useMemo<Shortcut[]>(
    () => [{ keys: "Control+Enter", does: compare.shortcuts.beside, run: () => document.querySelector<HTMLFormElement>(".compare-beside form")?.requestSubmit(), whileTyping: true }],
    [compare],
  );
  useShortcuts(shortcuts);
  if (kind === undefined) return <Empty><p>{compare.noPair}</p><code>{compare.noPairCommand}</code></Empty>;
  const turn = (name: string): void => set({ models: chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name].slice(-MOST.models) });
  return (
    <div className="compare-beside">
      <form className="compare-form" onSubmit={(event) => { event.preventDefault(); if (!busy) begin(); }}>
        <div className="compare-pair">
          <Select name={compare.what2} value={kind} options={there.map((value) => ({ value, shown: compare.makes[value] }))} onValue={(next) => set({ kind: next, models: [] })} />
          <Field name={compare.count} inputMode="numeric" value={words.n} wrong={wrong.n} onValue={(next) => set({ n: next })} />
          <Field name={compare.seed} inputMode="numeric" value={words.seed} wrong={wrong.seed} onValue={(next) => set({ seed: next })} />
        </div>
        <fieldset className="compare-models">
          <legend>{compare.contenders}</legend>
          {names.map((one) => (
            <label key={one} className="compare-tick">
              <input type="checkbox" checked={chosen.includes(one)} onChange={() => turn(one)} />
              <strong>{one}</strong>
            </label>
          ))}
          <p className={chosen.length < 2 ? "wrong small" : "soft small"}>{compare.twoToFour}</p>
        </fieldset>
        {kind !== "music" && <Area name={compare.say} rows={2} value={say} hint={compare.besideHint[kind]} wrong={wrong.say} onValue={(next) => set({ say: { ...words.say, [kind]: next } })} />}
        <div>
          {busy ? <Button icon={Square} onClick={stop}>{compare.halt}</Button> : <Button type="submit" look="primary" icon={Columns3} disabled={!can}>{compare.besideStart}</Button>}
        </div>
      </form>
      {columns.length === 0 ? (
        <Empty><p>{compare.besideEmpty}</p></Empty>
      ) : (
        <div className="compare-sides" aria-busy={busy}>
          {columns.map(({ model, made, fault }) => (
            <section key={model} className="compare-side">
              <h2>{model}</h2>
              {fault !== null ? <Fault fault={fault} again={busy ? undefined : begin} /> : made !== null ? <Shown model={model} made={made} /> : busy ? <Waiting height="14rem" /> : <p className="soft">{text.faults.stopped}</p>}
              <a href={spellRoute("compare", { tab: "report", of: spellSource({ kind: "model", name: model }) })}>{compare.itsEvidence(model)}</a>
            </section>
          ))}
        </div>
      )}
    </div>
  );
}
