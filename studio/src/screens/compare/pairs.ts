// What two models make of the same words and seed. Both or none: how long one took is told by nothing.
import { json } from "../../api/call";
import type { MadeSounds, Pieces } from "../../api/shapes";
import { ofBase64 } from "../../parts/files";
import { promptOf, seedOf, type Settings } from "./trial";

export type Made = { text: string } | { picture: Blob } | { sound: Blob };

export interface Pair {
  a: Made;
  b: Made;
}

const LENGTH = 80; // tokens of a text

const post = async <Shape>(path: string, body: unknown, signal: AbortSignal): Promise<Shape> => json<Shape>(path, { method: "POST", body, signal });

async function make(settings: Settings, model: string, chat: boolean, round: number, signal: AbortSignal): Promise<Made> {
  const prompt = promptOf(settings, round);
  const seed = seedOf(settings, round);
  switch (settings.kind) {
    case "image": {
      const { data } = await post<{ data: { b64_json: string }[] }>("/v1/images/generations", { model, prompt, seed, response_format: "b64_json" }, signal);
      return { picture: new Blob([ofBase64(data[0]?.b64_json ?? "")], { type: "image/png" }) };
    }
    case "text": {
      if (chat) {
        const messages = [{ role: "user", content: prompt }];
        const { choices } = await post<{ choices: { message: { content: string | null } }[] }>("/v1/chat/completions", { model, messages, seed, max_tokens: LENGTH }, signal);
        return { text: choices[0]?.message.content ?? "" };
      }
      const { choices } = await post<{ choices: { text: string }[] }>("/v1/completions", { model, prompt, seed, max_tokens: LENGTH }, signal);
      return { text: prompt + (choices[0]?.text ?? "") };
    }
    case "audio": {
      const label = prompt.trim();
      const { sounds } = await post<MadeSounds>("/v1/anew/audio/generate", { model, seed, answer: "json", ...(label === "" ? {} : { label }) }, signal);
      return { sound: new Blob([ofBase64(sounds[0]?.b64_audio ?? "")], { type: "audio/wav" }) };
    }
    case "music": {
      const { pieces } = await post<Pieces>("/v1/anew/music/compose", { model, seed, bars: BARS, format: "wav" }, signal);
      return { sound: new Blob([ofBase64(pieces[0]?.b64 ?? "")], { type: "audio/wav" }) };
    }
  }
}

const BARS = 4;

export async function pair(settings: Settings, chat: boolean, round: number, signal: AbortSignal): Promise<Pair> {
  const [a, b] = await Promise.all([settings.a, settings.b].map((model) => make(settings, model, chat, round, signal)));
  if (a === undefined || b === undefined) throw new Error();
  return { a, b };
}
