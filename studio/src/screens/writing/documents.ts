// Texts to answer from, as this browser keeps them, and the places in them that answers quote.

export interface Held {
  id: string;
  name: string;
  text: string;
}

export interface Quoted {
  /** The document's id. */
  in: string;
  name: string;
  /** From where to where in its text, as JavaScript counts. */
  start: number;
  end: number;
  text: string;
}

export interface Asked {
  id: string;
  question: string;
  model: string;
  /** Null: the documents do not answer it. */
  text: string | null;
  quotes: readonly Quoted[];
  support: number;
  needed: number;
  dropped: readonly { sentence: string; missing: readonly string[] }[];
}

export const MOST_KEPT = 1_000_000; // characters of all documents that a browser keeps beside everything else
export const MOST_FILE = 4 << 20; // characters that the server takes of one
export const MOST_DOCUMENTS = 64;
const MOST_ASKED = 50;

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === "string";

export function readHeld(kept: unknown): readonly Held[] {
  if (!Array.isArray(kept)) return [];
  return kept.filter((one): one is Held => isRecord(one) && isText(one["id"]) && isText(one["name"]) && isText(one["text"])).slice(0, MOST_DOCUMENTS);
}

function isQuoted(one: unknown): one is Quoted {
  return isRecord(one) && isText(one["in"]) && isText(one["name"]) && isText(one["text"]) && typeof one["start"] === "number" && typeof one["end"] === "number";
}

export function readAsked(kept: unknown): readonly Asked[] {
  if (!Array.isArray(kept)) return [];
  const good = kept.filter(
    (one): one is Asked =>
      isRecord(one) && isText(one["id"]) && isText(one["question"]) && isText(one["model"]) && (one["text"] === null || isText(one["text"])) &&
      Array.isArray(one["quotes"]) && one["quotes"].every(isQuoted) && typeof one["support"] === "number" && typeof one["needed"] === "number" &&
      Array.isArray(one["dropped"]) && one["dropped"].every((left) => isRecord(left) && isText(left["sentence"]) && Array.isArray(left["missing"])),
  );
  return good.slice(0, MOST_ASKED);
}

/** What is kept of the documents: all, or none where they are too much. */
export function keepable(held: readonly Held[]): readonly Held[] {
  return held.reduce((all, one) => all + one.text.length, 0) <= MOST_KEPT ? held : [];
}

const SKIPPED = "script, style, noscript, template, head, svg";
const BLOCKS = "p, div, li, h1, h2, h3, h4, h5, h6, tr, section, article, blockquote, pre, dt, dd, figcaption, table, ul, ol";

/** Without its styles, of which the browser would say that the page's policy forbids them. */
function unstyled(page: string): string {
  return page.replace(/<style\b[\s\S]*?<\/style\s*>/gi, "").replace(/<[^<>]*>/g, (tag) => tag.replace(/(\s)style(\s*=)/gi, "$1data-style$2"));
}

/** The text of a page: parsed where nothing of it is loaded and nothing runs. */
export function textOfPage(page: string): string {
  const parsed = new DOMParser().parseFromString(unstyled(page), "text/html");
  for (const one of parsed.querySelectorAll(SKIPPED)) one.remove();
  for (const one of parsed.querySelectorAll("br")) one.replaceWith("\n");
  for (const one of parsed.querySelectorAll(BLOCKS)) one.append("\n");
  for (const one of parsed.querySelectorAll("td, th")) one.append(" ");
  return parsed.body.textContent.replace(/[ \t\f\v]+/g, " ").replace(/ ?\n ?/g, "\n").replace(/\n{3,}/g, "\n\n").trim();
}

/** A file's text; null of one that is no text. */
export function textOf(name: string, bytes: ArrayBuffer): string | null {
  let read: string;
  try {
    read = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
  if (read.includes("\0")) return null;
  const isPage = /\.(html?|xhtml)$/i.test(name) || /^\s*<(!doctype html|html)\b/i.test(read.slice(0, 200));
  return (isPage ? textOfPage(read) : read.replace(/\r\n?/g, "\n")).slice(0, MOST_FILE);
}

/** A place that is counted in characters as Python counts, in JavaScript's. */
export function placeIn(text: string, at: number): number {
  let place = 0;
  for (let left = at; left > 0 && place < text.length; left -= 1) place += (text.codePointAt(place) ?? 0) > 0xffff ? 2 : 1;
  return place;
}

const PART = 2000; // characters of a part that is laid out by itself

export interface Part {
  start: number;
  text: string;
}

/** A text in parts that end with lines, so that one out of sight needs no layout. */
export function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  for (let start = 0; start < text.length; ) {
    const line = text.indexOf("\n", start + PART);
    const end = line < 0 || line > start + 3 * PART ? Math.min(text.length, start + 3 * PART) : line + 1;
    parts.push({ start, text: text.slice(start, end) });
    start = end;
  }
  return parts;
}

export interface Piece {
  text: string;
  /** Which quotation it belongs to. */
  quote: number | null;
}

/** A part as what is quoted in it and what is not. */
export function marked(part: Part, quotes: readonly Pick<Quoted, "start" | "end">[]): Piece[] {
  const end = part.start + part.text.length;
  const inside = quotes
    .map((one, quote) => ({ from: Math.max(one.start, part.start), to: Math.min(one.end, end), quote }))
    .filter((one) => one.from < one.to)
    .sort((a, b) => a.from - b.from);
  const pieces: Piece[] = [];
  let at = part.start;
  for (const { from, to, quote } of inside) {
    if (from < at) continue;
    if (from > at) pieces.push({ text: part.text.slice(at - part.start, from - part.start), quote: null });
    pieces.push({ text: part.text.slice(from - part.start, to - part.start), quote });
    at = to;
  }
  if (at < end) pieces.push({ text: part.text.slice(at - part.start), quote: null });
  return pieces;
}
