// What was made and kept on the server, whatever screen made it.
import { ask, json } from "./call";
import type { CreationList, KeptCreation, Replayed } from "./shapes";

const CREATIONS = "/v1/anew/creations";
export const PAGE = 96;

export interface Search {
  /** As the server calls it: image, audio, music. */
  modality: string;
  q: string;
  favourite: boolean;
  deleted: boolean;
}

interface MadeBy {
  address: string;
  body: object;
  index?: number;
}

/** Keep what was made with the request that makes it, at the address that it went to. */
export const keep = (request: MadeBy, content: string, title = "", signal?: AbortSignal): Promise<KeptCreation> =>
  json<KeptCreation>(CREATIONS, { method: "POST", body: { request: { index: 0, ...request }, content_b64: content, title }, signal });

export function find({ modality, q, favourite, deleted }: Search, after: string | null, signal: AbortSignal): Promise<CreationList> {
  const query = new URLSearchParams({ modality, limit: String(PAGE) });
  if (q.trim() !== "") query.set("q", q.trim());
  if (favourite) query.set("favourite", "true");
  if (deleted) query.set("deleted", "true");
  if (after !== null) query.set("after", after);
  return json<CreationList>(`${CREATIONS}?${query.toString()}`, { signal });
}

const at = (id: string, more = ""): string => `${CREATIONS}/${encodeURIComponent(id)}${more}`;

export const one = (id: string, signal?: AbortSignal): Promise<KeptCreation> => json<KeptCreation>(at(id), { signal });
export const change = (id: string, changed: { favourite?: boolean; title?: string }): Promise<KeptCreation> =>
  json<KeptCreation>(at(id), { method: "PATCH", body: changed });
export const putAway = (id: string): Promise<KeptCreation> => json<KeptCreation>(at(id), { method: "DELETE" });
export const bringBack = (id: string): Promise<KeptCreation> => json<KeptCreation>(at(id, "/restore"), { method: "POST" });
export const replay = (id: string): Promise<Replayed> => json<Replayed>(at(id, "/replay"), { method: "POST" });
export const content = async (id: string, signal?: AbortSignal): Promise<Blob> => (await ask(at(id, "/content"), { signal })).blob();

/** The body of the request that made it. */
export function bodyOf(kept: KeptCreation): Readonly<Record<string, unknown>> {
  const body: unknown = kept.request["body"];
  return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
}
