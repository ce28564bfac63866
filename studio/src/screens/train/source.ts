// What a training learns from, as the address keeps it: ?set=NAME, ?file=ID&called=NAME, ?folder=/PATH.
import type { DataField, Known, Ready } from "../../api/train";
import type { Params } from "../../shell/route";

export type Source = { kind: "set"; name: string } | { kind: "file"; id: string; name: string } | { kind: "folder"; path: string };
export type Choice = Source["kind"];

export const CHOICES: readonly Choice[] = ["file", "folder", "set"];

export function sourceOf(params: Readonly<Record<string, string>>): Source | null {
  const { set, file, folder, called } = params;
  if (set) return { kind: "set", name: set };
  if (file) return { kind: "file", id: file, name: called ?? file };
  if (folder) return { kind: "folder", path: folder };
  return null;
}

export function paramsOf(source: Source | null): Params {
  const none = { set: null, file: null, folder: null, called: null };
  if (source === null) return none;
  if (source.kind === "set") return { ...none, set: source.name };
  if (source.kind === "file") return { ...none, file: source.id, called: source.name };
  return { ...none, folder: source.path };
}

export function fieldOf(source: Source): DataField {
  if (source.kind === "folder") return { training_folder: source.path };
  return { training_file: source.kind === "set" ? source.name : source.id };
}

/** Recipes that a job can begin from nothing, for data of this modality. */
export const able = (recipes: readonly Ready[], modality: string | undefined): Ready[] =>
  recipes.filter((one) => one.starts && (modality === undefined || one.modality === modality));

/** The recipe for the data: the one that was written for them, one that brings none of its own, or the first. */
export function recipeFor(recipes: readonly Ready[], modality: string, source: Source | null): Ready | undefined {
  const some = able(recipes, modality);
  const plain = PLAIN[modality];
  return (
    some.find((one) => source?.kind === "set" && one.source === source.name && one.name === one.source) ??
    some.find((one) => source?.kind === "set" && one.source === source.name) ??
    some.find((one) => one.name === plain) ??
    some.find((one) => one.source === "") ??
    some[0]
  );
}

const PLAIN: Readonly<Record<string, string>> = { image: "images", text: "text", code: "code", table: "table", audio: "sounds" };

/** What a recipe would learn from by itself, where that is here. */
export const ownOf = (recipe: Ready | undefined, sets: readonly Known[]): Source | null =>
  recipe !== undefined && sets.some((one) => one.name === recipe.source && one.here) ? { kind: "set", name: recipe.source } : null;
