// Tasks, whose answers come as they are drawn, and texts as files.
import { ask } from "./call";
import { stream } from "./events";
import { Fault } from "./fault";
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Answered = Schemas["Answer"];
export type Summary = Schemas["Summary"];
export type Rewritten = Schemas["Rewrite"];

export interface Done<Result> {
  type: "result";
  task: string;
  model: string;
  seed: number;
  text: string;
  result: Result;
}

interface Delta {
  type: "delta";
  answer: number;
  delta: string;
}

/** A task's result. `grows` hears all of its answers each time that one of them has grown. */
export async function task<Result>(
  name: string, body: Readonly<Record<string, unknown>>, signal: AbortSignal, grows: (answers: readonly string[]) => void = () => undefined,
): Promise<Done<Result>> {
  const told = await stream<Delta | Done<Result>>(`/v1/anew/tasks/${name}`, { method: "POST", body: { ...body, stream: true }, signal });
  const answers: string[] = [];
  for await (const one of told.events) {
    if (one.type === "result") return one;
    while (answers.length <= one.answer) answers.push("");
    answers[one.answer] = (answers[one.answer] ?? "") + one.delta;
    grows(answers);
  }
  throw new Fault("away", "");
}

export const FORMATS = ["md", "html", "docx", "txt"] as const;
export type Format = (typeof FORMATS)[number];

export async function exported(asked: { text: string; title: string; format: Format }): Promise<{ name: string; content: Blob }> {
  const answer = await ask("/v1/anew/documents", { method: "POST", body: asked });
  const name = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition") ?? "")?.[1] ?? `document.${asked.format}`;
  return { name, content: await answer.blob() };
}
