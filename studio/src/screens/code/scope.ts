// What a task is asked about: the lines that are selected, the function that the cursor is in, or the whole file.
import type { FoundFunction, Place } from "./editor/create";

export type Scope = { kind: "whole" } | { kind: "function"; name: string } | { kind: "lines"; first: number; last: number };

export const NOWHERE: Place = { line: 1, functions: [], selected: null };

/** The innermost function around a line. */
function functionAt(place: Place): FoundFunction | undefined {
  return place.functions.filter((one) => one.first <= place.line && place.line <= one.last).at(-1);
}

export function scopeOf(place: Place): Scope {
  if (place.selected !== null) return { kind: "lines", first: place.selected[0], last: place.selected[1] };
  const found = functionAt(place);
  return found === undefined ? { kind: "whole" } : { kind: "function", name: found.name };
}

/** The function to write tests for: the cursor's, or the one that the file has. */
export function testedFunction(place: Place): string | null {
  const found = functionAt(place) ?? (place.functions.length === 1 ? place.functions[0] : undefined);
  return found?.name ?? null;
}

/** A scope as the tasks have it. */
export function asked(scope: Scope): { function?: string; lines?: [number, number] } {
  if (scope.kind === "function") return { function: scope.name };
  return scope.kind === "lines" ? { lines: [scope.first, scope.last] } : {};
}
