// What the Compare screen asks for: evidence of models, runs and bake-offs, bake-offs themselves, places of a latent map.
import { ask, json } from "./call";
import type { components } from "./schema";
import { runs } from "./answers";
import type { Run } from "./shapes";

type Schemas = components["schemas"];

/** One figure: its value, its interval, how many items it stands on and what kind of claim it is. */
export interface Metric {
  name: string;
  value: number | null;
  low: number | null;
  high: number | null;
  n: number | null;
  unit: string;
  kind: "exact" | "bound" | "estimate" | "surrogate" | null;
  better: "lower" | "higher" | null;
  note: string;
  /** Of a check of the measurement itself; null of every other figure. */
  passed: boolean | null;
  shown: { value: string; interval: string };
}

interface Filed {
  file: string;
  section: string;
  title: string;
  sha256?: string;
}

export interface Figure extends Filed {
  alt: string;
  caption: string;
}

export interface Clip extends Filed {
  note: string;
}

export interface SampleText {
  section: string;
  title: string;
  note: string;
  content: string;
  worst: boolean;
}

/** Metrics of the model beside the same of others: `others` is the name of a metric to what it is called. */
export interface Beside {
  title: string;
  caption: string;
  ours: string;
  others: Record<string, string>;
}

export interface Evidence {
  comparisons: Beside[];
  metrics: Record<string, Metric>;
  order: string[];
  figures: Figure[];
  clips?: Clip[];
  texts: SampleText[];
  verdict: string[];
  facts: {
    about: string;
    modality: string;
    headline: string[];
    limits: string[];
    unmeasured: Record<string, string>;
    data_hash: string;
    reproduce: string;
    licence?: string;
    sources?: Record<string, number>;
    seed: number | null;
    counts: [string, number][] | Record<string, number>;
    model: Record<string, string | number>;
  };
}

/** Where a report lies: of a model that is served, of a run, or of a model of a bake-off. */
export interface Source {
  kind: "model" | "run" | "bakeoff";
  name: string;
  /** Within a bake-off: `seed-0/vae`. */
  within?: string;
}

export const spellSource = ({ kind, name, within }: Source): string => [kind, name, ...(within === undefined ? [] : [within])].join(":");

export function readSource(spelled: string): Source | null {
  const [kind, name = "", within] = spelled.split(":", 3);
  if (name === "") return null;
  if (kind === "bakeoff") return within === undefined ? null : { kind, name, within };
  return kind === "model" || kind === "run" ? { kind, name } : null;
}

const pathOf = (path: string): string => path.split("/").map(encodeURIComponent).join("/");

/** Of the evidence itself, or of a file that it names. */
export function addressOf({ kind, name, within = "" }: Source, file?: string): string {
  const named = encodeURIComponent(name);
  if (kind === "model") return `/v1/anew/models/${named}/${file === undefined ? "evidence" : pathOf(file)}`;
  const inside = `validate/${file ?? "report.json"}`;
  if (kind === "run") return `/v1/anew/runs/${named}/files/${pathOf(inside)}`;
  return `/v1/anew/comparisons/${named}/files/${pathOf(`${within}/${inside}`)}`;
}

export const evidence = (source: Source, signal: AbortSignal): Promise<Evidence> => json(addressOf(source), { signal });
/** The files that were kept with a model; null where all are, of a run. */
export async function keptFiles({ kind, name }: Source, signal: AbortSignal): Promise<ReadonlySet<string> | null> {
  if (kind !== "model") return null;
  const { files } = await json<{ files: Record<string, number> }>(`/v1/anew/models/${encodeURIComponent(name)}`, { signal });
  return new Set(Object.keys(files));
}

export const blobAt = async (address: string, signal: AbortSignal): Promise<Blob> => (await ask(address, { signal })).blob();
export const card = async (model: string, signal: AbortSignal): Promise<string> =>
  (await ask(`/v1/anew/models/${encodeURIComponent(model)}/card`, { signal })).text();

/** Runs that have a report. */
export const judged = async (signal: AbortSignal): Promise<Run[]> => (await runs(signal)).data.filter((run) => run.done.includes("validate"));

// ------------------------------------------------------------------------------------------------ bake-offs

const COMPARISONS = "/v1/anew/comparisons";
const at = (name: string, more = ""): string => `${COMPARISONS}/${encodeURIComponent(name)}${more}`;

export type State = Schemas["BakeoffProgress"]["state"];

export interface Listed {
  name: string;
  state: State;
  data: string;
  modality: string;
  minutes: number;
  seeds: number;
  said: string[] | null;
  changed_at: number;
}

export interface Row {
  name: string;
  family: string;
  rank: number;
  notes: string[];
  figures: Record<string, Metric>;
}

export interface Bakeoff {
  data: string;
  modality: string;
  minutes: number;
  seeds: number;
  counts: Record<string, number>;
  ranked: { metric: string; title: string; better: "lower" | "higher" };
  rows: Row[];
  ruler: Record<string, Metric>;
  said: string[];
  failed: Record<string, string>;
}

export type Part = Pick<Schemas["BakeoffPart"], "name" | "seed" | "state" | "step" | "steps" | "why">;
export type Progress = Pick<Schemas["BakeoffProgress"], "name" | "state" | "data" | "modality" | "models" | "minutes" | "seeds" | "said"> & { parts: Part[] };
export type Contender = Pick<Schemas["Contender"], "name" | "family" | "modality" | "recipe">;

export interface Contenders {
  data: Contender[];
  senseless: { family: string; modality: string; why: string }[];
}

export interface DataSet {
  name: string;
  modality: string;
  about: string;
  licence: string;
  here: boolean;
}

export const bakeoffs = (signal: AbortSignal): Promise<{ data: Listed[] }> => json(COMPARISONS, { signal });
export const bakeoff = (name: string, signal: AbortSignal): Promise<Bakeoff> => json(at(name), { signal });
export const progress = (name: string, signal: AbortSignal): Promise<Progress> => json(at(name, "/progress"), { signal });
export const cancel = (name: string): Promise<Progress> => json(at(name, "/cancel"), { method: "POST" });
export const contenders = (signal: AbortSignal): Promise<Contenders> => json("/v1/anew/contenders", { signal });
export const dataSets = (signal: AbortSignal): Promise<{ data: DataSet[] }> => json("/v1/anew/datasets", { signal });

export interface BakeoffRequest {
  data: string;
  models: string[];
  minutes: number;
  seeds: number;
}

export const begin = (body: BakeoffRequest, signal: AbortSignal): Promise<Progress> => json(COMPARISONS, { method: "POST", body, signal });

// ------------------------------------------------------------------------------------------------ latents

export interface LatentMap {
  space: "model" | "codec";
  shape: number[];
  mean: number[];
  axes: number[][];
  places: [number, number][];
  labels: (string | null)[];
  origins: string[];
  variance: number;
}

export const latentMap = (model: string, n: number, data: string | null, signal: AbortSignal): Promise<LatentMap> =>
  json("/v1/anew/latents/map", { method: "POST", body: { model, n, ...(data === null ? {} : { data }) }, signal });

export const decode = (model: string, space: LatentMap["space"], latents: number[][], labels: (string | null)[] | null, signal: AbortSignal): Promise<{ b64_png: string[] }> =>
  json("/v1/anew/latents/decode", { method: "POST", body: { model, space, latents, ...(labels === null ? {} : { labels }) }, signal });

export interface Turn {
  length: number;
  b64_png: string[];
}

/** One label's pictures turned into another's, in steps, from a seed. */
export const turn = (body: { model: string; towards: string; away: string; start: number; shares: number[]; data?: string }, signal: AbortSignal): Promise<Turn> =>
  json("/v1/anew/latents/directions", { method: "POST", body: { ...body, space: "codec" }, signal });

export const encode = (model: string, space: LatentMap["space"], picture: string, signal: AbortSignal): Promise<{ latents: number[][] }> =>
  json("/v1/anew/latents/encode", { method: "POST", body: { model, space, pictures: [picture] }, signal });

/** Data sets that a model learnt from, as its evidence names them; none where there is no evidence. */
export const sourcesOf = async (model: string, signal: AbortSignal): Promise<string[]> => {
  try {
    const told = await evidence({ kind: "model", name: model }, signal);
    return Object.keys(told.facts.sources ?? {});
  } catch {
    return [];
  }
};
