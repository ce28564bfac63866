// What the screen asks of the server.
import { json } from "../../api/call";
import { content } from "../../api/creations";
import { stream, type Stream } from "../../api/events";
import { DRAWN, EDITED, WALKED, type FromPictureRequest, type PicturesMade } from "../../api/images";
import type { NeighboursFound, PictureEvent, PictureRequest, Walked } from "../../api/shapes";
import { base64OfBlob } from "../../parts/files";
import { LOOKS } from "./settings";

export const draw = (request: PictureRequest, signal: AbortSignal, address = DRAWN): Promise<Stream<PictureEvent>> =>
  stream<PictureEvent>(address, { method: "POST", body: { ...request, stream: true, partial_images: LOOKS }, signal });

/** A picture as the model has it, at its size: what forgets nothing of a picture gives it back. */
export async function asModelHas(model: string, image: string, signal: AbortSignal): Promise<string> {
  const body: FromPictureRequest = { model, prompt: "", image, strength: 0 };
  const { data } = await json<PicturesMade>(EDITED, { method: "POST", body, signal });
  return data[0]?.b64_json ?? "";
}

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
