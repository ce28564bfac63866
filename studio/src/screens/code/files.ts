// The files that somebody writes, as they are kept in this browser: each under names of its own, so that little is written
// at a time, and a list of them in their order. A file that is closed is still kept.
import { readKept, readText, writeKept } from "../../parts/kept";

export interface CodeFile {
  id: string;
  name: string;
  /** Whether it has a tab. */
  open: boolean;
  text: string;
  tests: string;
}

const LIST = "code.files";
export const textPlace = (id: string): string => `code.text.${id}`;
export const testsPlace = (id: string): string => `code.tests.${id}`;

export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(6)), (one) => one.toString(16).padStart(2, "0")).join("");
}

export function readFiles(): CodeFile[] {
  const kept = readKept(LIST);
  if (!Array.isArray(kept)) return [];
  return kept.flatMap((one: unknown) => {
    if (typeof one !== "object" || one === null) return [];
    const { id, name, open } = one as Record<string, unknown>;
    if (typeof id !== "string" || !/^[0-9a-f]{12}$/.test(id) || typeof name !== "string") return [];
    return [{ id, name, open: open !== false, text: readText(readKept(textPlace(id))), tests: readText(readKept(testsPlace(id))) }];
  });
}

/** Writes what differs from `before`. False where the browser takes no more. */
export function writeFiles(files: readonly CodeFile[], before: readonly CodeFile[]): boolean {
  const known = new Map(before.map((one) => [one.id, one]));
  let took = true;
  const write = (place: string, value: unknown): void => {
    took = writeKept(place, value) && took;
  };
  for (const { id, text, tests } of files) {
    const old = known.get(id);
    if (old?.text !== text) write(textPlace(id), text);
    if (old?.tests !== tests) write(testsPlace(id), tests === "" ? null : tests);
    known.delete(id);
  }
  for (const id of known.keys()) {
    writeKept(textPlace(id), null);
    writeKept(testsPlace(id), null);
  }
  write(LIST, files.map(({ id, name, open }) => ({ id, name, open })));
  return took;
}

/** A name that none of the others has: `mean.py`, `mean-2.py`. */
export function freeName(wanted: string, files: readonly CodeFile[]): string {
  const taken = new Set(files.map((one) => one.name));
  const [, stem = wanted, end = ""] = /^(.+?)(\.[^.]*)?$/.exec(wanted) ?? [];
  let name = wanted;
  for (let i = 2; taken.has(name); i += 1) name = `${stem}-${i}${end}`;
  return name;
}

export function added(files: readonly CodeFile[], name: string, text: string, id: string = newId()): CodeFile[] {
  return [...files, { id, name: freeName(name, files), open: true, text, tests: "" }];
}

export const isPython = (name: string): boolean => name.endsWith(".py");

/** What its tests import it by, where its name is one that Python can import. */
export function moduleOf(name: string): string {
  const stem = name.replace(/\.py$/, "");
  return /^[A-Za-z_]\w*$/.test(stem) ? stem : "program";
}

/** The other files that a file's tests find beside it. */
export function beside(files: readonly CodeFile[], file: CodeFile): Record<string, string> {
  const found: Record<string, string> = {};
  for (const one of files) {
    if (one.id !== file.id && one.open && /^[A-Za-z_]\w*\.py$/.test(one.name)) found[one.name] = one.text;
  }
  return found;
}

/** Tests behind those that are there, without saying the same import twice. */
export function withTests(before: string, more: string): string {
  if (before.trim() === "") return more;
  const said = new Set(before.split("\n"));
  const lines = more.split("\n").filter((line) => !(/^(from|import) /.test(line) && said.has(line)));
  const names = new Set(Array.from(before.matchAll(/^def (test_\w+)/gm), (one) => one[1] ?? ""));
  const renamed = lines.map((line) =>
    line.replace(/^def (test_\w+?)(_\d+)?\(/, (whole, stem: string, number: string | undefined) => {
      if (!names.has(stem + (number ?? ""))) return whole;
      let i = 2;
      while (names.has(`${stem}_${i}`)) i += 1;
      names.add(`${stem}_${i}`);
      return `def ${stem}_${i}(`;
    }),
  );
  return `${before.trimEnd()}\n\n\n${renamed.join("\n").trim()}\n`;
}
