// A report as claims: what was measured, the bar that it had to pass, and whether it did. The rules are those by which the
// server's own sentences are made: a claim holds only where intervals do not meet.
import type { Beside, Evidence, Metric } from "../../api/compare";

export type Relation = "better" | "worse" | "same" | "unshown" | "alone" | "lower" | "higher";
/** differs: from real items, by a figure of which nobody says whether more or less of it is better. */
export type Outcome = "pass" | "miss" | "open" | "differs" | "failed";

/** What a figure stands against. `value` where it is another figure of the report, else `words` say it. */
export interface Bar {
  name: string;
  words: string | null;
  metric: Metric | null;
  relation: Relation | null;
  outcome: Outcome;
}

export interface Claim {
  id: string;
  kind: "beside" | "agreement" | "copies" | "check" | "unmeasured";
  title: string;
  caption: string;
  ours: Metric | null;
  bars: Bar[];
}

const sorted = (sign: number, metric: Metric): number[] =>
  [metric.value, metric.low, metric.high].filter((value) => value !== null).map((value) => sign * value).sort((a, b) => a - b);

/** Better or worse only when the intervals do not meet; lower or higher where neither is better. */
export function relation(ours: Metric, other: Metric): Relation {
  if (ours.n === 1 && ours.low === null) return "alone";
  const sign = ours.better === "lower" ? -1 : 1;
  const mine = sorted(sign, ours);
  const theirs = sorted(sign, other);
  const [more, less] = ours.better === null ? (["higher", "lower"] as const) : (["better", "worse"] as const);
  const found = (mine[0] ?? 0) > (theirs.at(-1) ?? 0) ? more : (mine.at(-1) ?? 0) < (theirs[0] ?? 0) ? less : "same";
  return ours.kind === "bound" && found !== "better" ? "unshown" : found;
}

/** Real items in the place of samples, or what the model's own codec allows: nobody has to beat these, only to reach them. */
const IS_RULER = /(_real|_held_out|_redrawn|_recordings|_reconstructions|_codec)$|^judge_accuracy$|^train_on_real$/;

export function outcomeOf(found: Relation, name: string): Outcome {
  if (found === "better") return "pass";
  if (found === "worse") return "miss";
  if (found === "same") return IS_RULER.test(name) ? "pass" : "open";
  return found === "lower" || found === "higher" ? "differs" : "open";
}

function barOf(ours: Metric, other: Metric, called: string): Bar {
  const found = relation(ours, other);
  return { name: called, words: null, metric: other, relation: found, outcome: outcomeOf(found, other.name) };
}

function beside(told: Beside, known: Record<string, Metric>): Claim | null {
  const ours = known[told.ours];
  if (ours === undefined) return null;
  const bars = Object.entries(told.others).flatMap(([name, called]) => {
    const other = known[name];
    return other === undefined ? [] : [barOf(ours, other, called)];
  });
  return { id: told.ours, kind: "beside", title: told.title, caption: told.caption, ours, bars };
}

export const readable = (name: string): string => {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
};

const NEAR = 0.01; // the share of real items that are near-copies, by construction

/** Bars that are no figure: a share of near-copies, an excess of copied text. */
function copies(known: Record<string, Metric>, said: { near: string; nothing: string }): Claim[] {
  const bounds: [string, number, string][] = [
    ["near_copies", NEAR, said.near],
    ["copied_50_characters_excess", 0, said.nothing],
    ["copied_50_tokens_excess", 0, said.nothing],
  ];
  return bounds.flatMap(([id, most, words]) => {
    const ours = known[id];
    if (ours === undefined) return [];
    const outcome: Outcome = ours.low === null ? "open" : ours.low > most ? "miss" : "pass";
    return [{ id, kind: "copies" as const, title: readable(id), caption: ours.note, ours, bars: [{ name: "", words, metric: null, relation: null, outcome }] }];
  });
}

/** "…; must be above 0": what a check had to find. */
export function mustBe(note: string): { planted: string; bar: string } {
  const cut = note.lastIndexOf("; must be ");
  return cut < 0 ? { planted: note, bar: "" } : { planted: note.slice(0, cut), bar: note.slice(cut + 2) };
}

function check(metric: Metric): Claim {
  const { planted, bar } = mustBe(metric.note);
  const outcome: Outcome = metric.passed === true ? "pass" : "failed";
  return { id: metric.name, kind: "check", title: readable(metric.name), caption: planted, ours: metric, bars: [{ name: "", words: bar, metric: null, relation: null, outcome }] };
}

export function claimsOf(told: Evidence, said: { near: string; nothing: string; judge: string }): Claim[] {
  const { metrics } = told;
  const made: Claim[] = [];
  const { label_agreement: agreement, judge_accuracy: judge } = metrics;
  if (agreement !== undefined && judge !== undefined) {
    made.push({ id: agreement.name, kind: "agreement", title: readable(agreement.name), caption: agreement.note, ours: agreement, bars: [barOf(agreement, judge, said.judge)] });
  }
  for (const one of told.comparisons) {
    const claim = beside(one, metrics);
    if (claim !== null) made.push(claim);
  }
  made.push(...copies(metrics, said));
  for (const [name, why] of Object.entries(told.facts.unmeasured)) {
    made.push({ id: name, kind: "unmeasured", title: readable(name), caption: why, ours: null, bars: [{ name: "", words: null, metric: null, relation: null, outcome: "failed" }] });
  }
  for (const name of told.order) {
    const metric = metrics[name];
    if (metric !== undefined && metric.passed !== null) made.push(check(metric));
  }
  return made;
}

/** Any figure that no claim is made of, so that its evidence is a click away, too. */
export const bare = (metric: Metric): Claim => ({ id: metric.name, kind: "beside", title: readable(metric.name), caption: metric.note, ours: metric, bars: [] });

export interface Tally {
  pass: number;
  miss: number;
  open: number;
  differs: number;
}

/** A check that passed says nothing good of the model; one that failed speaks against all. */
export function tally(claims: readonly Claim[]): Tally {
  const count: Tally = { pass: 0, miss: 0, open: 0, differs: 0 };
  for (const { kind, bars } of claims) {
    for (const { outcome } of bars) if (kind !== "check" || outcome === "failed") count[outcome === "failed" ? "miss" : outcome] += 1;
  }
  return count;
}

/** Without its unit, where that stands beside it already. */
export const bareValue = ({ shown, unit }: Metric): string => (unit !== "share" && unit !== "" ? shown.value.replace(` ${unit}`, "") : shown.value);

/** The server's sentence that says the same in words. */
export function sentenceOf(claim: Claim, verdict: readonly string[]): string | null {
  const begins = { agreement: /samples are read as/, copies: /near-copies|It copies|It repeats/, check: /(?!)/, unmeasured: /(?!)/, beside: null }[claim.kind];
  if (begins === null) return verdict.find((one) => one.startsWith(`${claim.title}:`)) ?? null;
  return verdict.find((one) => begins.test(one)) ?? null;
}

/** The pictures, clips and texts behind a claim: its own chart, and what was looked at for it. */
export function behind(claim: Claim, told: Evidence): Pick<Evidence, "figures" | "texts"> & { clips: NonNullable<Evidence["clips"]> } {
  const sections = new Set<string>();
  if (/near_cop|copied|longest/.test(claim.id)) sections.add("originality");
  else if (claim.kind === "agreement" || /^(frechet|precision|recall|density|coverage|caption|unseen|asked|key|word_error|nats|bits)/.test(claim.id)) sections.add("samples");
  const own = (title: string): boolean => title === claim.title || (claim.id.includes("reconstruction") && title === "Reconstructions");
  const wanted = (one: { title: string; section: string }): boolean => own(one.title) || sections.has(one.section);
  const figures = told.figures.filter(wanted).sort((a, b) => Number(own(b.title)) - Number(own(a.title)));
  return { figures, texts: told.texts.filter(wanted), clips: (told.clips ?? []).filter(wanted) };
}
