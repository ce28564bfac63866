// What an answer is held to: free, JSON of a schema, or a text that a regular expression matches.
import type { ChatRequest, CompletionRequest } from "../../api/shapes";

export type Form = { kind: "json"; schema: string } | { kind: "regex"; pattern: string };

/** What is set, with what was typed for the other kind, so that going back and forth loses nothing. */
export interface FormSet {
  kind: "free" | Form["kind"];
  schema: string;
  pattern: string;
}

export const FREE: FormSet = { kind: "free", schema: "", pattern: "" };

export function readForm(kept: unknown): FormSet {
  if (typeof kept !== "object" || kept === null) return FREE;
  const { kind, schema, pattern } = kept as Record<string, unknown>;
  return {
    kind: kind === "json" || kind === "regex" ? kind : "free",
    schema: typeof schema === "string" ? schema : "",
    pattern: typeof pattern === "string" ? pattern : "",
  };
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** The schema, where it is an object of JSON; otherwise why it is none, in the words of the browser. */
export function parsedSchema(schema: string): { schema: JsonObject; wrong: null } | { schema: null; wrong: string } {
  try {
    const value: unknown = JSON.parse(schema);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { schema: value as JsonObject, wrong: null };
    return { schema: null, wrong: "" };
  } catch (thrown) {
    return { schema: null, wrong: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}

/** The form that is asked for, or null where there is none, or nothing that can be asked for yet. */
export function formOf({ kind, schema, pattern }: FormSet): Form | null {
  if (kind === "json") return parsedSchema(schema).schema === null ? null : { kind, schema };
  if (kind === "regex") return pattern === "" ? null : { kind, pattern };
  return null;
}

type Held = Pick<Partial<ChatRequest & CompletionRequest>, "response_format" | "guided_json" | "guided_regex">;

/** What a request says of it. */
export function asked(form: Form | null, chat: boolean): Held {
  if (form === null) return {};
  if (form.kind === "regex") return { guided_regex: form.pattern };
  const { schema } = parsedSchema(form.schema);
  if (schema === null) return {};
  if (chat) return { response_format: { type: "json_schema", json_schema: { name: "answer", schema, strict: true } } };
  return { guided_json: schema };
}
