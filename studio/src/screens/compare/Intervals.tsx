// Figures on one line each, with what chance does to them. The numbers beside each line say the same.
import type { Metric } from "../../api/compare";
import { text } from "../../text";
import { bareValue } from "./claims";

interface Line {
  name: string;
  metric: Metric;
  ours: boolean;
}

const WIDTH = 300;
const EDGE = 6;

export function Intervals({ lines }: { lines: readonly Line[] }) {
  const { compare } = text;
  const ends = lines.flatMap(({ metric }) => [metric.value, metric.low, metric.high].filter((one) => one !== null));
  const least = Math.min(...ends);
  const most = Math.max(...ends, least + 1e-12);
  const x = (value: number): number => EDGE + ((value - least) / (most - least)) * (WIDTH - 2 * EDGE);
  return (
    <table className="compare-intervals">
      <caption className="out-of-sight">{compare.intervals}</caption>
      <thead>
        <tr>
          <th scope="col">{compare.what}</th>
          <th scope="col">{compare.value}</th>
          <th scope="col">{compare.interval}</th>
          <td aria-hidden />
        </tr>
      </thead>
      <tbody>
        {lines.map(({ name, metric, ours }) => (
          <tr key={metric.name} className={ours ? "ours" : undefined}>
            <th scope="row">{name}</th>
            <td className="number">{ours ? metric.shown.value : bareValue(metric)}</td>
            <td className="number">{metric.shown.interval === "" ? compare.noInterval : metric.shown.interval}</td>
            <td className="line" aria-hidden>
              {metric.value !== null && (
                <svg viewBox={`0 0 ${WIDTH} 16`} preserveAspectRatio="none" height="16">
                  <line x1={EDGE} x2={WIDTH - EDGE} y1="8" y2="8" className="ground" />
                  {metric.low !== null && metric.high !== null && <line x1={x(metric.low)} x2={x(metric.high)} y1="8" y2="8" className="spread" />}
                  <line x1={x(metric.value)} x2={x(metric.value)} y1="2" y2="14" className="value" />
                </svg>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
