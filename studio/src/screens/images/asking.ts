// What the screen asks of the server.
import { ask, json } from "../../api/call";
import { stream, type Stream } from "../../api/events";
import { DRAWN, EDITED, WALKED, type FromPictureRequest, type PicturesMade } from "../../api/images";
import type { CreationList, KeptCreation, NeighboursFound, PictureEvent, PictureRequest, Replayed, Walked } from "../../api/shapes";
import { base64OfBlob } from "./bytes";
import { LOOKS } from "./settings";

const CREATIONS = "/v1/anew/creations";
export const PAGE = 48;

export interface Search {
  q: string;
  favourite: boolean;
  deleted: boolean;
}

export const draw = (request: PictureRequest, signal: AbortSignal, address = DRAWN): Promise<Stream<PictureEvent>> =>
  stream<PictureEvent>(address, { method: "POST", body: { ...request, stream: true, partial_images: LOOKS }, signal });

/** Keep a picture with the request that makes it, at the address that it went to. */
export const keep = (request: object, content: string, address = DRAWN, title = ""): Promise<KeptCreation> =>
  json<KeptCreation>(CREATIONS, {
    method: "POST",
    body: { request: { address, body: request, index: 0 }, content_b64: content, title },
  });

/** A picture as the model has it, at its size: what forgets nothing of a picture gives it back. */
export async function asModelHas(model: string, image: string, signal: AbortSignal): Promise<string> {
  const body: FromPictureRequest = { model, prompt: "", image, strength: 0 };
  const { data } = await json<PicturesMade>(EDITED, { method: "POST", body, signal });
  return data[0]?.b64_json ?? "";
}

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

export const encoded = async (id: string, signal: AbortSignal): Promise<string> => base64OfBlob(await content(id, signal));

/** The way from one kept picture to the other. */
export async function path(model: string, ids: readonly [string, string], frames: number, signal: AbortSignal): Promise<{ body: object; way: Walked }> {
  const body = { model, ends: await Promise.all(ids.map((id) => encoded(id, signal))), frames };
  return { body, way: await json<Walked>(WALKED, { method: "POST", body, signal }) };
}

export async function neighbours(model: string, id: string, signal: AbortSignal): Promise<NeighboursFound> {
  const pictures = [await encoded(id, signal)];
  return json<NeighboursFound>("/v1/anew/neighbours", { method: "POST", body: { model, pictures }, signal });
}
