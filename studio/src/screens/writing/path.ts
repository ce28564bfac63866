// A text on its way from an idea to a file: five steps, each with every version of it that there was. Nothing here changes
// what it is given.
import { readKept, writeKept } from "../../parts/kept";
import { newId } from "../chat/tree";

export const STEPS = ["brainstorm", "outline", "draft", "refine", "summary"] as const;
export type Step = (typeof STEPS)[number];
export const WAYS = ["simpler", "shorter", "formal", "friendly", "correct"] as const;

export interface Version {
  id: string;
  text: string;
  /** Who wrote it; a person's has begun as a copy of the one before. */
  by: "model" | "person";
  /** The mark of the text that it was made from. */
  from: string;
  model?: string;
  seed?: number;
  /** It was stopped, or broke off. */
  ending?: "stopped" | "broken";
  /** What there is to know of it, in the words of the day it was made. */
  notes?: readonly string[];
}

export interface Stage {
  versions: readonly Version[];
  /** The id of the one that counts. */
  at: string;
}

export interface Path {
  topic: string;
  /** The idea to go on with; none is the topic itself. */
  idea: string;
  words: number;
  summaryWords: number;
  /** One of WAYS, or a sentence. */
  how: string;
  title: string;
  stages: Readonly<Record<Step, Stage>>;
}

const MOST = 30; // versions of a step
const NONE: Stage = { versions: [], at: "" };
export const BLANK: Path = {
  topic: "", idea: "", words: 300, summaryWords: 60, how: "simpler", title: "",
  stages: { brainstorm: NONE, outline: NONE, draft: NONE, refine: NONE, summary: NONE },
};

export const versionOf = (stage: Stage): Version | undefined => stage.versions.find((one) => one.id === stage.at);
export const textAt = (path: Path, step: Step): string => versionOf(path.stages[step])?.text ?? "";

/** A short mark of a text, by which it is seen whether it is still the same (FNV-1a, of 32 bits). */
export function markOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16);
}

/** The topic, or the idea about it. */
export function subject(path: Path): string {
  const topic = path.topic.trim();
  const whole = path.idea === "" ? topic : `${topic}: ${path.idea}`;
  return whole.slice(0, 2000);
}

/** What a step begins with. */
export function sourceOf(path: Path, step: Step): string {
  switch (step) {
    case "brainstorm":
      return path.topic.trim().slice(0, 2000);
    case "outline":
      return subject(path);
    case "draft":
      return textAt(path, "outline");
    case "refine":
      return textAt(path, "draft");
    case "summary":
      return lastText(path);
  }
}

/** The text as far as it has come. */
export function lastText(path: Path): string {
  return textAt(path, "refine") || textAt(path, "draft");
}

/** Whether what it was made from has changed since. */
export function isStale(path: Path, step: Step): boolean {
  const version = versionOf(path.stages[step]);
  return version !== undefined && version.text !== "" && version.from !== markOf(sourceOf(path, step));
}

function withStage(path: Path, step: Step, stage: Stage): Path {
  return { ...path, stages: { ...path.stages, [step]: stage } };
}

/** With another version of a step, which counts from now on; those before stay. */
export function withVersion(path: Path, step: Step, version: Omit<Version, "id">): Path {
  const made = { ...version, id: newId() };
  return withStage(path, step, { versions: [...path.stages[step].versions, made].slice(-MOST), at: made.id });
}

export function choose(path: Path, step: Step, id: string): Path {
  return withStage(path, step, { ...path.stages[step], at: id });
}

/** With a text that a person wrote: a version of its own beside a model's, from the first letter on. */
export function edited(path: Path, step: Step, text: string): Path {
  const stage = path.stages[step];
  const now = versionOf(stage);
  if (now?.by !== "person") return withVersion(path, step, { text, by: "person", from: now?.from ?? markOf(sourceOf(path, step)) });
  return withStage(path, step, { ...stage, versions: stage.versions.map((one) => (one.id === now.id ? { ...one, text } : one)) });
}

/** The ideas of a list, one a line. */
export function ideasOf(text: string): string[] {
  return text.split("\n").flatMap((line) => /^\s*[-*] +(.+)$/.exec(line)?.[1]?.trim() ?? []);
}

export interface Outline {
  title: string;
  sections: { heading: string; points: string[] }[];
}

const MOST_SECTIONS = 12; // and points of one, as the server has it

/** An outline as a person writes it: `#` its title, `##` its sections, a line for each point. Null without any section. */
export function outlineOf(text: string, topic: string): Outline | null {
  const outline: Outline = { title: "", sections: [] };
  for (const line of text.split("\n")) {
    const heading = /^\s*(#+)\s*(.*\S)\s*$/.exec(line);
    const point = line.replace(/^\s*([-*+]|\d+[.)])\s+/, "").trim();
    if (heading?.[1] === "#") outline.title ||= heading[2] ?? "";
    else if (heading !== null) outline.sections.push({ heading: heading[2] ?? "", points: [] });
    else if (point !== "") outline.sections.at(-1)?.points.push(point);
  }
  outline.title ||= topic || (outline.sections[0]?.heading ?? "");
  outline.sections = outline.sections.slice(0, MOST_SECTIONS).map((one) => ({ ...one, points: one.points.slice(0, MOST_SECTIONS) }));
  return outline.sections.length === 0 ? null : outline;
}

/** The file's title and its text, of which a first heading is the title. */
export function fileOf(path: Path, withSummary: string | null): { title: string; text: string } {
  const whole = lastText(path);
  const first = /^\s*# +(.*\S)[ \t]*(\n+|$)/.exec(whole);
  const body = first === null ? whole : whole.slice(first[0].length);
  const summary = textAt(path, "summary").trim();
  return {
    title: (path.title.trim() || (first?.[1] ?? "") || path.topic.trim()).slice(0, 200),
    text: withSummary !== null && summary !== "" ? `**${withSummary}** ${summary}\n\n${body}` : body,
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

function readVersion(value: unknown): Version[] {
  if (!isRecord(value) || typeof value["id"] !== "string" || typeof value["text"] !== "string") return [];
  const { id, text, by, from, model, seed, ending, notes } = value;
  return [{
    id, text, by: by === "model" ? "model" : "person", from: typeof from === "string" ? from : "",
    ...(typeof model === "string" ? { model } : {}), ...(typeof seed === "number" ? { seed } : {}),
    ...(ending === "stopped" || ending === "broken" ? { ending } : {}),
    ...(Array.isArray(notes) ? { notes: notes.filter((one) => typeof one === "string") } : {}),
  }];
}

export function readPath(kept: unknown): Path {
  if (!isRecord(kept)) return BLANK;
  const words = (name: string): string => (typeof kept[name] === "string" ? kept[name] : "");
  const count = (name: "words" | "summaryWords", most: number): number => {
    const value = kept[name];
    return typeof value === "number" && value >= 20 && value <= most ? value : BLANK[name];
  };
  const held = isRecord(kept["stages"]) ? kept["stages"] : {};
  const stages = Object.fromEntries(
    STEPS.map((step): [Step, Stage] => {
      const stage = held[step];
      if (!isRecord(stage) || !Array.isArray(stage["versions"])) return [step, NONE];
      const versions = stage["versions"].flatMap(readVersion);
      const at = typeof stage["at"] === "string" ? stage["at"] : "";
      return [step, { versions, at: versions.some((one) => one.id === at) ? at : (versions.at(-1)?.id ?? "") }];
    }),
  ) as Record<Step, Stage>;
  return {
    topic: words("topic"), idea: words("idea"), how: words("how") || BLANK.how, title: words("title"),
    words: count("words", 2000), summaryWords: count("summaryWords", 400), stages,
  };
}

export interface Listed {
  id: string;
  title: string;
  changed: number;
}

const LIST = "writing.list";
const place = (id: string): string => `writing.of.${id}`;

export function listPaths(): Listed[] {
  const kept = readKept(LIST);
  if (!Array.isArray(kept)) return [];
  return kept.filter((one): one is Listed => isRecord(one) && typeof one["id"] === "string" && typeof one["title"] === "string" && typeof one["changed"] === "number");
}

export const loadPath = (id: string): Path => readPath(readKept(place(id)));

/** False where the browser takes no more. A path on which nothing stands yet is not kept. */
export function keepPath(id: string, path: Path): boolean {
  const others = listPaths().filter((one) => one.id !== id);
  const blank = path.topic === "" && STEPS.every((step) => path.stages[step].versions.length === 0);
  if (blank) return true;
  return writeKept(place(id), path) && writeKept(LIST, [{ id, title: path.topic.trim().split("\n")[0]?.slice(0, 80) ?? "", changed: Date.now() }, ...others]);
}

export function forgetPath(id: string): void {
  writeKept(place(id), null);
  writeKept(LIST, listPaths().filter((one) => one.id !== id));
}
