import { useEffect, useState } from "react";
import { asFault, type Fault as Failed } from "../../api/fault";
import { forecast, type Forecast as Foreseen } from "../../api/train";
import { bytes, count, duration } from "../../parts/amounts";
import { Meter, Progress } from "../../parts/Meter";
import { Fault } from "../../parts/states";
import { text } from "../../text";
import { fieldOf, type Source } from "./source";
import { asked, type Overrides } from "./settings";

const words = text.train.forecast;
const PAUSE = 900; // a forecast takes the machine some seconds

interface Props {
  recipe: string;
  source: Source;
  overrides: Overrides;
  /** The settings as they were found in order; null while they are not. */
  valid: Overrides | null;
}

/** What a training will take on this machine, weighed anew when something changed. */
export function Forecast({ recipe, source, overrides, valid }: Props) {
  const spelled = `${recipe} ${JSON.stringify([fieldOf(source), overrides])}`;
  const [times, setTimes] = useState(0);
  const [state, setState] = useState<{ of: string; found?: Foreseen; fault?: Failed }>({ of: "" });
  const ready = valid === overrides;
  useEffect(() => {
    if (!ready) return undefined;
    const leaving = new AbortController();
    const waiting = setTimeout(() => {
      forecast(recipe, fieldOf(source), asked(overrides, null).overrides, leaving.signal).then(
        (found) => setState({ of: spelled, found }),
        (thrown: unknown) => {
          const fault = asFault(thrown);
          if (fault.kind !== "stopped") setState({ of: spelled, fault });
        },
      );
    }, PAUSE);
    return () => {
      clearTimeout(waiting);
      leaving.abort();
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `spelled` says the others
  }, [spelled, ready, times]);
  const { found, fault } = state.of === spelled ? state : {};
  if (fault) return <Fault fault={fault} again={() => setTimes((before) => before + 1)} />;
  if (found === undefined) {
    return (
      <div className="train-forecast waiting" role="status">
        <p className="soft">{ready ? words.weighing : words.waits}</p>
        {ready && <Progress name={words.weighing} />}
      </div>
    );
  }
  return (
    <div className="train-forecast">
      <p>{words.all(duration(found.seconds), bytes(found.memory_bytes), bytes(found.disk_bytes))}</p>
      <Meter name={words.memory} shown={words.memoryOf(bytes(found.memory_bytes), bytes(found.free_bytes))} value={found.memory_bytes} most={found.free_bytes} />
      {found.memory_bytes > found.free_bytes && <p className="train-wrong">{words.tooMuch}</p>}
      <ul className="soft small">
        {Object.entries(found.parts).map(([part, one]) => (
          <li key={part}>{words.part(text.train.parts[part] ?? part, count(one.learning), count(one.steps), duration(one.seconds))}</li>
        ))}
      </ul>
    </div>
  );
}
