// The requests behind an answer, and the same as people paste them elsewhere.
import type { ChatRequest, CompletionRequest, Message } from "../../api/shapes";
import { sampled, type Dials } from "./dials";
import { asked, type Form } from "./form";
import type { Turn } from "./tree";

export type Mode = "chat" | "complete";

export const CANDIDATES = 5; // what the server tells at most of a piece in completions

export interface Wanted {
  mode: Mode;
  model: string;
  system: string;
  /** The turns that are answered, the last of them the reader's own. */
  line: readonly Turn[];
  /** What the answer begins with, of a branch from a chosen piece. */
  given: string;
  form?: Form | null;
  dials: Dials;
}

export type Request = { path: "/v1/chat/completions"; body: ChatRequest } | { path: "/v1/completions"; body: CompletionRequest };

/** A regular expression that only texts with this beginning match. */
export function beginsWith(given: string): string {
  return `${given.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")}(?s:.*)`;
}

export function requestFor({ mode, model, system, line, given, form = null, dials }: Wanted): Request {
  if (mode === "complete") {
    const prompt = line.map((turn) => turn.text).join("") + given;
    return { path: "/v1/completions", body: { model, prompt, ...sampled(dials), ...asked(form, false) } };
  }
  const messages: Message[] = line.map(({ role, text }) => ({ role, content: text }));
  if (system.trim() !== "") messages.unshift({ role: "system", content: system });
  const body: ChatRequest = { model, messages, ...sampled(dials), ...asked(form, true) };
  if (given !== "") body.guided_regex = beginsWith(given);
  return { path: "/v1/chat/completions", body };
}

const quoted = (words: string): string => `'${words.replace(/'/g, `'\\''`)}'`;

export function asCurl({ path, body }: Request, origin: string, keyed: boolean): string {
  const lines = [`curl -s ${quoted(origin + path)}`, "-H 'content-type: application/json'"];
  if (keyed) lines.push('-H "authorization: Bearer $OPENAI_API_KEY"');
  lines.push(`-d ${quoted(JSON.stringify(body, null, 2))}`);
  return lines.join(" \\\n  ");
}

/** JSON as Python spells it. */
export function python(value: unknown, indent = ""): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) {
    return value.length === 0 ? "[]" : `[\n${value.map((one) => `${indent}    ${python(one, `${indent}    `)},\n`).join("")}${indent}]`;
  }
  if (typeof value === "object") {
    const fields = Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${python(one, indent)}`);
    return `{${fields.join(", ")}}`;
  }
  return JSON.stringify(value);
}

const OPENAI_KNOWS = new Set(["model", "messages", "prompt", "max_tokens", "temperature", "top_p", "seed", "response_format"]);

export function asPython({ path, body }: Request, origin: string, keyed: boolean): string {
  const own = Object.entries(body);
  const known = own.filter(([name]) => OPENAI_KNOWS.has(name));
  const more = own.filter(([name]) => !OPENAI_KNOWS.has(name));
  const lines = known.map(([name, value]) => `    ${name}=${python(value, "    ")},`);
  if (more.length > 0) lines.push(`    extra_body=${python(Object.fromEntries(more), "    ")},`);
  const chat = path === "/v1/chat/completions";
  return [
    ...(keyed ? ["import os", ""] : []),
    "from openai import OpenAI",
    "",
    `client = OpenAI(base_url=${JSON.stringify(`${origin}/v1`)}, api_key=${keyed ? 'os.environ["OPENAI_API_KEY"]' : '"any"'})`,
    `said = client.${chat ? "chat.completions" : "completions"}.create(`,
    ...lines,
    ")",
    `print(said.choices[0].${chat ? "message.content" : "text"})`,
    "",
  ].join("\n");
}
