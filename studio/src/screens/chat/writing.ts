// An answer as it comes: of both kinds of endpoint the same pieces.
import { stream } from "../../api/events";
import type { ChatChunk, CompletionChunk } from "../../api/shapes";
import { CANDIDATES, requestFor, type Wanted } from "./request";
import type { Piece } from "./tree";

export interface Progress {
  /** What is new of the text since the last. */
  text: string;
  pieces: Piece[];
  ending: string | null;
  tokens: number | null;
}

export interface Written {
  seed: string;
  progress: AsyncGenerator<Progress, void>;
}

const likelier = (a: readonly [string, number], b: readonly [string, number]): number => b[1] - a[1];

export function ofChat(chunk: ChatChunk): Progress {
  const choice = chunk.choices[0];
  const pieces = (choice?.logprobs?.content ?? []).map((one) => ({
    text: one.token,
    logprob: one.logprob,
    best: one.top_logprobs.map((other) => [other.token, other.logprob] as const).sort(likelier),
  }));
  return {
    text: choice?.delta.content ?? "",
    pieces,
    ending: choice?.finish_reason ?? null,
    tokens: chunk.usage?.completion_tokens ?? null,
  };
}

export function ofCompletion(chunk: CompletionChunk): Progress {
  const choice = chunk.choices[0];
  const told = choice?.logprobs;
  const pieces = (told?.tokens ?? []).map((text, i) => ({
    text,
    logprob: told?.token_logprobs[i] ?? null,
    best: (told?.anew?.top[i]?.map((one) => [one.token, one.logprob] as const) ?? Object.entries(told?.top_logprobs[i] ?? {})).sort(likelier),
  }));
  return {
    text: choice?.text ?? "",
    pieces,
    ending: choice?.finish_reason ?? null,
    tokens: chunk.usage?.completion_tokens ?? null,
  };
}

export async function write(wanted: Wanted, signal: AbortSignal): Promise<Written> {
  const { path, body } = requestFor(wanted);
  const streamed = { ...body, stream: true, stream_options: { include_usage: true } };
  if (path === "/v1/chat/completions") {
    const told = await stream<ChatChunk>(path, {
      method: "POST",
      body: { ...streamed, logprobs: true, top_logprobs: CANDIDATES },
      signal,
    });
    return { seed: told.headers.get("x-anew-seed") ?? "", progress: mapped(told.events, ofChat) };
  }
  const told = await stream<CompletionChunk>(path, {
    method: "POST",
    body: { ...streamed, logprobs: CANDIDATES },
    signal,
  });
  return { seed: told.headers.get("x-anew-seed") ?? "", progress: mapped(told.events, ofCompletion) };
}

async function* mapped<From>(events: AsyncGenerator<From, void>, one: (event: From) => Progress): AsyncGenerator<Progress, void> {
  for await (const event of events) yield one(event);
}
