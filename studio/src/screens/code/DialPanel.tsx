import { Lock, LockOpen } from "lucide-react";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { Slider } from "../../parts/Slider";
import { text } from "../../text";
import { BOUNDS, isSeed, USUAL, type Dials } from "./dials";

const { code } = text;

function warmth(temperature: number): string {
  const [never = "", close = "", as = "", bold = ""] = code.temperatureHints;
  if (temperature === 0) return never;
  if (temperature < 0.7) return close;
  return temperature <= 1.15 ? as : bold;
}

export function DialPanel({ dials, onDials }: { dials: Dials; onDials: (dials: Dials) => void }) {
  const set = (more: Partial<Dials>): void => onDials({ ...dials, ...more });
  const bounds = (name: keyof typeof BOUNDS): { min: number; max: number } => ({ min: BOUNDS[name][0], max: BOUNDS[name][1] });
  return (
    <div className="code-dials">
      <label className="tick">
        <input type="checkbox" checked={dials.byItself} onChange={(event) => set({ byItself: event.target.checked })} />
        {code.byItself}
      </label>
      <Slider name={code.temperature} hint={warmth(dials.temperature)} value={dials.temperature} {...bounds("temperature")} step={0.05}
        shown={dials.temperature.toFixed(2)} onValue={(temperature) => set({ temperature })} />
      <Slider name={code.length} hint={code.lengthHint(dials.length)} value={dials.length} {...bounds("length")} step={8} onValue={(length) => set({ length })} />
      <Slider name={code.heat} hint={code.heatHint} value={dials.heat} {...bounds("heat")} step={0.05} shown={dials.heat.toFixed(2)} onValue={(heat) => set({ heat })} />
      <Slider name={code.drafts} hint={code.draftsHint} value={dials.drafts} {...bounds("drafts")} step={1} onValue={(drafts) => set({ drafts })} />
      <div className="code-seed">
        <Field name={code.seed} hint={code.seedHint} inputMode="numeric" value={dials.seed} wrong={dials.locked && !isSeed(dials.seed) ? code.seedWrong : null}
          onValue={(seed) => set({ seed })} />
        <Button little icon={dials.locked ? Lock : LockOpen} aria-pressed={dials.locked} onClick={() => set({ locked: !dials.locked })}>
          {dials.locked ? code.lockSeed : code.drawSeed}
        </Button>
      </div>
      <Slider name={code.seconds} value={dials.seconds} {...bounds("seconds")} step={1} shown={code.secondsOf(dials.seconds)} onValue={(seconds) => set({ seconds })} />
      <Slider name={code.memory} value={dials.memory} {...bounds("memory")} step={64} shown={code.memoryOf(dials.memory)} onValue={(memory) => set({ memory })} />
      <Button little look="quiet" onClick={() => onDials(USUAL)}>{code.reset}</Button>
    </div>
  );
}
