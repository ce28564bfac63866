import { useEffect, useMemo, useState } from "react";
import { asFault, type Fault as Failed } from "../../api/fault";
import { models } from "../../api/answers";
import { knownSets, look, recipes, start, type Known, type Looked, type Ready } from "../../api/train";
import { useLoaded } from "../../api/use";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { useKept } from "../../parts/kept";
import { Fault, Waiting } from "../../parts/states";
import { GraduationCap } from "lucide-react";
import { go, setParams, useRoute } from "../../shell/route";
import { useShortcuts } from "../../shell/shortcuts";
import { text } from "../../text";
import { Choose } from "./Choose";
import { Forecast } from "./Forecast";
import { Onward, Way } from "./Onward";
import { basesFor, given, readDials, wrongIn } from "./bases";
import { Recipe } from "./Recipe";
import { Seen } from "./Seen";
import { asked, readOverrides } from "./settings";
import { fieldOf, ownOf, paramsOf, recipeFor, sourceOf, type Source } from "./source";
import { useChecked } from "./useChecked";

/** From data to a training: what is chosen, what it is, how it is learnt, what that takes. */
export function Begin() {
  const sets = useLoaded(knownSets);
  const listed = useLoaded(recipes);
  if (sets.data === undefined || listed.data === undefined) {
    const fault = sets.fault ?? listed.fault;
    const again = (): void => {
      sets.again();
      listed.again();
    };
    return fault ? <Fault fault={fault} again={again} /> : <Waiting height="60vh" />;
  }
  return <Steps sets={sets.data.data} recipes={listed.data.data} />;
}

function Steps({ sets, recipes: all }: { sets: readonly Known[]; recipes: readonly Ready[] }) {
  const { train } = text;
  const { params } = useRoute();
  const named = all.find((one) => one.name === params["recipe"]);
  const source = useMemo(() => sourceOf(params) ?? ownOf(named, sets), [params, named, sets]);
  const looked = useLooked(source);
  const modality = looked.data?.modality ?? (source?.kind === "set" ? sets.find((one) => one.name === source.name)?.modality : undefined);
  const served = useLoaded(models);
  const bases = useMemo(() => (modality === undefined ? [] : basesFor(served.data?.data ?? [], modality)), [served.data, modality]);
  const base = bases.find((one) => one.id === params["base"])?.id;
  const recipe = base !== undefined ? undefined : (named ?? (modality === undefined ? undefined : recipeFor(all, modality, source)));
  const [dials, setDials] = useKept("train.onward", readDials);
  const [kept, keep] = useKept("train.settings", readOverrides);
  const overrides = useMemo(() => (recipe === undefined ? {} : (kept[recipe.name] ?? {})), [kept, recipe]);
  const checked = useChecked(recipe?.name, overrides);
  const [starting, setStarting] = useState(false);
  const [fault, setFault] = useState<Failed | null>(null);

  const choose = (chosen: Source | null): void => setParams({ ...paramsOf(chosen), from: null, recipe: null, base: null });
  const chosen = base !== undefined || recipe !== undefined;
  const wrong = base !== undefined ? wrongIn(dials).length > 0 : checked.fault !== undefined;
  const ready = chosen && looked.data !== undefined && !wrong && !starting;
  const begin = (): void => {
    if (!ready || source === null) return;
    setStarting(true);
    setFault(null);
    const seed = checked.settings.find((one) => one.key === "seed")?.value;
    const way = recipe !== undefined ? { model: recipe.name, ...asked(overrides, seed) } : { model: base ?? "", hyperparameters: given(dials) };
    start({ ...way, keep_run: true, ...fieldOf(source) }).then(
      (job) => go("train", { run: job.run }),
      (thrown: unknown) => {
        setFault(asFault(thrown));
        setStarting(false);
      },
    );
  };
  useShortcuts(useMemo(() => [{ keys: "Control+Enter", does: train.shortcuts.start, whileTyping: true, run: () => document.querySelector<HTMLButtonElement>(".train-start button.primary")?.click() }], [train]));
  return (
    <div className="train-steps">
      <Card heading={train.steps.data}>
        <Choose source={source} sets={sets} from={params["from"]} onChoose={choose} />
      </Card>
      {source !== null && (
        <Card heading={train.steps.look}>
          {looked.data !== undefined ? (
            <Seen looked={looked.data} />
          ) : looked.fault ? (
            <Fault fault={looked.fault} again={looked.again} />
          ) : (
            <>
              <p className="soft">{train.looking}</p>
              <Waiting height="16rem" />
            </>
          )}
        </Card>
      )}
      {source !== null && (chosen || looked.data !== undefined) && (
        <Card heading={train.steps.recipe}>
          {!chosen && bases.length === 0 ? (
            <p>{train.noRecipe(text.modalities[modality ?? ""] ?? modality ?? "")}</p>
          ) : (
            <Way
              recipes={all}
              recipe={recipe}
              modality={modality}
              bases={bases}
              base={base}
              onRecipe={(name) => setParams({ recipe: name, base: null, ...paramsOf(source) })}
              onBase={(name) => setParams({ recipe: null, base: name, ...paramsOf(source) })}
            />
          )}
          {base !== undefined && <Onward dials={dials} onDials={setDials} />}
          {recipe !== undefined && (
            <Recipe recipe={recipe} modality={modality} checked={checked} overrides={overrides} onOverrides={(next) => keep({ ...kept, [recipe.name]: next })} />
          )}
        </Card>
      )}
      {source !== null && chosen && looked.data !== undefined && (
        <Card heading={train.steps.start} className="train-start">
          {recipe === undefined ? <p className="soft">{train.onward.noForecast}</p> : <Forecast recipe={recipe.name} source={source} overrides={overrides} valid={checked.valid} />}
          {fault && <Fault fault={fault} />}
          <div className="train-acts">
            <Button look="primary" icon={GraduationCap} disabled={!ready} onClick={begin}>
              {starting ? train.starting : train.start}
            </Button>
            {wrong && <span className="train-wrong">{train.mend}</span>}
          </div>
          <p className="soft small">{train.startWhy}</p>
        </Card>
      )}
    </div>
  );
}

/** What the data hold, asked again when they are others. */
function useLooked(source: Source | null): { data?: Looked; fault?: Failed; again: () => void } {
  const spelled = source === null ? "" : JSON.stringify(fieldOf(source));
  const [times, setTimes] = useState(0);
  const [state, setState] = useState<{ of: string; data?: Looked; fault?: Failed }>({ of: "" });
  useEffect(() => {
    if (source === null) return undefined;
    const leaving = new AbortController();
    setState({ of: spelled });
    look(fieldOf(source), {}, leaving.signal).then(
      (data) => setState({ of: spelled, data }),
      (thrown: unknown) => {
        const why = asFault(thrown);
        if (why.kind !== "stopped") setState({ of: spelled, fault: why });
      },
    );
    return () => leaving.abort();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the source is what it spells
  }, [spelled, times]);
  const { of, ...rest } = state;
  return { ...(of === spelled ? rest : {}), again: () => setTimes((before) => before + 1) };
}
