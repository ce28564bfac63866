// A kept sound, as it is heard: a file of its own, or a score whose sound the server makes once more.
import { json } from "../../api/call";
import { content, one } from "../../api/creations";
import type { KeptCreation, Rendered } from "../../api/shapes";
import { base64Of, ofBase64 } from "../../parts/files";
import { readMidi, type Score } from "./midi";
import { decode, Player } from "./Player";

export interface HeardAgain {
  kept: KeptCreation;
  file: Blob;
  score: Score | null;
  player: Player;
}

export const COMPOSE = "/v1/anew/music/compose";

export const indexOf = (kept: KeptCreation): number => (typeof kept.request["index"] === "number" ? kept.request["index"] : 0);

export async function heardOf(id: string, signal: AbortSignal): Promise<HeardAgain> {
  const kept = await one(id, signal);
  const file = await content(id, signal);
  const bytes = new Uint8Array(await new Response(file).arrayBuffer());
  if (kept.media_type !== "audio/midi") return { kept, file, score: null, player: new Player(await decode(bytes)) };
  return { kept, file, score: readMidi(bytes), player: await played(base64Of(bytes), signal) };
}

const RENDER = "/v1/anew/music/render";

/** A score's file, in base64, as sound. */
export async function played(score: string, signal: AbortSignal): Promise<Player> {
  const { b64 } = await json<Rendered>(RENDER, { method: "POST", body: { score, format: "wav" }, signal });
  return new Player(await decode(ofBase64(b64)));
}

/** Whatever form it has, as notes. */
export async function notesOf(score: string, signal: AbortSignal): Promise<Score> {
  const { b64 } = await json<Rendered>(RENDER, { method: "POST", body: { score, format: "mid" }, signal });
  return readMidi(ofBase64(b64));
}

