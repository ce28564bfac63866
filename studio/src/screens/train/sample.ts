// What a record is, so that it can be shown as it is: a picture, a sound, a row, a conversation, words.
import type { Peeked } from "../../api/train";

export type Sample =
  | { kind: "picture" | "sound"; content: Blob }
  | { kind: "row"; cells: [string, string][] }
  | { kind: "talk"; messages: { role: string; content: string }[] }
  | { kind: "words"; words: string }
  | { kind: "file"; bytes: number };

/* eslint-disable no-control-regex -- files begin with what is no letter */
const MARKS: readonly [string, "picture" | "sound", RegExp][] = [
  ["image/png", "picture", /^\x89PNG/],
  ["image/jpeg", "picture", /^\xff\xd8\xff/],
  ["image/gif", "picture", /^GIF8/],
  ["image/bmp", "picture", /^BM/],
  ["image/webp", "picture", /^RIFF[^]{4}WEBP/],
  ["audio/wav", "sound", /^RIFF[^]{4}WAVE/],
  ["audio/flac", "sound", /^fLaC/],
  ["audio/ogg", "sound", /^OggS/],
  ["audio/mpeg", "sound", /^(ID3|\xff[\xe2-\xff])/],
  ["audio/aiff", "sound", /^FORM[^]{4}AIF/],
];

export function sampleOf(record: Peeked): Sample {
  if (typeof record.b64 === "string") {
    const letters = atob(record.b64);
    const mark = MARKS.find(([, , begins]) => begins.test(letters.slice(0, 16)));
    if (mark !== undefined) return { kind: mark[1], content: new Blob([Uint8Array.from(letters, (letter) => letter.charCodeAt(0))], { type: mark[0] }) };
    return /[\0-\x08]/.test(letters.slice(0, 400)) ? { kind: "file", bytes: letters.length } : { kind: "words", words: letters.slice(0, 2000) };
  }
  return ofText(record.text ?? "");
}

function ofText(words: string): Sample {
  if (!/^\s*[{[]/.test(words)) return { kind: "words", words };
  let value: unknown;
  try {
    value = JSON.parse(words);
  } catch {
    return { kind: "words", words };
  }
  const said = Array.isArray(value) ? value : (value as { messages?: unknown } | null)?.messages;
  if (Array.isArray(said) && said.length > 0 && said.every(isSaid)) return { kind: "talk", messages: said };
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { kind: "words", words };
  return { kind: "row", cells: Object.entries(value).map(([name, cell]) => [name, cell === null ? "" : typeof cell === "string" ? cell : JSON.stringify(cell)]) };
}

const isSaid = (one: unknown): one is { role: string; content: string } =>
  typeof (one as { role?: unknown } | null)?.role === "string" && typeof (one as { content?: unknown }).content === "string";

/** Each rule by which something went, with how many it took; the most first. */
export function removedOf(counts: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(counts)
    .flatMap(([name, count]): [string, number][] => {
      const rule = /^(?:removed|skipped): (.*)$/.exec(name)?.[1];
      return rule === undefined || count === 0 ? [] : [[rule, count]];
    })
    .sort((a, b) => b[1] - a[1]);
}
