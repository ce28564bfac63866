// What two models make of the same words and seed. Both or none: how long one took is told by nothing.
import { json } from "../../api/call";
import type { MadeSounds, Pieces } from "../../api/shapes";
import { ofBase64 } from "../../parts/files";
import { promptOf, seedOf, type Kind, type Settings } from "./trial";

export type Made = { text: string } | { picture: Blob } | { sound: Blob };

export interface Pair {
  a: Made;
  b: Made;
}

const LENGTH = 80; // tokens of a text

const post = async <Shape>(path: string, body: unknown, signal: AbortSignal): Promise<Shape> => json<Shape>(path, { method: "POST", body, signal });

export interface Wish {
  kind: Kind;
  prompt: string;
  seed: number;
  /** How many; of the second the seed is one more. */
  n: number;
  chat: boolean;
}

const blob = (encoded: string, type: string): Blob => new Blob([ofBase64(encoded)], { type });

export async function make(model: string, { kind, prompt, seed, n, chat }: Wish, signal: AbortSignal): Promise<Made[]> {
  switch (kind) {
    case "image": {
      const { data } = await post<{ data: { b64_json: string }[] }>("/v1/images/generations", { model, prompt, seed, n, response_format: "b64_json" }, signal);
      return data.map((one) => ({ picture: blob(one.b64_json, "image/png") }));
    }
    case "text": {
      if (chat) {
        const messages = [{ role: "user", content: prompt }];
        const { choices } = await post<{ choices: { message: { content: string | null } }[] }>("/v1/chat/completions", { model, messages, seed, n, max_tokens: LENGTH }, signal);
        return choices.map((one) => ({ text: one.message.content ?? "" }));
      }
      const { choices } = await post<{ choices: { text: string }[] }>("/v1/completions", { model, prompt, seed, n, max_tokens: LENGTH }, signal);
      return choices.map((one) => ({ text: prompt + one.text }));
    }
    case "audio": {
      const label = prompt.trim();
      const { sounds } = await post<MadeSounds>("/v1/anew/audio/generate", { model, seed, n, answer: "json", ...(label === "" ? {} : { label }) }, signal);
      return sounds.map((one) => ({ sound: blob(one.b64_audio, "audio/wav") }));
    }
    case "music": {
      const { pieces } = await post<Pieces>("/v1/anew/music/compose", { model, seed, n, bars: BARS, format: "wav" }, signal);
      return pieces.map((one) => ({ sound: blob(one.b64, "audio/wav") }));
    }
  }
}

const BARS = 4;

export async function pair(settings: Settings, chat: boolean, round: number, signal: AbortSignal): Promise<Pair> {
  const wish = { kind: settings.kind, prompt: promptOf(settings, round), seed: seedOf(settings, round), n: 1, chat };
  const [a, b] = await Promise.all([settings.a, settings.b].map((model) => make(model, wish, signal)));
  if (a?.[0] === undefined || b?.[0] === undefined) throw new Error();
  return { a: a[0], b: b[0] };
}
