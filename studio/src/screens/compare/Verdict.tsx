// What a blind trial says, how far chance explains it, and which was which.
import { RotateCw } from "lucide-react";
import { useEffect, useRef } from "react";
import { Button } from "../../parts/Button";
import { percent } from "../../parts/amounts";
import { text } from "../../text";
import { interval, unevenness } from "./chance";
import { countOf, promptOf, seedOf, type Settings, type Trial } from "./trial";

interface Props {
  settings: Settings;
  trial: Trial;
  onAgain: (settings: Settings) => void;
  onLeave: () => void;
}

const SURE = 0.05;

export function Verdict({ settings, trial, onAgain, onLeave }: Props) {
  const { compare } = text;
  const place = useRef<HTMLHeadingElement>(null);
  useEffect(() => place.current?.focus(), []);
  const count = countOf(trial);
  const decided = count.a + count.b;
  const [best, wins] = count.b > count.a ? [settings.b, count.b] : [settings.a, count.a];
  const [low, high] = interval(wins, decided);
  const p = unevenness(wins, decided);
  const names = { a: settings.a, b: settings.b, equal: compare.choices.equal };
  const sure = p < SURE && decided > 0;
  return (
    <article className="compare-verdict">
      <h2 ref={place} tabIndex={-1}>{decided === 0 || count.a === count.b ? compare.noPreference : compare.prefers(best, sure)}</h2>
      {decided > 0 && (
        <>
          <p className="compare-said">{compare.preferred(best, wins, decided, percent(wins / decided), percent(low), percent(high))}</p>
          <div className="compare-share" aria-hidden>
            <i className="spread" style={{ left: `${100 * low}%`, width: `${100 * (high - low)}%` }} />
            <i className="value" style={{ left: `${(100 * wins) / decided}%` }} />
            <i className="half" />
          </div>
          <p>{compare.chance(p < 0.001 ? "< 0.001" : p.toFixed(3), sure)}</p>
        </>
      )}
      <ul className="compare-notes">
        {count.equal > 0 && <li>{compare.equals(count.equal)}</li>}
        {trial.skipped > 0 && <li>{compare.skipped(trial.skipped)}</li>}
        {trial.ended && <li>{compare.endedEarly(trial.judged.length, settings.rounds)}</li>}
      </ul>
      <div className="compare-wide" tabIndex={0} role="region" aria-label={compare.rounds}>
        <table>
          <caption className="out-of-sight">{compare.rounds}</caption>
          <thead>
            <tr>
              <th scope="col">{compare.round}</th>
              {settings.prompts.length > 0 && <th scope="col">{compare.say}</th>}
              <th scope="col">{compare.seed}</th>
              <th scope="col">{compare.sides.left}</th>
              <th scope="col">{compare.sides.right}</th>
              <th scope="col">{compare.chosen}</th>
            </tr>
          </thead>
          <tbody>
            {trial.judged.map(({ round, choice, left }, i) => (
              <tr key={round}>
                <td className="number">{i + 1}</td>
                {settings.prompts.length > 0 && <td className="words">{promptOf(settings, round)}</td>}
                <td className="number">{seedOf(settings, round)}</td>
                <td>{names[left]}</td>
                <td>{names[left === "a" ? "b" : "a"]}</td>
                <td><strong>{names[choice]}</strong></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className="compare-acts">
        <Button look="primary" icon={RotateCw} onClick={() => onAgain({ ...settings, seed: crypto.getRandomValues(new Uint32Array(1))[0] ?? 0 })}>{compare.onceMore}</Button>
        <Button onClick={onLeave}>{compare.other2}</Button>
      </div>
    </article>
  );
}
