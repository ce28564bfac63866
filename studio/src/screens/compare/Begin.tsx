// The form of a bake-off: which data, which models, how long.
import { Play } from "lucide-react";
import { useCallback, useId } from "react";
import { begin, contenders, dataSets, type Contenders, type DataSet } from "../../api/compare";
import { useLoaded } from "../../api/use";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Field, Select } from "../../parts/Field";
import { useKept } from "../../parts/kept";
import { Fault, Waiting } from "../../parts/states";
import { text } from "../../text";
import { chosenOf, comparable, firsts, minutesOf, readAsked, requestOf } from "./asked";
import { useAsking } from "../../parts/asking";

export function Begin({ onBegun }: { onBegun: (name: string) => void }) {
  const load = useCallback(async (signal: AbortSignal) => Promise.all([contenders(signal), dataSets(signal)]), []);
  const { data, fault, again } = useLoaded(load);
  if (data === undefined) return fault ? <Fault fault={fault} again={again} /> : <Waiting height="30rem" />;
  return <Form known={data[0]} sets={comparable(data[1].data, data[0].data)} onBegun={onBegun} />;
}

function Form({ known, sets, onBegun }: { known: Contenders; sets: readonly DataSet[]; onBegun: (name: string) => void }) {
  const { compare } = text;
  const [asked, setAsked] = useKept("compare.bakeoff", readAsked);
  const { busy, fault, run } = useAsking();
  const id = useId();
  const set = sets.find((one) => one.name === asked.data) ?? sets[0];
  if (set === undefined) return null;
  const there = known.data.filter((one) => one.modality === set.modality);
  const chosen = chosenOf(asked, there);
  const heads = new Set(firsts(there));
  const request = requestOf(asked, set.name, chosen);
  const minutes = minutesOf(asked.minutes);
  const turn = (name: string): void =>
    setAsked({ ...asked, models: chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name] });
  return (
    <Card heading={compare.begin}>
      <p className="soft">{compare.beginWhy}</p>
      <form
        className="compare-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (request === null || busy) return;
          run(async (signal) => onBegun((await begin(request, signal)).name));
        }}
      >
        <Select
          name={compare.dataSet}
          value={set.name}
          options={sets.map((one) => ({ value: one.name, shown: `${one.name} · ${text.modalities[one.modality] ?? one.modality}${one.here ? "" : ` · ${compare.fetched}`}` }))}
          hint={`${set.about}. ${set.here ? compare.isHere : compare.isFetched}`}
          onValue={(data) => setAsked({ ...asked, data, models: [] })}
        />
        <fieldset className="compare-models" aria-describedby={`${id}-two`}>
          <legend>{compare.contenders}</legend>
          {there.map((one) => (
            <label key={one.name} className="compare-tick">
              <input type="checkbox" checked={chosen.includes(one.name)} onChange={() => turn(one.name)} />
              <span>
                <strong>{one.name}</strong> <span className="soft small">{compare.families[one.family] ?? one.family}{heads.has(one) ? "" : `, ${compare.second}`}</span>
              </span>
            </label>
          ))}
          {known.senseless.filter((one) => one.modality === set.modality).map((one) => (
            <p key={one.family} className="soft small">{compare.senseless(compare.families[one.family] ?? one.family, one.why)}</p>
          ))}
          <p id={`${id}-two`} className={chosen.length < 2 ? "wrong small" : "soft small"}>{compare.two}</p>
        </fieldset>
        <div className="compare-pair">
          <Field name={compare.minutes} inputMode="decimal" value={asked.minutes} hint={compare.minutesHint} wrong={minutes === null ? compare.minutesWrong : null}
            onValue={(value) => setAsked({ ...asked, minutes: value })} />
          <Select name={compare.seeds} value={asked.seeds} hint={compare.seedsHint} options={["1", "2", "3"].map((value) => ({ value, shown: value }))}
            onValue={(seeds) => setAsked({ ...asked, seeds })} />
        </div>
        {minutes !== null && <p className="soft small">{compare.lasts(minutes * chosen.length * Number(asked.seeds))}</p>}
        {fault && <Fault fault={fault} />}
        <div>
          <Button type="submit" look="primary" icon={Play} disabled={request === null || busy}>{compare.start}</Button>
        </div>
      </form>
    </Card>
  );
}
