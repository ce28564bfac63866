// What is stored, taken in, given out and forgotten.
import { ask, json } from "./call";
import { asFault, Fault } from "./fault";
import { heardNothing } from "./life";
import type { components } from "./schema";
import { upload } from "./upload";

type Schemas = components["schemas"];
type Declared<Shape> = { [Name in keyof Shape as string extends Name ? never : Name]: Shape[Name] };

export type Stored = Declared<Schemas["Stored"]>;
export type Starter = Declared<Schemas["Starter"]>;
export type Removed = Declared<Schemas["Removed"]>;
export type Myself = Declared<Schemas["Myself"]>;

export interface StoredList {
  data: Stored[];
  starters: Starter[];
}

/** A figure of a model's evidence, as far as it is shown here. */
export interface Metric {
  name: string;
  passed: boolean | null;
  n: number | null;
  kind: string | null;
  note: string;
  shown: { value: string; interval: string };
}

export interface Report {
  verdict: string[];
  order: string[];
  metrics: Record<string, Metric | undefined>;
  figures: { file: string; alt: string; caption: string; title: string; section: string }[];
  clips?: { file: string; title: string; note: string; section: string }[];
  texts: { title: string; note: string; content: string; section: string; worst: boolean }[];
}

const at = (name: string, rest = ""): string => `/v1/anew/models/${encodeURIComponent(name)}${rest}`;

export const whoami = (signal: AbortSignal): Promise<Myself> => json("/v1/anew/whoami", { signal });
export const stored = (signal: AbortSignal): Promise<StoredList> => json("/v1/anew/models", { signal });
export const oneStored = (name: string, signal: AbortSignal): Promise<Stored> => json(at(name), { signal });
export const report = (name: string, signal: AbortSignal): Promise<Report> => json(at(name, "/evidence"), { signal });

export async function card(name: string, signal: AbortSignal): Promise<string> {
  return (await ask(at(name, "/card"), { signal })).text();
}

/** `file`: as the evidence names it, `figures/…`. */
export async function figure(name: string, file: string, signal: AbortSignal): Promise<Blob> {
  const [, last = ""] = /^figures\/([^/]+)$/.exec(file) ?? [];
  return (await ask(at(name, `/figures/${encodeURIComponent(last)}`), { signal })).blob();
}

export const openNow = (name: string): Promise<Stored> => json(at(name, "/open"), { method: "POST" });
export const closeNow = (name: string): Promise<Stored> => json(at(name, "/close"), { method: "POST" });
export const forget = (name: string): Promise<Removed> => json(at(name, "?free=true"), { method: "DELETE" });
export const call = (name: string, alias: string): Promise<Stored> =>
  json(at(name, "/aliases"), { method: "POST", body: { alias } });
export const callNoMore = (name: string, alias: string): Promise<Stored> =>
  json(at(name, `/aliases/${encodeURIComponent(alias)}`), { method: "DELETE" });

interface TakingIn {
  what: File | { starter: string };
  name: string;
  onShare: (share: number) => void;
  signal: AbortSignal;
}

export function takeIn({ what, name, onShare, signal }: TakingIn): Promise<Stored> {
  const form = new FormData();
  if (what instanceof File) form.set("file", what);
  else form.set("starter", what.starter);
  if (name !== "") form.set("name", name);
  return upload("/v1/anew/models", { form, onShare, signal });
}

/** The model as a zip, fetched with the key in a header, so that no address has it. */
export async function zipOf(name: string, onShare: (share: number) => void, signal: AbortSignal): Promise<Blob> {
  const answer = await ask(at(name, "/export"), { signal });
  const all = Number(answer.headers.get("content-length") ?? 0);
  if (answer.body === null) return answer.blob();
  const reader = answer.body.getReader();
  const pieces: Blob[] = [];
  let came = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return new Blob(pieces, { type: "application/zip" });
      pieces.push(new Blob([value])); // which the browser may keep on the disk
      came += value.length;
      if (all > 0) onShare(came / all);
    }
  } catch (thrown) {
    const fault = asFault(thrown);
    if (fault.kind !== "away") throw fault;
    heardNothing();
    throw new Fault("away", "");
  }
}
