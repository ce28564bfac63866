import { Lock, LockOpen } from "lucide-react";
import { percent } from "../../parts/amounts";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { Slider } from "../../parts/Slider";
import { text } from "../../text";
import { isSeed, USUAL, type Dials } from "./dials";

const { chat } = text;

/** In words, what a temperature does. */
export function warmth(temperature: number): string {
  const [never = "", careful = "", as = "", bold = ""] = chat.temperatureHints;
  if (temperature === 0) return never;
  if (temperature < 0.85) return careful;
  return temperature <= 1.15 ? as : bold;
}

export function DialPanel({ dials, onDials }: { dials: Dials; onDials: (dials: Dials) => void }) {
  const set = (more: Partial<Dials>): void => onDials({ ...dials, ...more });
  return (
    <div className="dials">
      <Slider name={chat.temperature} hint={warmth(dials.temperature)} value={dials.temperature} min={0} max={2} step={0.05}
        shown={dials.temperature.toFixed(2)} onValue={(temperature) => set({ temperature })} />
      <Slider name={chat.minP} hint={dials.minP > 0 ? chat.minPHint(percent(dials.minP)) : chat.minPOff} value={dials.minP}
        min={0} max={0.5} step={0.01} shown={dials.minP.toFixed(2)} onValue={(minP) => set({ minP })} />
      <Slider name={chat.topP} hint={dials.topP < 1 ? chat.topPHint(percent(dials.topP)) : chat.topPOff} value={dials.topP}
        min={0.05} max={1} step={0.05} shown={dials.topP.toFixed(2)} onValue={(topP) => set({ topP })} />
      <Slider name={chat.topK} hint={dials.topK > 0 ? chat.topKHint(dials.topK) : chat.topKOff} value={dials.topK}
        min={0} max={200} step={1} onValue={(topK) => set({ topK })} />
      <Slider name={chat.repetition} hint={chat.repetitionHint} value={dials.repetition} min={1} max={2} step={0.05}
        shown={dials.repetition.toFixed(2)} onValue={(repetition) => set({ repetition })} />
      <Slider name={chat.length} hint={chat.lengthHint(dials.length)} value={dials.length} min={16} max={4096} step={16}
        onValue={(length) => set({ length })} />
      <div className="seed">
        <Field name={chat.seed} hint={chat.seedHint} inputMode="numeric" value={dials.seed}
          wrong={dials.locked && !isSeed(dials.seed) ? chat.seedWrong : null} onValue={(seed) => set({ seed })} />
        <Button little icon={dials.locked ? Lock : LockOpen} aria-pressed={dials.locked} onClick={() => set({ locked: !dials.locked })}>
          {dials.locked ? chat.lockSeed : chat.drawSeed}
        </Button>
      </div>
      <Button little look="quiet" onClick={() => onDials(USUAL)}>
        {chat.reset}
      </Button>
    </div>
  );
}
