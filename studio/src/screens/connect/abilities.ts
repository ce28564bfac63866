// What a listed model can be asked for, as a program asks.
import { canChat } from "../../api/kinds";
import type { Model } from "../../api/shapes";
import type { Ability } from "./clients";

/** Null: it is asked by nobody, or not with words. */
export function abilityOf({ id, anew }: Model, all: readonly Model[]): Ability | null {
  if ((anew.does ?? "make") !== "make" && anew.does !== "speak") return null;
  if (anew.modality === "speech" || all.some((other) => other.id === id && other.anew.modality === "speech")) return anew.does === "hear" ? null : "speech";
  switch (anew.modality) {
    case "chat":
      return "chat";
    case "text":
      return typeof anew.context !== "number" ? "vectors" : canChat({ id, anew, created: 0 }) ? "chat" : "text";
    case "code":
    case "image":
    case "music":
    case "audio":
    case "table":
      return anew.modality;
    default:
      return null;
  }
}

export interface Askable {
  name: string;
  ability: Ability;
}

export function askable(all: readonly Model[]): Askable[] {
  const found = new Map<string, Ability>();
  for (const one of all) {
    const ability = abilityOf(one, all);
    if (ability !== null) found.set(one.id, ability);
  }
  return [...found].map(([name, ability]) => ({ name, ability }));
}
