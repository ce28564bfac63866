// A flat map of latents: places, the view on them, and which latent lies at a place.
import type { LatentMap } from "../../api/compare";

export type Place = readonly [number, number];

/** The place in the middle, and how many pixels one unit is. */
export interface View {
  x: number;
  y: number;
  scale: number;
}

export interface Size {
  width: number;
  height: number;
}

const MARGIN = 0.9;
const LEAST = 0.2;
const MOST = 40;

export function fit(places: readonly Place[], { width, height }: Size): View {
  const xs = places.map(([x]) => x);
  const ys = places.map(([, y]) => y);
  const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const scale = MARGIN * Math.min(width / Math.max(1e-9, right - left), height / Math.max(1e-9, high - low));
  return { x: (left + right) / 2, y: (low + high) / 2, scale };
}

/** Up is more, as on any map. */
export const toScreen = ([x, y]: Place, view: View, { width, height }: Size): Place => [width / 2 + (x - view.x) * view.scale, height / 2 - (y - view.y) * view.scale];
export const toPlace = ([left, top]: Place, view: View, { width, height }: Size): Place => [view.x + (left - width / 2) / view.scale, view.y - (top - height / 2) / view.scale];

/** The same place stays where it is seen. */
export function zoomed(view: View, by: number, at: Place, whole: View): View {
  const scale = Math.min(whole.scale * MOST, Math.max(whole.scale * LEAST, view.scale * by));
  const share = view.scale / scale;
  return { x: at[0] + (view.x - at[0]) * share, y: at[1] + (view.y - at[1]) * share, scale };
}

/** Moved as little as shows the place. */
export function following(view: View, at: Place, size: Size): View {
  const [halfX, halfY] = [(size.width / 2 - 24) / view.scale, (size.height / 2 - 24) / view.scale];
  const x = Math.min(Math.max(view.x, at[0] - halfX), at[0] + halfX);
  const y = Math.min(Math.max(view.y, at[1] - halfY), at[1] + halfY);
  return { ...view, x, y };
}

export function nearest(places: readonly Place[], at: Place, count: number): number[] {
  const apart = places.map(([x, y], i) => [Math.hypot(x - at[0], y - at[1]), i] as const);
  return apart.sort((a, b) => a[0] - b[0]).slice(0, count).map(([, i]) => i);
}

/** What the plane does not show is as it is on average. */
export function latentAt({ mean, axes }: LatentMap, [x, y]: Place): number[] {
  return mean.map((value, i) => value + x * (axes[0]?.[i] ?? 0) + y * (axes[1]?.[i] ?? 0));
}

export function placeOf({ mean, axes }: LatentMap, latent: readonly number[]): Place {
  const along = (axis: readonly number[] | undefined): number => latent.reduce((sum, value, i) => sum + (value - (mean[i] ?? 0)) * (axis?.[i] ?? 0), 0);
  return [along(axes[0]), along(axes[1])];
}

export function between(a: Place, b: Place, count: number): Place[] {
  return Array.from({ length: count }, (_, i) => {
    const share = i / (count - 1);
    return [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])] as const;
  });
}

export interface Class {
  label: string;
  count: number;
  middle: Place;
  /** Standard deviation from the middle. */
  spread: number;
  /** The class whose middle is nearest. */
  near: string | null;
}

export function classesOf({ places, labels }: Pick<LatentMap, "places" | "labels">): Class[] {
  const names = [...new Set(labels.filter((one) => one !== null))].sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
  const made = names.map((label) => {
    const own = places.filter((_, i) => labels[i] === label);
    const middle: Place = [own.reduce((sum, [x]) => sum + x, 0) / own.length, own.reduce((sum, [, y]) => sum + y, 0) / own.length];
    const spread = Math.sqrt(own.reduce((sum, [x, y]) => sum + (x - middle[0]) ** 2 + (y - middle[1]) ** 2, 0) / own.length);
    return { label, count: own.length, middle, spread, near: null };
  });
  return made.map((one) => {
    const others = made.filter((other) => other !== one);
    const [closest] = nearest(others.map(({ middle }) => middle), one.middle, 1);
    return { ...one, near: closest === undefined ? null : (others[closest]?.label ?? null) };
  });
}

export const spellPlace = ([x, y]: Place): string => `${x.toFixed(2)},${y.toFixed(2)}`;

export function readPlace(spelled: string | undefined): Place | null {
  const [x, y, more] = (spelled ?? "").split(",").map(Number);
  return x === undefined || y === undefined || more !== undefined || !Number.isFinite(x) || !Number.isFinite(y) || spelled === "" ? null : [x, y];
}

export const spellView = ({ x, y, scale }: View): string => [x, y, scale].map((one) => one.toPrecision(4)).join(",");

export function readView(spelled: string | undefined): View | null {
  const [x, y, scale] = (spelled ?? "").split(",").map(Number);
  return x === undefined || y === undefined || scale === undefined || ![x, y, scale].every(Number.isFinite) || scale <= 0 ? null : { x, y, scale };
}

/** A mark of a class: a form and a colour, so that neither is alone. The forms lie between -1 and 1. */
export const FORMS = [
  "M1 0A1 1 0 1 1 -1 0A1 1 0 1 1 1 0Z",
  "M-.9 -.9H.9V.9H-.9Z",
  "M0 -1.1L1.05 .85H-1.05Z",
  "M0 -1.2L1.1 0L0 1.2L-1.1 0Z",
  "M-.35 -1.1H.35V-.35H1.1V.35H.35V1.1H-.35V.35H-1.1V-.35H-.35Z",
  "M0 1.1L1.05 -.85H-1.05Z",
  "M-1.1 -.65L-.65 -1.1L0 -.45L.65 -1.1L1.1 -.65L.45 0L1.1 .65L.65 1.1L0 .45L-.65 1.1L-1.1 .65L-.45 0Z",
  "M0 -1.25L.32 -.4L1.2 -.39L.5 .15L.74 1L0 .5L-.74 1L-.5 .15L-1.2 -.39L-.32 -.4Z",
  "M-1.2 -.4H1.2V.4H-1.2Z",
  "M-.4 -1.2H.4V1.2H-.4Z",
] as const;

export const formOf = (i: number): string => FORMS[(i + Math.floor(i / FORMS.length)) % FORMS.length] ?? FORMS[0];
/** The custom property that holds its colour. */
export const colourOf = (i: number): string => `--class-${i % 10}`;
