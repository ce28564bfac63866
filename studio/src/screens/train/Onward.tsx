import type { Ready } from "../../api/train";
import type { Model } from "../../api/shapes";
import { Field, Select } from "../../parts/Field";
import { text } from "../../text";
import { DIALS, wrongIn, type Dials } from "./bases";
import { able } from "./source";

const words = text.train.onward;

interface WayProps {
  recipes: readonly Ready[];
  recipe: Ready | undefined;
  modality: string | undefined;
  bases: readonly Model[];
  base: string | undefined;
  onRecipe: (name: string) => void;
  onBase: (name: string) => void;
}

/** How to learn: by a recipe, from nothing, or by going on from a model that is there. */
export function Way({ recipes, recipe, modality, bases, base, onRecipe, onBase }: WayProps) {
  const some = able(recipes, modality);
  const all = recipe === undefined || some.includes(recipe) ? some : [recipe, ...some];
  const options = [
    ...(recipe === undefined && base === undefined ? [{ value: "", shown: words.choose }] : []),
    ...all.map(({ name, about }) => ({ value: `recipe ${name}`, shown: `${name}: ${about}` })),
    ...bases.map(({ id }) => ({ value: `model ${id}`, shown: words.from(id) })),
  ];
  const choose = (value: string): void => {
    const [kind, name = ""] = value.split(" ", 2);
    if (kind === "recipe") onRecipe(name);
    if (kind === "model") onBase(name);
  };
  return <Select name={text.train.recipe.name} value={base !== undefined ? `model ${base}` : recipe === undefined ? "" : `recipe ${recipe.name}`} onValue={choose} options={options} />;
}

/** The few dials of a training that goes on from a model: the rest is as its own recipe has it. */
export function Onward({ dials, onDials }: { dials: Dials; onDials: (dials: Dials) => void }) {
  const wrong = wrongIn(dials);
  return (
    <>
      <p className="soft">{words.why}</p>
      <div className="train-first">
        {DIALS.map((name) => (
          <Field
            key={name}
            name={words.dials[name].name}
            hint={words.dials[name].hint}
            value={dials[name]}
            wrong={wrong.includes(name) ? words.number : null}
            inputMode="decimal"
            placeholder={text.train.recipe.open}
            onValue={(value) => onDials({ ...dials, [name]: value })}
          />
        ))}
      </div>
    </>
  );
}
