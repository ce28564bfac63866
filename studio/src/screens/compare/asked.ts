// What was chosen for a bake-off, as it is kept, and as a request.
import type { BakeoffRequest, Contender, DataSet } from "../../api/compare";

export interface Asked {
  data: string;
  models: string[];
  minutes: string;
  seeds: string;
}

export function readAsked(kept: unknown): Asked {
  const given = typeof kept === "object" && kept !== null ? (kept as Record<string, unknown>) : {};
  const word = (name: string, usual: string): string => (typeof given[name] === "string" ? given[name] : usual);
  const models = Array.isArray(given["models"]) ? given["models"].filter((one) => typeof one === "string") : [];
  return { data: word("data", ""), models, minutes: word("minutes", "0.5"), seeds: word("seeds", "1") };
}

/** Those that can be compared, what is here first. */
export function comparable(sets: readonly DataSet[], contenders: readonly Contender[]): DataSet[] {
  const kinds = new Set(contenders.map((one) => one.modality));
  return sets.filter((one) => kinds.has(one.modality)).sort((a, b) => Number(b.here) - Number(a.here) || a.name.localeCompare(b.name));
}

/** The chosen ones that there are for these data; where none was chosen, the first of two families. */
export function chosenOf(asked: Asked, contenders: readonly Contender[]): string[] {
  const chosen = contenders.filter((one) => asked.models.includes(one.name)).map((one) => one.name);
  if (chosen.length > 0 || asked.models.length > 0) return chosen;
  return firsts(contenders).slice(0, 2).map((one) => one.name);
}

/** The first of each family. */
export function firsts(contenders: readonly Contender[]): Contender[] {
  return contenders.filter((one, i) => contenders.findIndex((other) => other.family === one.family) === i);
}

export const minutesOf = (typed: string): number | null => {
  const value = Number(typed.trim().replace(",", "."));
  return typed.trim() !== "" && value >= 0.05 && value <= 600 ? value : null;
};

export function requestOf(asked: Asked, data: string, models: string[]): BakeoffRequest | null {
  const minutes = minutesOf(asked.minutes);
  if (minutes === null || models.length < 2) return null;
  return { data, models, minutes, seeds: Number(asked.seeds) };
}
