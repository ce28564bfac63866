// Where the tiles of the wall stand, reckoned and not looked up: all are alike.

const GAP = 16;
const LEAST = 112; // pixels of a tile's width
const NARROW = 480; // up to which there are three in a row
const TITLE = 30; // pixels below a picture: the title's line, and the gap before it
const MORE = 3; // rows before and after those in sight

export interface Layout {
  columns: number;
  /** From a row to the next. */
  pitch: number;
}

export function placed(width: number): Layout {
  const columns = width <= 0 ? 6 : width < NARROW ? 3 : Math.max(1, Math.floor((width + GAP) / (LEAST + GAP)));
  const tile = width <= 0 ? LEAST : (width - GAP * (columns - 1)) / columns;
  return { columns, pitch: tile + TITLE + GAP };
}

/** From the first to before the last. */
export interface Rows {
  first: number;
  last: number;
}

/** `above`: how much of the wall is above the window's top edge, negative where it begins below that. */
export function shownRows(above: number, height: number, pitch: number, count: number): Rows {
  const first = Math.floor(above / pitch) - MORE;
  const last = Math.ceil((above + height) / pitch) + MORE;
  const least = Math.min(Math.max(0, first), Math.max(0, count - MORE));
  return { first: least, last: Math.min(count, Math.max(last, least + 2 * MORE)) };
}
