// What training asks of the server, and the shapes of what it answers. Jobs stand here by hand, as OpenAI's own
// addresses do elsewhere: the server's document leaves them open.
import { ask, json } from "./call";
import { events } from "./events";
import type { components } from "./schema";
import type { Runs } from "./shapes";

type Schemas = components["schemas"];
type Declared<Shape> = { [Name in keyof Shape as string extends Name ? never : Name]: Shape[Name] };

export type Peeked = Declared<Schemas["Peeked"]>;
export type Looked = Declared<Schemas["Looked"]>;
export type Known = Declared<Schemas["Known"]>;
export type Ready = Declared<Schemas["Ready"]>;
export type Shown = Declared<Schemas["Shown"]>;
export type Setting = Declared<Schemas["Setting"]>;
export type Forecast = Declared<Schemas["RunForecast"]>;
export type RunWhole = Declared<Schemas["RunWhole"]>;
export type Compared = Declared<Schemas["Compared"]>;
export type Part = "codec" | "train" | "judge";

/** What a run learns from: as a job, a forecast and a look at it name it. */
export type DataField = { training_file: string } | { training_folder: string };

export type JobStatus = "validating_files" | "queued" | "running" | "paused" | "succeeded" | "failed" | "cancelled";

export interface Job {
  id: string;
  created_at: number;
  finished_at: number | null;
  estimated_finish: number | null;
  model: string;
  fine_tuned_model: string | null;
  status: JobStatus;
  error: { message: string } | null;
  training_file: string;
  run: string;
}

export interface JobEvent {
  id: string;
  created_at: number;
  level: string;
  message: string;
  type: "message" | "metrics";
}

/** A line of a run's journal: a step, a validation, or what the model says of itself. */
export interface Row {
  kind: "train" | "held_out" | "diagnosis";
  step: number;
  what?: string;
  [figure: string]: unknown;
}

interface Ended {
  done: boolean;
  why?: string;
}

export interface RunFile {
  path: string;
  bytes: number;
}

interface List<Shape> {
  data: Shape[];
}

export interface NewJob {
  model: string;
  keep_run: true;
  seed?: number;
  overrides?: Record<string, string>;
  hyperparameters?: Record<string, number>;
}

type Signal = AbortSignal | undefined;
const JOBS = "/v1/fine_tuning/jobs";
const named = (name: string): string => `/v1/anew/runs/${encodeURIComponent(name)}`;

export const knownSets = (signal: Signal): Promise<List<Known>> => json("/v1/anew/datasets", { signal });
export const recipes = (signal: Signal): Promise<List<Ready>> => json("/v1/anew/recipes", { signal });
export const settings = (recipe: string, signal: Signal): Promise<List<Setting>> => json(`/v1/anew/recipes/${recipe}/schema`, { signal });

export const look = (data: DataField, more: { modality?: string; column?: string; label?: string }, signal: Signal): Promise<Looked> =>
  json("/v1/anew/datasets/look", { method: "POST", body: { ...data, ...more }, signal });

export const check = (recipe: string, overrides: Record<string, string>, signal: Signal): Promise<Shown> =>
  json(`/v1/anew/recipes/${recipe}/check`, { method: "POST", body: { overrides }, signal });

export const forecast = (recipe: string, data: DataField, overrides: Record<string, string>, signal: Signal): Promise<Forecast> =>
  json(`/v1/anew/recipes/${recipe}/forecast`, { method: "POST", body: { ...data, overrides }, signal });

export function upload(content: Blob, name: string, signal: Signal): Promise<{ id: string; filename: string }> {
  const form = new FormData();
  form.set("purpose", "fine-tune");
  form.set("file", content, name);
  return json("/v1/files", { method: "POST", body: form, signal });
}

export const start = (job: NewJob & DataField): Promise<Job> => json(JOBS, { method: "POST", body: job });
export const jobs = (signal: Signal): Promise<List<Job>> => json(`${JOBS}?limit=1000`, { signal });
export const jobNow = (id: string, signal: Signal): Promise<Job> => json(`${JOBS}/${id}`, { signal });
export const turn = (id: string, to: "pause" | "resume" | "finish" | "cancel"): Promise<Job> => json(`${JOBS}/${id}/${to}`, { method: "POST" });
export const jobEvents = (id: string, signal: Signal): Promise<List<JobEvent>> => json(`${JOBS}/${id}/events?limit=200`, { signal });

export const allRuns = (signal: Signal): Promise<Runs> => json("/v1/anew/runs", { signal });
export const runNow = (name: string, signal: Signal): Promise<RunWhole> => json(named(name), { signal });
export const runFiles = (name: string, signal: Signal): Promise<List<RunFile>> => json(`${named(name)}/files`, { signal });
export const runRecords = (name: string, signal: Signal): Promise<List<Peeked> & { counts: Record<string, number> }> =>
  json(`${named(name)}/records?limit=24`, { signal });
export const compared = (names: readonly string[], signal: Signal): Promise<Compared> =>
  json(`/v1/anew/runs/compare?${names.map((name) => `run=${encodeURIComponent(name)}`).join("&")}`, { signal });

export const fileAddress = (name: string, path: string): string => `${named(name)}/files/${path.split("/").map(encodeURIComponent).join("/")}`;
export const reportAddress = (name: string): string => `${named(name)}/report`;

const PIECE = 12; // milliseconds of reading until others have their turn

/** The journal's rows as they are written, in handfuls, so that a long one leaves the page time for everything else. */
export async function readJournal(name: string, part: Part, heard: (rows: Row[]) => void, signal: AbortSignal): Promise<Ended> {
  const answer = await ask(`${named(name)}/metrics?part=${part}&stream=true`, { signal });
  let rows: Row[] = [];
  let began = performance.now();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tell = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (rows.length > 0 && !signal.aborted) heard(rows);
    rows = [];
  };
  try {
    for await (const one of events<Row | Ended>(answer)) {
      if ("done" in one) {
        tell();
        return one as Ended;
      }
      rows.push(one);
      timer ??= setTimeout(tell, 200);
      if (performance.now() - began > PIECE) {
        await new Promise((go) => setTimeout(go, 0));
        began = performance.now();
      }
    }
  } finally {
    tell();
  }
  return { done: false };
}
