// What waits, runs and was done: requests, trainings, batches, and the log of what administrators did.
import { ask, json } from "./call";
import type { components } from "./schema";

type Schemas = components["schemas"];
type Declared<Shape> = { [Name in keyof Shape as string extends Name ? never : Name]: Shape[Name] };

export type Asking = Declared<Schemas["Asking"]>;
export type Busy = Declared<Schemas["Busy"]>;
export type Training = Declared<Schemas["Training"]>;
export type Answering = Declared<Schemas["Answering"]>;
export type Queue = Omit<Declared<Schemas["Queue"]>, "requests" | "models" | "jobs" | "batches"> & {
  requests: Asking[];
  models: Busy[];
  jobs: Training[];
  batches: Answering[];
};

export interface Job {
  id: string;
  created_at: number;
  finished_at: number | null;
  model: string;
  fine_tuned_model: string | null;
  status: "validating_files" | "queued" | "running" | "paused" | "succeeded" | "failed" | "cancelled";
  error: { code?: string; message?: string; param?: string | null } | null;
  estimated_finish: number | null;
}

export interface JobEvent {
  id: string;
  created_at: number;
  level: "info" | "warn" | "error";
  message: string;
  data: { step?: number; total_steps?: number | null } | null;
}

export interface Batch {
  id: string;
  created_at: number;
  endpoint: string;
  status: "validating" | "failed" | "in_progress" | "finalizing" | "completed" | "expired" | "cancelling" | "cancelled";
  completed_at: number | null;
  failed_at: number | null;
  expired_at: number | null;
  cancelled_at: number | null;
  output_file_id: string | null;
  error_file_id: string | null;
  errors: { data: { message?: string; line?: number | null }[] } | null;
  request_counts: { total: number; completed: number; failed: number };
}

export interface AuditRow {
  seq: number;
  at: number;
  tenant: string;
  key: string | null;
  act: string;
  object: string;
  details: Record<string, unknown>;
}

export interface AuditPage {
  data: AuditRow[];
  has_more: boolean;
}

export interface Verdict {
  well: boolean;
  rows: number;
  digest: string;
  faults: { first: number; last: number; what: string }[];
}

interface List<Shape> {
  data: Shape[];
  has_more: boolean;
}

const JOBS = "/v1/fine_tuning/jobs";
const LAST = Number.MAX_SAFE_INTEGER;

export const queue = (signal: AbortSignal): Promise<Queue> => json("/v1/anew/queue", { signal });
export const jobs = (signal: AbortSignal): Promise<List<Job>> => json(`${JOBS}?limit=50`, { signal });
export const batches = (signal: AbortSignal): Promise<List<Batch>> => json("/v1/batches?limit=50", { signal });

/** The newest first. */
export const jobEvents = (id: string, limit: number, signal: AbortSignal): Promise<List<JobEvent>> =>
  json(`${JOBS}/${encodeURIComponent(id)}/events?limit=${limit}`, { signal });

export const auditBefore = (seq: number | null, signal?: AbortSignal): Promise<AuditPage> =>
  json(`/v1/anew/audit?limit=50&before=${seq ?? LAST}`, { signal });
export const verifyAudit = (): Promise<Verdict> => json("/v1/anew/audit/verify");

export const endRequest = (id: string): Promise<unknown> =>
  json(`/v1/anew/queue/requests/${encodeURIComponent(id)}`, { method: "DELETE" });
export const turnJob = (id: string, act: "cancel" | "pause" | "resume"): Promise<Job> =>
  json(`${JOBS}/${encodeURIComponent(id)}/${act}`, { method: "POST" });
export const endBatch = (id: string): Promise<Batch> => json(`/v1/batches/${encodeURIComponent(id)}/cancel`, { method: "POST" });

export async function fileContent(id: string): Promise<Blob> {
  return (await ask(`/v1/files/${encodeURIComponent(id)}/content`)).blob();
}
