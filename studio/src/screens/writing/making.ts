// Each step as a task of the server: what is asked, what it looks like while it grows, and what there is to say of it.
import type { Rewritten, Summary } from "../../api/writing";
import { text } from "../../text";
import { readBeginning, type Value } from "../chat/beginning";
import { outlineOf, sourceOf, type Path, type Step } from "./path";

export const TASKS: Readonly<Record<Step, string>> = {
  brainstorm: "brainstorm", outline: "outline", draft: "draft", refine: "rewrite", summary: "summarise",
};
export const DRAFTS = 2; // of a part that is refined, of which the best stays

/** The request's body, or null where there is nothing to begin with. */
export function bodyOf(path: Path, step: Step): Record<string, unknown> | null {
  const source = sourceOf(path, step);
  if (source.trim() === "") return null;
  switch (step) {
    case "brainstorm":
    case "outline":
      return { topic: source };
    case "draft": {
      const outline = outlineOf(source, path.topic.trim());
      return outline === null ? null : { outline, words: path.words };
    }
    case "refine":
      return { text: source, how: path.how, drafts: DRAFTS };
    case "summary":
      return { text: source, words: path.summaryWords };
  }
}

const strings = (value: Value | null | undefined): string[] => {
  if (value === null || value === undefined) return [];
  if (value.kind === "string") return [value.text];
  return value.kind === "array" ? value.items.flatMap(strings) : [];
};

function member(value: Value | null | undefined, name: string): Value | null {
  return value?.kind === "object" ? (value.fields.find((one) => one.name === name)?.value ?? null) : null;
}

function outlined(answer: string): string {
  const { value } = readBeginning(answer, false);
  const sections = member(value, "sections");
  const lines = strings(member(value, "title")).map((title) => `# ${title}`);
  for (const section of sections?.kind === "array" ? sections.items : []) {
    lines.push("", ...strings(member(section, "heading")).map((heading) => `## ${heading}`), "");
    lines.push(...strings(member(section, "points")).map((point) => `- ${point}`));
  }
  return lines.join("\n");
}

/** The answers of a task under way as the text that they become. */
export function grownOf(path: Path, step: Step, answers: readonly string[]): string {
  switch (step) {
    case "brainstorm":
      return answers.flatMap((one) => strings(member(readBeginning(one, false).value, "ideas"))).map((idea) => `- ${idea}`).join("\n");
    case "outline":
      return outlined(answers[0] ?? "");
    case "draft": {
      const outline = outlineOf(sourceOf(path, step), path.topic.trim());
      const parts = answers.map((one, i) => `## ${outline?.sections[i]?.heading ?? ""}\n\n${one.trim()}`);
      return [`# ${outline?.title ?? ""}`, ...parts].join("\n\n");
    }
    case "refine":
      return answers.filter((_, i) => i % DRAFTS === 0).map((one) => one.trim()).join("\n\n");
    case "summary":
      return answers.map((one) => one.trim()).join("\n\n");
  }
}

/** What the task found out beside the text. */
export function notesOf(step: Step, result: unknown): string[] {
  const { writing } = text;
  const notes: string[] = [];
  if (step === "refine") {
    const { before, after, added } = result as Rewritten;
    if (before !== null && after !== null) notes.push(writing.ease(before.toFixed(0), after.toFixed(0)));
    if (added.length > 0) notes.push(writing.added(added.join(", ")));
  }
  if (step === "summary") {
    for (const one of (result as Summary).dropped) notes.push(writing.left(one.sentence, one.missing.join(", ")));
  }
  return notes;
}
