import { Button } from "../../parts/Button";
import { Field, Select } from "../../parts/Field";
import { text } from "../../text";
import { USUAL, type Settings } from "./settings";

interface Props {
  settings: Settings;
  onSettings: (settings: Settings) => void;
  wrong: Readonly<Record<string, string | undefined>>;
}

/** What a model knows beside the words. Which of it one knows the server says where it is asked for. */
export function DialPanel({ settings, onSettings, wrong }: Props) {
  const { images } = text;
  const set = (more: Partial<Settings>): void => onSettings({ ...settings, ...more });
  const named = new Set([...images.samplers, ...(settings.sampler === "" ? [] : [settings.sampler])]); // a picture may tell of another
  const samplers = [{ value: "", shown: images.usual }, ...[...named].map((one) => ({ value: one, shown: one }))];
  return (
    <div className="images-dials">
      <p className="soft small">{images.dialsHint}</p>
      <Field name={images.steps} hint={images.stepsHint} inputMode="numeric" placeholder={images.usual} value={settings.steps}
        wrong={wrong["steps"]} onValue={(steps) => set({ steps })} />
      <Field name={images.guidance} hint={images.guidanceHint} inputMode="decimal" placeholder={images.usual}
        value={settings.guidance} wrong={wrong["guidance"]} onValue={(guidance) => set({ guidance })} />
      <Field name={images.negative} hint={images.negativeHint} value={settings.negative} wrong={wrong["negative_prompt"]}
        onValue={(negative) => set({ negative })} />
      <Select name={images.sampler} options={samplers} value={settings.sampler} wrong={wrong["sampler"]}
        onValue={(sampler) => set({ sampler })} />
      <Field name={images.temperature} hint={images.temperatureHint} inputMode="decimal" placeholder={images.usual}
        value={settings.temperature} wrong={wrong["temperature"]} onValue={(temperature) => set({ temperature })} />
      <Field name={images.size} hint={images.sizeHint} placeholder={images.usual} value={settings.size} wrong={wrong["size"]}
        onValue={(size) => set({ size })} />
      <Button little look="quiet"
        onClick={() => onSettings({ ...USUAL, prompt: settings.prompt, seed: settings.seed, locked: settings.locked, keepAll: settings.keepAll })}>
        {images.reset}
      </Button>
    </div>
  );
}
