import { useEffect, useMemo, useState } from "react";
import { asFault, type Fault as Failed } from "../../api/fault";
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
  const given = useMemo(() => sourceOf(params), [params]);
  const source = useMemo(() => given ?? ownOf(named, sets), [given, named, sets]);
  const looked = useLooked(source);
  const modality = looked.data?.modality ?? (source?.kind === "set" ? sets.find((one) => one.name === source.name)?.modality : undefined);
  const recipe = named ?? (modality === undefined ? undefined : recipeFor(all, modality, source));
  const [kept, keep] = useKept("train.settings", readOverrides);
  const overrides = useMemo(() => (recipe === undefined ? {} : (kept[recipe.name] ?? {})), [kept, recipe]);
  const checked = useChecked(recipe?.name, overrides);
  const [starting, setStarting] = useState(false);
  const [fault, setFault] = useState<Failed | null>(null);

  const choose = (chosen: Source | null): void => setParams({ ...paramsOf(chosen), from: null, recipe: null });
  const ready = source !== null && recipe !== undefined && looked.data !== undefined && checked.fault === undefined && !starting;
  const begin = (): void => {
    if (!ready) return;
    setStarting(true);
    setFault(null);
    const seed = checked.settings.find((one) => one.key === "seed")?.value;
    start({ model: recipe.name, keep_run: true, ...asked(overrides, seed), ...fieldOf(source) }).then(
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
      {source !== null && (recipe !== undefined || looked.data !== undefined) && (
        <Card heading={train.steps.recipe}>
          {recipe === undefined ? (
            <p>{train.noRecipe(text.modalities[modality ?? ""] ?? modality ?? "")}</p>
          ) : (
            <Recipe
              recipe={recipe}
              recipes={all}
              modality={modality}
              checked={checked}
              overrides={overrides}
              onRecipe={(name) => setParams({ recipe: name, ...paramsOf(source) })}
              onOverrides={(next) => keep({ ...kept, [recipe.name]: next })}
            />
          )}
        </Card>
      )}
      {source !== null && recipe !== undefined && looked.data !== undefined && (
        <Card heading={train.steps.start} className="train-start">
          <Forecast recipe={recipe.name} source={source} overrides={overrides} valid={checked.valid} />
          {fault && <Fault fault={fault} />}
          <div className="train-acts">
            <Button look="primary" icon={GraduationCap} disabled={!ready} onClick={begin}>
              {starting ? train.starting : train.start}
            </Button>
            {checked.fault !== undefined && <span className="train-wrong">{train.mend}</span>}
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
