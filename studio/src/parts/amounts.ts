// Numbers as people read them.
import { text } from "../text";

const UNITS = ["B", "kB", "MB", "GB", "TB"];

export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : Number(value.toPrecision(2))} ${UNITS[unit] ?? ""}`;
}

export function count(value: number): string {
  if (value >= 1e9) return `${Number((value / 1e9).toPrecision(2))} B`;
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(2))} M`;
  return value.toLocaleString(text.locale);
}

export function percent(share: number): string {
  const shown = 100 * share;
  return `${shown >= 10 || shown === 0 ? Math.round(shown) : Number(shown.toPrecision(1))} %`;
}

export function when(seconds: number): string {
  return new Date(seconds * 1000).toLocaleString(text.locale, { dateStyle: "medium", timeStyle: "short" });
}

export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}
