import { Brush, Dices, Grid3x3, Lock, LockOpen, Square } from "lucide-react";
import { useId, type KeyboardEvent, type Ref } from "react";
import type { Model } from "../../api/shapes";
import { Button } from "../../parts/Button";
import { Field, Select } from "../../parts/Field";
import { setParams } from "../../shell/route";
import { text } from "../../text";
import { drawnSeed, MOST, type Settings } from "./settings";

interface Props {
  models: readonly Model[];
  model: Model;
  settings: Settings;
  onSettings: (settings: Settings) => void;
  wrong: Readonly<Record<string, string | undefined>>;
  busy: boolean;
  onDraw: () => void;
  onStop: () => void;
  onGrid: () => void;
  entry: Ref<HTMLTextAreaElement>;
}

const COUNTS = Array.from({ length: MOST }, (_, i) => ({ value: String(i + 1), shown: String(i + 1) }));

/** What is to be drawn, by which model, how often and from which seed. */
export function Asked({ models, model, settings, onSettings, wrong, busy, onDraw, onStop, onGrid, entry }: Props) {
  const { images } = text;
  const id = useId();
  const set = (more: Partial<Settings>): void => onSettings({ ...settings, ...more });
  const pressed = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    onDraw();
  };
  const prompts = wrong["prompt"] ?? wrong["class"];
  return (
    <form className="images-asked" onSubmit={(event) => { event.preventDefault(); onDraw(); }}>
      <div className="field">
        <label htmlFor={id}>{images.prompt}</label>
        <textarea id={id} ref={entry} className="entry" rows={2} value={settings.prompt} aria-describedby={`${id}-hint`}
          aria-invalid={prompts === undefined ? undefined : true}
          onChange={(event) => set({ prompt: event.target.value })} onKeyDown={pressed} />
        <span id={`${id}-hint`} className="hint">
          {prompts !== undefined && <span className="wrong">{prompts} </span>}
          {images.promptHint}
        </span>
      </div>
      {(images.examples[model.id] ?? []).length > 0 && (
        <ul className="images-examples">
          {images.examples[model.id]?.map((one) => (
            <li key={one}>
              <Button little onClick={() => set({ prompt: one })}>{one}</Button>
            </li>
          ))}
        </ul>
      )}
      <div className="images-choices">
        <Select name={images.model} value={model.id} options={models.map((one) => ({ value: one.id, shown: one.id }))}
          wrong={wrong["model"]} onValue={(chosen) => setParams({ model: chosen })} />
        <Select name={images.many} value={String(settings.n)} options={COUNTS} wrong={wrong["n"]}
          onValue={(chosen) => set({ n: Number(chosen) })} />
        <Field name={images.seed} inputMode="numeric" value={settings.seed} wrong={wrong["seed"]}
          onValue={(seed) => set({ seed })} />
      </div>
      <div className="images-row">
        <span className="images-acts">
          <Button little icon={settings.locked ? Lock : LockOpen} aria-pressed={settings.locked}
            onClick={() => set({ locked: !settings.locked })}>
            {settings.locked ? images.lock : images.unlock}
          </Button>
          <Button little icon={Dices} onClick={() => set({ seed: String(drawnSeed()) })}>{images.shuffle}</Button>
        </span>
        <span className="images-acts">
          <Button icon={Grid3x3} onClick={onGrid}>{images.grid}</Button>
          {busy ? (
            <Button key="stop" look="primary" icon={Square} onClick={onStop}>{images.stop}</Button>
          ) : (
            <Button key="begin" look="primary" icon={Brush} type="submit">{images.draw}</Button>
          )}
        </span>
      </div>
      <label className="images-check">
        <input type="checkbox" checked={settings.keepAll} onChange={(event) => set({ keepAll: event.target.checked })} />
        {images.keepAll}
      </label>
    </form>
  );
}
