// What is marked on a picture to be made anew: a cell for each pixel, strokes of a round brush, and steps back.

export interface Mask {
  readonly width: number;
  readonly height: number;
  /** 1 where it is to be made anew. */
  readonly cells: Uint8Array;
}

export interface Point {
  x: number;
  y: number;
}

const MOST_KEPT = 64_000_000; // cells of all steps back together

export const blank = (width: number, height: number): Mask => ({ width, height, cells: new Uint8Array(width * height) });

export function marked(mask: Mask): number {
  let count = 0;
  for (const cell of mask.cells) count += cell;
  return count;
}

/** A dab of the brush, `across` pixels wide, whose middle is in the pixel at `x`, `y`. */
export function dab(mask: Mask, { x, y }: Point, across: number, value: 0 | 1): void {
  const radius = across / 2;
  for (let row = Math.max(0, Math.ceil(y - radius)); row <= Math.min(mask.height - 1, y + radius); row += 1) {
    for (let column = Math.max(0, Math.ceil(x - radius)); column <= Math.min(mask.width - 1, x + radius); column += 1) {
      if ((column - x) ** 2 + (row - y) ** 2 <= Math.max(0.25, radius ** 2)) mask.cells[row * mask.width + column] = value;
    }
  }
}

/** The way of the brush from one pixel to another, without gaps. */
export function stroke(mask: Mask, from: Point, to: Point, across: number, value: 0 | 1): void {
  const steps = Math.max(Math.abs(to.x - from.x), Math.abs(to.y - from.y), 1);
  for (let i = 0; i <= steps; i += 1) {
    dab(mask, { x: Math.round(from.x + ((to.x - from.x) * i) / steps), y: Math.round(from.y + ((to.y - from.y) * i) / steps) }, across, value);
  }
}

/** The steps back: what was marked before each stroke, the oldest let go when they grow too many. */
export class Steps {
  private kept: Uint8Array[] = [];

  get any(): boolean {
    return this.kept.length > 0;
  }

  keep(mask: Mask): void {
    this.kept.push(mask.cells.slice());
    while (this.kept.length * mask.cells.length > MOST_KEPT && this.kept.length > 1) this.kept.shift();
  }

  back(mask: Mask): void {
    const before = this.kept.pop();
    if (before !== undefined) mask.cells.set(before);
  }
}

/** Red, green, blue and alpha of a mask as the server takes it: transparent where it is to be made anew. */
export function pixelsOf(mask: Mask): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(4 * mask.cells.length);
  mask.cells.forEach((cell, i) => { pixels[4 * i + 3] = cell === 1 ? 0 : 255; });
  return pixels;
}

/** How many pixels that were not marked differ between two pictures of the mask's size. */
export function changedOutside(mask: Mask, before: Uint8ClampedArray, after: Uint8ClampedArray): number {
  let changed = 0;
  mask.cells.forEach((cell, i) => {
    if (cell === 1) return;
    for (let part = 4 * i; part < 4 * i + 4; part += 1) {
      if (before[part] !== after[part]) {
        changed += 1;
        return;
      }
    }
  });
  return changed;
}
