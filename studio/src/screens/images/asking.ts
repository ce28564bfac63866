// What the screen asks of the server.
import { ask, json } from "../../api/call";
import { stream, type Stream } from "../../api/events";
import type { CreationList, KeptCreation, NeighboursFound, PictureEvent, PictureRequest, Replayed, Walked } from "../../api/shapes";
import { base64OfBlob } from "../../parts/bytes";
import { LOOKS } from "./settings";

const CREATIONS = "/v1/anew/creations";
const DRAWN = "/v1/images/generations";
export const PAGE = 48;

export interface Search {
  q: string;
  favourite: boolean;
  deleted: boolean;
}

export const draw = (request: PictureRequest, signal: AbortSignal): Promise<Stream<PictureEvent>> =>
  stream<PictureEvent>(DRAWN, { method: "POST", body: { ...request, stream: true, partial_images: LOOKS }, signal });

/** Keep a picture with the request that makes it. */
export const keep = (request: PictureRequest, content: string, favourite = false): Promise<KeptCreation> =>
  json<KeptCreation>(CREATIONS, {
    method: "POST",
    body: { request: { address: DRAWN, body: request, index: 0 }, content_b64: content, favourite },
  });

export function find({ q, favourite, deleted }: Search, after: string | null, signal: AbortSignal): Promise<CreationList> {
  const query = new URLSearchParams({ modality: "image", limit: String(PAGE) });
  if (q.trim() !== "") query.set("q", q.trim());
  if (favourite) query.set("favourite", "true");
  if (deleted) query.set("deleted", "true");
  if (after !== null) query.set("after", after);
  return json<CreationList>(`${CREATIONS}?${query.toString()}`, { signal });
}

const at = (id: string, more = ""): string => `${CREATIONS}/${encodeURIComponent(id)}${more}`;

export const one = (id: string, signal: AbortSignal): Promise<KeptCreation> => json<KeptCreation>(at(id), { signal });
export const change = (id: string, changed: { favourite?: boolean; title?: string }): Promise<KeptCreation> =>
  json<KeptCreation>(at(id), { method: "PATCH", body: changed });
export const putAway = (id: string): Promise<KeptCreation> => json<KeptCreation>(at(id), { method: "DELETE" });
export const bringBack = (id: string): Promise<KeptCreation> => json<KeptCreation>(at(id, "/restore"), { method: "POST" });
export const replay = (id: string): Promise<Replayed> => json<Replayed>(at(id, "/replay"), { method: "POST" });
export const content = async (id: string, signal?: AbortSignal): Promise<Blob> => (await ask(at(id, "/content"), { signal })).blob();

const encoded = async (id: string, signal: AbortSignal): Promise<string> => base64OfBlob(await content(id, signal));

/** The way from one kept picture to the other. */
export async function path(model: string, ids: readonly [string, string], frames: number, signal: AbortSignal): Promise<Walked> {
  const ends = await Promise.all(ids.map((id) => encoded(id, signal)));
  return json<Walked>("/v1/anew/latents/interpolate", { method: "POST", body: { model, ends, frames }, signal });
}

export async function neighbours(model: string, id: string, signal: AbortSignal): Promise<NeighboursFound> {
  const pictures = [await encoded(id, signal)];
  return json<NeighboursFound>("/v1/anew/neighbours", { method: "POST", body: { model, pictures }, signal });
}
