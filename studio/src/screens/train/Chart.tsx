import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { Button } from "../../parts/Button";
import { theme, themeChanged } from "../../shell/theme";
import { text } from "../../text";
import { thinned, type Line } from "./series";

export interface ChartLine {
  name: string;
  /** A custom property of the page's colours. */
  colour: string;
  line: Line;
  /** Its spread is drawn around its mean. */
  spread?: boolean;
  /** Its points are few, and each stands for itself. */
  points?: boolean;
  dash?: number[];
}

interface Props {
  /** What it shows, to who does not see it. */
  name: string;
  lines: readonly ChartLine[];
  /** Another number once the lines have grown. */
  version: number;
  logarithmic?: boolean;
}

const HEIGHT = 300;
const PIXELS = 3; // of width for each piece that is drawn
const DARK = window.matchMedia("(prefers-color-scheme: dark)");
const LOGARITHMIC = 3 as uPlot.Scale.Distr; // eslint-disable-line @typescript-eslint/no-unsafe-enum-assignment -- the enumeration is of types alone
const words = text.train.chart;

export const figure = (value: number): string => (Number.isFinite(value) ? Number(value.toPrecision(4)).toLocaleString(text.locale, { maximumSignificantDigits: 4 }) : "–");
const whole = (value: number): string => value.toLocaleString(text.locale);

function heard(told: () => void): () => void {
  const leave = themeChanged(told);
  DARK.addEventListener("change", told);
  return () => {
    leave();
    DARK.removeEventListener("change", told);
  };
}

type Range = readonly [number, number] | null;

/** As uPlot wants it: one row of steps, and of each line its values there. */
function dataOf(lines: readonly ChartLine[], pieces: number, range: Range): uPlot.AlignedData {
  const tables = lines.map(({ line, points, spread }): uPlot.AlignedData => {
    const drawn = thinned(line, points === true ? line.x.length : pieces, ...(range ?? []));
    return spread === true ? [drawn.x, drawn.least, drawn.most, drawn.mean] : [drawn.x, drawn.mean];
  });
  const [only] = tables;
  if (only === undefined) return [[]];
  return tables.length === 1 ? only : uPlot.join(tables);
}

/** Lines over steps, drawn again as they grow. A part of them is looked at by drawing over it; a double click, or the
 * button, shows the whole again. */
export function Chart({ name, lines, version, logarithmic = false }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const said = useRef<HTMLOutputElement>(null);
  const plot = useRef<uPlot>(null);
  const [range, setRange] = useState<Range>(null);
  const looked = useRef<Range>(null);
  const colours = useSyncExternalStore(heard, () => `${theme()} ${DARK.matches}`);
  const now = useRef(lines);
  useEffect(() => {
    now.current = lines;
    looked.current = range;
  });
  const shape = useMemo(() => lines.map((one) => [one.name, one.colour, one.spread, one.points, one.dash].join()).join("|"), [lines]);

  useEffect(() => {
    const holder = place.current;
    if (holder === null) return undefined;
    const width = Math.max(200, holder.clientWidth);
    const made = new uPlot(optionsOf(now.current, holder, width, logarithmic, () => looked.current, setRange, said), dataOf(now.current, width / PIXELS, looked.current), holder);
    plot.current = made;
    const whole = (): void => setRange(null);
    made.over.addEventListener("dblclick", whole);
    const sized = typeof ResizeObserver === "undefined" ? null : new ResizeObserver(() => made.setSize({ width: Math.max(200, holder.clientWidth), height: HEIGHT }));
    sized?.observe(holder);
    return () => {
      sized?.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape, colours, logarithmic]);

  useEffect(() => {
    looked.current = range;
    plot.current?.setData(dataOf(now.current, plot.current.width / PIXELS, range));
  }, [version, range, lines]);

  const last = lines[0]?.line.x.at(-1) ?? 0;
  return (
    <div className="train-chart">
      <div className="train-chart-head">
        <ul className="train-legend">
          {lines.map((one) => (
            <li key={one.name}>
              <i className={one.dash === undefined ? "" : "dashed"} style={{ color: `var(${one.colour})` }} aria-hidden />
              {one.name}
            </li>
          ))}
        </ul>
        <output ref={said} className="soft small" />
        <div className="train-acts">
          <Button little aria-pressed={range === null} onClick={() => setRange(null)}>
            {words.whole}
          </Button>
          <Button little aria-pressed={range !== null} disabled={!(last > 20)} onClick={() => setRange([last * 0.75, last])}>
            {words.end}
          </Button>
        </div>
      </div>
      <div ref={place} className="train-plot" role="img" aria-label={name} />
    </div>
  );
}

function optionsOf(
  lines: readonly ChartLine[],
  holder: HTMLElement,
  width: number,
  logarithmic: boolean,
  looked: () => Range,
  choose: (range: Range) => void,
  said: { current: HTMLOutputElement | null },
): uPlot.Options {
  const probe = holder.ownerDocument.createElement("i");
  holder.append(probe);
  const colour = (name: string): string => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const ink = colour("--ink-soft");
  const grid = { stroke: colour("--line"), width: 1 };
  const series: uPlot.Series[] = [{}];
  const bands: uPlot.Band[] = [];
  for (const one of lines) {
    const stroke = colour(one.colour);
    const dots: uPlot.Series.Points = one.points === true ? { show: true, size: 6, fill: stroke, stroke } : { show: false };
    if (one.spread === true) {
      bands.push({ series: [series.length + 1, series.length], fill: stroke.replace(/^rgb\((.*)\)$/, "rgba($1, 0.22)") });
      const edge: uPlot.Series = { stroke: "transparent", width: 0, points: { show: false }, spanGaps: true };
      series.push(edge, { ...edge });
    }
    series.push({ label: one.name, stroke, width: 2, points: dots, spanGaps: true, ...(one.dash ? { dash: one.dash } : {}) });
  }
  probe.remove();
  const axis: uPlot.Axis = { stroke: ink, grid, ticks: grid, font: "12px system-ui, sans-serif" };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 7 } },
    scales: {
      x: { time: false, range: (_, least, most) => [...(looked() ?? (least === most ? [least - 1, most + 1] : [least, most]))] as [number, number] },
      y: logarithmic ? { distr: LOGARITHMIC } : {},
    },
    axes: [
      { ...axis, values: (_, at) => at.map((value) => (Number.isInteger(value) ? whole(value) : "")) },
      { ...axis, size: 64, values: (_, at) => at.map((value: number | null) => (value === null ? "" : figure(value))) },
    ],
    series,
    bands,
    hooks: {
      setSelect: [
        (plot) => {
          const { left, width: wide } = plot.select;
          if (wide < 8) return;
          choose([plot.posToVal(left, "x"), plot.posToVal(left + wide, "x")]);
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
      setCursor: [
        (plot) => {
          const at = plot.cursor.idx;
          if (said.current === null) return;
          const step = at === null || at === undefined ? undefined : plot.data[0][at];
          if (at === null || at === undefined || step === undefined) {
            said.current.textContent = "";
            return;
          }
          const told = plot.series.flatMap((one, i) => {
            const value = plot.data[i]?.[at];
            const named = lines.find(({ name }) => name === one.label); // a spread's edges are not
            return named !== undefined && typeof value === "number" ? [`${named.name} ${figure(value)}`] : [];
          });
          said.current.textContent = [words.step(whole(step)), ...told].join(" · ");
        },
      ],
    },
  };
}
