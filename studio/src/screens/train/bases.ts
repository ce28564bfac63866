// Going on from a model that is there: which can, and the few dials that a job has for it.
import { writes } from "../../api/kinds";
import type { Model } from "../../api/shapes";

export const DIALS = ["n_epochs", "batch_size", "learning_rate_multiplier"] as const;
export type Dials = Readonly<Record<(typeof DIALS)[number], string>>;

/** Models that can go on with data of this modality, as far as their listing says it; a job says the rest. */
export function basesFor(models: readonly Model[], modality: string): Model[] {
  if (["chat", "text", "code"].includes(modality)) return models.filter(writes);
  return models.filter(({ anew }) => anew.modality === modality && (anew.does ?? "make") === "make" && anew.bytes !== undefined);
}

export function readDials(kept: unknown): Dials {
  const held = (typeof kept === "object" && kept !== null ? kept : {}) as Record<string, unknown>;
  const of = (name: string): string => (typeof held[name] === "string" ? held[name] : "");
  return { n_epochs: of("n_epochs"), batch_size: of("batch_size"), learning_rate_multiplier: of("learning_rate_multiplier") };
}

/** Those that are no number above nothing; the first two are whole ones. */
export const wrongIn = (dials: Dials): string[] =>
  DIALS.filter((name) => dials[name].trim() !== "" && !(Number(dials[name]) > 0 && (name === "learning_rate_multiplier" || Number.isInteger(Number(dials[name])))));

export const given = (dials: Dials): Record<string, number> =>
  Object.fromEntries(DIALS.filter((name) => dials[name].trim() !== "").map((name) => [name, Number(dials[name])]));
