// From an idea to a file, step by step.
import { FilePlus2, Trash2 } from "lucide-react";
import { useEffect, useMemo, useState, type ReactNode } from "react";
import type { Model } from "../../api/shapes";
import { Button } from "../../parts/Button";
import { Area, Field, Select } from "../../parts/Field";
import { Slider } from "../../parts/Slider";
import { toast } from "../../parts/Toast";
import { setParams, useRoute } from "../../shell/route";
import { useShortcuts, type Shortcut } from "../../shell/shortcuts";
import { text } from "../../text";
import { isId } from "../chat/conversations";
import { newId } from "../chat/tree";
import { Export } from "./Export";
import { bodyOf } from "./making";
import { BLANK, forgetPath, ideasOf, listPaths, sourceOf, STEPS, textAt, WAYS, type Path, type Step } from "./path";
import { StepCard } from "./StepCard";
import { usePath } from "./usePath";

interface Props {
  models: readonly Model[];
  model: Model;
}

export default function WritingPath(props: Props) {
  const { params } = useRoute();
  const [first] = useState(() => listPaths()[0]?.id ?? newId());
  const id = isId(params["w"]) ? params["w"] : first;
  useEffect(() => {
    if (params["w"] !== id) setParams({ w: id });
  }, [id, params]);
  return <OnePath key={id} id={id} {...props} />;
}

/** Why a step has nothing to begin with. */
export function lackOf(path: Path, step: Step): string | null {
  if (bodyOf(path, step) !== null) return null;
  const { lacks } = text.writing;
  if (step === "brainstorm" || step === "outline") return lacks.topic;
  if (step === "draft") return sourceOf(path, step).trim() === "" ? lacks.outline : lacks.sections;
  return lacks.draft;
}

function OnePath({ id, models, model }: Props & { id: string }) {
  const { writing } = text;
  const { path, change, making, fault, make, stop } = usePath(id);
  const set = (more: Partial<Path>): void => change((now) => ({ ...now, ...more }));
  const begin = (): void => setParams({ w: newId() }, false);
  const others = listPaths();
  const listed = others.some((one) => one.id === id) ? others : [{ id, title: path.topic, changed: 0 }, ...others];
  const own = WAYS.includes(path.how as (typeof WAYS)[number]) ? path.how : "own";
  const shortcuts = useMemo<Shortcut[]>(
    () => [
      { keys: "n", does: writing.shortcuts.new, run: () => setParams({ w: newId() }, false) },
      { keys: "Control+.", does: writing.shortcuts.stop, run: stop, whileTyping: true },
    ],
    [stop, writing],
  );
  useShortcuts(shortcuts);

  const dials: Readonly<Partial<Record<Step, ReactNode>>> = {
    outline: ideasOf(textAt(path, "brainstorm")).length > 0 && (
      <Select name={writing.about} value={path.idea}
        options={["", ...new Set([...ideasOf(textAt(path, "brainstorm")), ...(path.idea === "" ? [] : [path.idea])])].map((one) => ({ value: one, shown: one === "" ? writing.topicItself : one }))}
        onValue={(idea) => set({ idea })} />
    ),
    draft: (
      <Slider name={writing.words} hint={writing.wordsHint} value={path.words} min={50} max={1000} step={50} shown={writing.wordsOf(path.words)} onValue={(words) => set({ words })} />
    ),
    refine: (
      <>
        <Select name={writing.how} value={own} options={[...WAYS, "own" as const].map((one) => ({ value: one, shown: writing.ways[one] }))}
          onValue={(how) => set({ how: how === "own" ? writing.ownExample : how })} />
        {own === "own" && <Field name={writing.ownWay} value={path.how} maxLength={2000} onValue={(how) => set({ how: how === "" ? " " : how })} />}
      </>
    ),
    summary: (
      <Slider name={writing.words} value={path.summaryWords} min={20} max={200} step={10} shown={writing.wordsOf(path.summaryWords)} onValue={(summaryWords) => set({ summaryWords })} />
    ),
  };
  return (
    <div className="path">
      <div className="path-head">
        <Select name={text.chat.model} value={model.id} options={models.map((one) => ({ value: one.id, shown: one.id }))} onValue={(chosen) => setParams({ model: chosen })} />
        <Select name={writing.text} value={id} disabled={making !== null} options={listed.map((one) => ({ value: one.id, shown: one.title || text.chat.untitled }))}
          onValue={(chosen) => setParams({ w: chosen }, false)} />
        <span className="acts">
          <Button little icon={FilePlus2} disabled={making !== null} onClick={begin}>{writing.new}</Button>
          <Button little look="quiet" icon={Trash2} disabled={making !== null || !others.some((one) => one.id === id)}
            onClick={() => {
              change(() => BLANK);
              forgetPath(id);
              toast(text.chat.removed);
              setParams({ w: others.find((one) => one.id !== id)?.id ?? newId() });
            }}>
            {writing.remove}
          </Button>
        </span>
      </div>
      <p className="soft small">{writing.honest}</p>
      <Area name={writing.topic} hint={writing.topicHint} rows={2} value={path.topic} maxLength={2000} onValue={(topic) => set({ topic })} />
      {STEPS.map((step) => (
        <StepCard key={step} step={step} path={path} change={change} growing={making?.step === step ? making.text : null}
          busy={making !== null} lacks={lackOf(path, step)} fault={fault?.step === step ? fault.fault : null}
          onMake={() => void make(step, model.id)} onStop={stop}>
          {dials[step]}
        </StepCard>
      ))}
      <Export path={path} change={change} />
      <span className="out-of-sight" role="status">{making === null ? "" : writing.making(writing.steps[making.step])}</span>
    </div>
  );
}
