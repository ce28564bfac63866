// A stretch of a sound: chosen on its waveform or by two sliders, and made anew; or what may follow the whole.
import { ListPlus, WandSparkles } from "lucide-react";
import { useState } from "react";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { Slider } from "../../parts/Slider";
import { text } from "../../text";
import { isNumber } from "./asked";

interface Props {
  seconds: number;
  stretch: readonly [number, number];
  onStretch: (stretch: readonly [number, number]) => void;
  busy: boolean;
  onChange: (how: "inpaint" | "continue", span: readonly [number, number]) => void;
}

const STEP = 0.01;
const LEAST = 0.02; // seconds

const hundredths = (seconds: number): number => Math.round(seconds * 100) / 100;

export function Stretch({ seconds, stretch: [from, to], onStretch, busy, onChange }: Props) {
  const { sound } = text;
  const [more, setMore] = useState("0.5");
  const most = Math.floor(seconds * 100) / 100;
  return (
    <div className="stretch">
      <p className="soft small">{sound.stretchHint}</p>
      <Slider name={sound.from} min={0} max={Math.max(0, most - LEAST)} step={STEP} value={hundredths(from)} shown={sound.lasts(from.toFixed(2))}
        onValue={(next) => onStretch([next, Math.max(to, next + LEAST)])} />
      <Slider name={sound.to} min={LEAST} max={most} step={STEP} value={hundredths(to)} shown={sound.lasts(to.toFixed(2))}
        onValue={(next) => onStretch([Math.min(from, next - LEAST), next])} />
      <div className="acts">
        <Button little icon={WandSparkles} disabled={busy} onClick={() => onChange("inpaint", [hundredths(from), Math.min(most, hundredths(to))])}>{sound.changes.inpaint}</Button>
      </div>
      <div className="acts going-on">
        <Field name={sound.goOnBy} inputMode="decimal" value={more} wrong={isNumber(more) ? null : sound.numberWrong} onValue={setMore} />
        <Button little icon={ListPlus} disabled={busy || !isNumber(more)} onClick={() => onChange("continue", [0, Number(more.replace(",", "."))])}>{sound.changes.continue}</Button>
      </div>
    </div>
  );
}
