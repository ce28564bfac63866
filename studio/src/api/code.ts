// What the code screen asks: a middle between two sides, a run in the sandbox, and the tasks of code with what they tell
// while they are at it.
import { json } from "./call";
import { stream } from "./events";
import { Fault } from "./fault";
import type { components } from "./schema";
import type { CompletionChunk } from "./shapes";

type Schemas = components["schemas"];

export type Ran = Schemas["CodeRan"];
export type Outcome = Ran["outcome"];
export type Tested = Schemas["Tested"];
export type Trial = Schemas["Trial"];
export type Fixed = Schemas["Fixed"];
export type Draft = Schemas["anew__tasks__code__judging__Draft"];
export type Documented = Schemas["Documented"];
export type Explanation = Schemas["Explanation"];

export interface Program {
  program: string;
  tests?: string;
  module?: string;
  beside?: Record<string, string>;
  seconds: number;
  memory_mb: number;
}

export const runCode = (program: Program, signal: AbortSignal): Promise<Ran> =>
  json("/v1/anew/code/run", { method: "POST", body: program, signal });

export interface Results {
  explain: Explanation;
  docstring: Documented;
  tests: Tested;
  fix: Fixed;
}

export type TaskName = keyof Results;

export interface Done<Name extends TaskName> {
  task: string;
  model: string;
  seed: number;
  result: Results[Name];
}

type TaskEvent<Name extends TaskName> = { type: "delta"; answer: number; delta: string } | ({ type: "result" } & Done<Name>);

/** A task's result; what it writes on the way is told draft by draft. */
export async function perform<Name extends TaskName>(
  name: Name, body: Record<string, unknown>, grown: (drafts: readonly string[]) => void, signal: AbortSignal,
): Promise<Done<Name>> {
  const { events } = await stream<TaskEvent<Name>>(`/v1/anew/tasks/${name}`, { method: "POST", body: { ...body, stream: true }, signal });
  const drafts: string[] = [];
  let done: Done<Name> | null = null;
  for await (const one of events) {
    if (one.type === "result") {
      done = one;
    } else {
      while (drafts.length <= one.answer) drafts.push("");
      drafts[one.answer] = (drafts[one.answer] ?? "") + one.delta;
      grown([...drafts]);
    }
  }
  if (done === null) throw new Fault("away", "");
  return done;
}

interface FimChunk {
  choices: { delta: { content?: string | null }; finish_reason: string | null }[];
}

export interface Between {
  model: string;
  prompt: string;
  suffix: string;
  max_tokens: number;
  temperature: number;
  min_p: number;
  seed?: number;
  stop: string[];
}

/** What is written, and at the end why it ended. */
export interface Piece {
  text: string;
  ending: string | null;
}

/** What stands between the two sides. Refused, naming `suffix`, by a model that never learnt to look behind. */
export async function* between(asked: Between, signal: AbortSignal): AsyncGenerator<Piece, void> {
  const { events } = await stream<FimChunk>("/v1/fim/completions", { method: "POST", body: { ...asked, stream: true }, signal });
  for await (const chunk of events) {
    const choice = chunk.choices[0];
    if (choice !== undefined) yield { text: choice.delta.content ?? "", ending: choice.finish_reason };
  }
}

/** What goes on behind the first side, whatever the other is. */
export async function* behind(asked: Omit<Between, "suffix">, signal: AbortSignal): AsyncGenerator<Piece, void> {
  const { events } = await stream<CompletionChunk>("/v1/completions", { method: "POST", body: { ...asked, stream: true }, signal });
  for await (const chunk of events) {
    const choice = chunk.choices[0];
    if (choice !== undefined) yield { text: choice.text, ending: choice.finish_reason };
  }
}
