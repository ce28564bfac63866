// The figures of a run as they grow, and what of them fits on so many pixels: of each piece its least, its most and its
// mean, so that no peak is lost and a hundred thousand points are drawn as fast as a hundred.
import type { Row } from "../../api/train";

/** Numbers that are added at the end, in one block of memory. */
export class Column {
  private block = new Float64Array(1024);
  length = 0;

  push(value: number): void {
    if (this.length === this.block.length) {
      const larger = new Float64Array(this.block.length * 2);
      larger.set(this.block);
      this.block = larger;
    }
    this.block[this.length] = value;
    this.length += 1;
  }

  at(place: number): number {
    return this.block[place < 0 ? this.length + place : place] ?? Number.NaN;
  }

  /** The first place whose value is not below; the column rises. */
  placeOf(value: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.at(middle) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export interface Line {
  x: Column;
  y: Column;
}

const line = (): Line => ({ x: new Column(), y: new Column() });

/** A phase's own loss, where there are several, is a loss, too. */
export const isLoss = (figure: string): boolean => figure === "loss" || figure.endsWith(".loss");

export class Figures {
  readonly trained = new Map<string, Line>();
  readonly heldOut: Line = line();
  readonly seconds: Line = line();
  readonly diagnoses: { step: number; what: string }[] = [];
  step = 0;

  add(rows: readonly Row[]): void {
    for (const row of rows) {
      if (row.kind === "diagnosis") {
        this.diagnoses.push({ step: row.step, what: String(row.what) });
        continue;
      }
      if (row.kind === "held_out") {
        if (typeof row["loss"] === "number") put(this.heldOut, row.step, row["loss"]);
        continue;
      }
      this.step = row.step;
      for (const [name, value] of Object.entries(row)) {
        if (name === "kind" || name === "step") continue;
        if (name === "seconds") put(this.seconds, row.step, value);
        else put(this.of(name), row.step, value);
      }
    }
  }

  private of(name: string): Line {
    const known = this.trained.get(name) ?? line();
    this.trained.set(name, known);
    return known;
  }

  /** The first phase's loss, by which a run is told. */
  get loss(): Line | undefined {
    for (const [name, known] of this.trained) if (isLoss(name)) return known;
    return undefined;
  }

  /** Steps a second of late. */
  get pace(): number | null {
    const { x, y } = this.seconds;
    const back = Math.max(0, x.length - 200);
    const took = y.at(-1) - y.at(back);
    return x.length > 1 && took > 0 ? (x.at(-1) - x.at(back)) / took : null;
  }
}

function put(to: Line, step: number, value: unknown): void {
  to.x.push(step);
  to.y.push(typeof value === "number" && Number.isFinite(value) ? value : Number.NaN);
}

export interface Drawn {
  x: number[];
  mean: (number | null)[];
  least: (number | null)[];
  most: (number | null)[];
}

/** What of a line lies between two steps, in at most so many pieces. */
export function thinned({ x, y }: Line, pieces: number, from = -Infinity, to = Infinity): Drawn {
  const first = Math.max(0, x.placeOf(from) - 1);
  const end = Math.min(x.length, x.placeOf(to) + 1);
  const drawn: Drawn = { x: [], mean: [], least: [], most: [] };
  const many = Math.max(0, Math.min(end - first, Math.floor(pieces)));
  for (let piece = 0; piece < many; piece += 1) {
    const begin = first + Math.floor((piece * (end - first)) / many);
    const last = first + Math.floor(((piece + 1) * (end - first)) / many);
    let sum = 0;
    let count = 0;
    let least = Infinity;
    let most = -Infinity;
    for (let i = begin; i < last; i += 1) {
      const value = y.at(i);
      if (Number.isNaN(value)) continue;
      sum += value;
      count += 1;
      if (value < least) least = value;
      if (value > most) most = value;
    }
    drawn.x.push(x.at(last - 1));
    drawn.mean.push(count === 0 ? null : sum / count);
    drawn.least.push(count === 0 ? null : least);
    drawn.most.push(count === 0 ? null : most);
  }
  return drawn;
}

/** The mean of a line's last points. */
export function lately({ y }: Line, points: number): number {
  let sum = 0;
  let count = 0;
  for (let i = Math.max(0, y.length - points); i < y.length; i += 1) {
    const value = y.at(i);
    if (Number.isNaN(value)) continue;
    sum += value;
    count += 1;
  }
  return count === 0 ? Number.NaN : sum / count;
}
