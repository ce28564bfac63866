// What a run's figures say is going wrong, in plain words. Each says what is seen, and what to do about it.
import { text } from "../../text";
import { lately, type Figures } from "./series";

export interface Warning {
  kind: "overfitting" | "collapse" | "divergence";
  says: string;
}

const WORSE = 0.03; // of the best held-out loss, by which it is worse
const GAINED = 0.02; // or that much of what was gained since the first one, whichever is more
const TIMES = 3; // validations behind the best one
const LOST = 0.5; // of what was gained since the beginning, at which training has come apart
const FEW = 60; // steps too few to judge by

const figure = (value: number): string => Number(value.toPrecision(4)).toLocaleString(text.locale, { maximumSignificantDigits: 4 });

export function warningsOf(figures: Figures, keepsBest = true): Warning[] {
  return [...diverged(figures), ...overfits(figures, keepsBest), ...collapsed(figures)];
}

function diverged({ loss }: Figures): Warning[] {
  if (loss === undefined || loss.y.length === 0) return [];
  if (Number.isNaN(loss.y.at(-1))) return [{ kind: "divergence", says: text.train.warnings.noNumber }];
  if (loss.y.length < FEW) return [];
  const wide = Math.max(10, Math.floor(loss.y.length / 20));
  let first = Number.NaN;
  let least = Infinity;
  let sum = 0;
  for (let i = 0; i < loss.y.length; i += 1) {
    sum += loss.y.at(i) - (i >= wide ? loss.y.at(i - wide) : 0);
    if (i < wide - 1) continue;
    if (i === wide - 1) first = sum / wide;
    if (sum / wide < least) least = sum / wide;
  }
  const now = lately(loss, wide);
  if (!(now - least > Math.max(LOST * (first - least), LOST * Math.abs(least)))) return [];
  return [{ kind: "divergence", says: text.train.warnings.risen(figure(least), figure(now)) }];
}

function overfits({ heldOut: { x, y } }: Figures, keepsBest: boolean): Warning[] {
  let best = 0;
  for (let i = 1; i < y.length; i += 1) if (y.at(i) < y.at(best)) best = i;
  const now = y.at(-1);
  const lost = now - y.at(best);
  const enough = Math.max(WORSE * Math.abs(y.at(best)), GAINED * (y.at(0) - y.at(best)));
  if (y.length - 1 - best < TIMES || !(lost > enough)) return [];
  const says = text.train.warnings.overfits(x.at(best).toLocaleString(text.locale), figure(y.at(best)), figure(now), keepsBest);
  return [{ kind: "overfitting", says }];
}

/** What the model finds wrong with itself, which it alone can tell: once each, and the last time. */
function collapsed({ diagnoses }: Figures): Warning[] {
  const last = new Map(diagnoses.map(({ step, what }) => [what.replace(/[\d.,]+/g, "#"), { step, what }]));
  return [...last.values()].map(({ step, what }) => ({
    kind: "collapse" as const,
    says: text.train.warnings.diagnosed(step.toLocaleString(text.locale), what),
  }));
}
