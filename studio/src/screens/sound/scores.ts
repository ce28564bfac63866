// Scores that are given: what a file is is told by its own beginning, never by its name. It is read by the server alone,
// but for MIDI, of which a picture is drawn here.
import type { ComposeRequest } from "../../api/shapes";
import { text } from "../../text";
import { isCount, type ComposeWords } from "./asked";
import { base64Of } from "../../parts/files";
import type { Score } from "./midi";

const MOST = 3_000_000; // bytes, as the server takes them in base64

export const WAYS = ["melody", "begin", "fill"] as const;
export type Way = (typeof WAYS)[number];

/** The words that a piece heeds which begins from a score; the others are as the score has them. */
const HEEDED: Readonly<Record<Way, readonly (keyof ComposeWords)[]>> = {
  melody: ["key", "mode", "style", "instruments", "seed"], begin: ["bars", "seed"], fill: ["seed"],
};

export interface Given {
  name: string;
  /** The file, in base64. */
  content: string;
  way: Way;
  /** Bars that are written anew: 5-6. */
  gap: string;
  /** Voices that stay in them: 1,2. */
  keep: string;
}

export class NoScore extends Error {}

function isScore(bytes: Uint8Array): boolean {
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 4096)).replace(/^\u00ef\u00bb\u00bf/, "").trimStart();
  if (["MThd", "PK\u0003\u0004", "X:", "**", "!!"].some((begin) => head.startsWith(begin))) return true;
  return head.startsWith("<") && /<score-(partwise|timewise)[\s>]/.test(head);
}

export async function scoreOf(file: File): Promise<Given> {
  const { sound } = text;
  if (file.size > MOST) throw new NoScore(sound.scoreTooLarge(file.name));
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (!isScore(bytes)) throw new NoScore(sound.noScore(file.name));
  return { name: file.name, content: base64Of(bytes), way: "melody", gap: "", keep: "" };
}

export function readGiven(kept: unknown): Given | null {
  if (typeof kept !== "object" || kept === null) return null;
  const { name, content, way, gap, keep } = kept as Record<string, unknown>;
  const known = WAYS.find((one) => one === way);
  if (typeof name !== "string" || typeof content !== "string" || known === undefined) return null;
  return { name, content, way: known, gap: typeof gap === "string" ? gap : "", keep: typeof keep === "string" ? keep : "" };
}

export const isGap = (typed: string): boolean => {
  const [, from, until] = /^\s*(\d{1,4})\s*(?:-\s*(\d{1,4})\s*)?$/.exec(typed) ?? [];
  return from !== undefined && isCount(from, 9999) && Number(until ?? from) >= Number(from);
};

export const isVoices = (typed: string): boolean => typed.trim() === "" || /^\s*\d{1,2}(\s*,\s*\d{1,2})*\s*$/.test(typed);

/** Which words are of no use to the way that is chosen. */
export const idle = (given: Given | null, word: keyof ComposeWords): boolean => given !== null && !HEEDED[given.way].includes(word);

/** The request for a piece that begins from a score, without the words that it does not heed. */
export function withScore(request: ComposeRequest, given: Given | null): ComposeRequest {
  if (given === null) return request;
  const heeded = new Set<string>(["model", "n", ...HEEDED[given.way]]);
  const left = Object.fromEntries(Object.entries(request).filter(([name]) => heeded.has(name))) as ComposeRequest;
  const more = given.way === "fill" ? { gap: given.gap.replaceAll(" ", ""), ...(given.keep.trim() === "" ? {} : { keep: given.keep.replaceAll(" ", "") }) } : {};
  return { ...left, [given.way]: given.content, ...more };
}

/** The score in the body of a request that was kept. */
export function givenIn(body: Readonly<Record<string, unknown>>, name: string): Given | null {
  const way = WAYS.find((one) => typeof body[one] === "string");
  return way === undefined ? null : readGiven({ ...body, name, content: body[way], way });
}

/** From when to when a piece is new: in the bars that were filled, or after what was given. */
export function fresh(given: Given | null, before: Score | null, made: Score): [number, number] | null {
  if (given?.way === "begin" && before !== null) return [before.seconds, made.seconds];
  if (given?.way !== "fill") return null;
  const [from = 1, until = from] = given.gap.split("-").map(Number);
  return [made.bars[from - 1] ?? 0, made.bars[until] ?? made.seconds];
}
