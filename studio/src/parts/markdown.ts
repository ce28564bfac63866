// Markdown into a small tree, of which nothing is HTML: a tag in it is letters like any other. In: what a model wrote.
// Out: blocks, each with the text that it was made of, so that one that has not changed is not drawn again.

export type Inline =
  | { kind: "text"; text: string }
  | { kind: "code"; text: string }
  | { kind: "strong" | "em" | "del"; inside: Inline[] }
  | { kind: "link"; href: string; inside: Inline[] }
  | { kind: "break" };

export type Block =
  | { kind: "heading"; level: number; inside: Inline[] }
  | { kind: "paragraph"; inside: Inline[] }
  | { kind: "code"; language: string; text: string }
  | { kind: "quote"; blocks: Block[] }
  | { kind: "list"; ordered: boolean; start: number; items: Block[][] }
  | { kind: "table"; head: Inline[][]; rows: Inline[][][] }
  | { kind: "rule" };

const FENCE = /^ {0,3}(```+|~~~+)\s*([\w+#.-]*)/;
const ITEM = /^( *)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const RULE = /^ {0,3}([-*_])(?: *\1){2,} *$/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*?)\s*#*$/;
const DEEPEST = 8; // of quotes and lists in each other; beyond it stands what is written

export function parseMarkdown(source: string, depth = 0): Block[] {
  const lines = source.replace(/\r\n?/g, "\n").split("\n");
  const blocks: Block[] = [];
  let at = 0;
  const line = (i: number): string => lines[i] ?? "";
  while (at < lines.length) {
    const now = line(at);
    const fence = FENCE.exec(now);
    const heading = HEADING.exec(now);
    if (now.trim() === "") {
      at += 1;
    } else if (fence !== null) {
      const mark = fence[1] ?? "```";
      const inside: string[] = [];
      for (at += 1; at < lines.length && !isClosing(line(at), mark); at += 1) inside.push(line(at));
      at += 1;
      blocks.push({ kind: "code", language: fence[2] ?? "", text: inside.join("\n") });
    } else if (heading !== null) {
      blocks.push({ kind: "heading", level: (heading[1] ?? "#").length, inside: parseInline(heading[2] ?? "") });
      at += 1;
    } else if (RULE.test(now)) {
      blocks.push({ kind: "rule" });
      at += 1;
    } else if (/^ {0,3}>/.test(now) && depth < DEEPEST) {
      const inside: string[] = [];
      for (; at < lines.length && /^ {0,3}>/.test(line(at)); at += 1) inside.push(line(at).replace(/^ {0,3}> ?/, ""));
      blocks.push({ kind: "quote", blocks: parseMarkdown(inside.join("\n"), depth + 1) });
    } else if (ITEM.test(now) && depth < DEEPEST) {
      const [list, next] = parseList(lines, at, depth);
      blocks.push(list);
      at = next;
    } else if (now.includes("|") && /^[\s|:-]+$/.test(line(at + 1)) && line(at + 1).includes("-")) {
      const head = cells(now);
      const rows: Inline[][][] = [];
      for (at += 2; at < lines.length && line(at).includes("|"); at += 1) rows.push(cells(line(at)));
      blocks.push({ kind: "table", head, rows });
    } else {
      const inside: string[] = [now];
      for (at += 1; at < lines.length && !beginsOther(line(at)); at += 1) inside.push(line(at));
      blocks.push({ kind: "paragraph", inside: parseInline(inside.join("\n").trim()) });
    }
  }
  return blocks;
}

function isClosing(line: string, mark: string): boolean {
  const told = line.trim();
  return told.length >= mark.length && told === (mark[0] ?? "`").repeat(told.length);
}

function beginsOther(line: string): boolean {
  return line.trim() === "" || FENCE.test(line) || HEADING.test(line) || RULE.test(line) || ITEM.test(line) || /^ {0,3}>/.test(line);
}

function cells(line: string): Inline[][] {
  return line
    .trim()
    .replace(/^\||\|$/g, "")
    .split("|")
    .map((cell) => parseInline(cell.trim()));
}

function parseList(lines: string[], from: number, depth: number): [Block, number] {
  const first = ITEM.exec(lines[from] ?? "");
  const indent = (first?.[1] ?? "").length;
  const ordered = /\d/.test(first?.[2] ?? "");
  const items: string[][] = [];
  let at = from;
  for (; at < lines.length; at += 1) {
    const now = lines[at] ?? "";
    const item = ITEM.exec(now);
    const deep = now.length - now.trimStart().length;
    if (item !== null && deep <= indent + 1) {
      if (/\d/.test(item[2] ?? "") !== ordered || deep < indent) break;
      items.push([item[3] ?? ""]);
    } else if (now.trim() === "") {
      if (!/^ {2,}\S/.test(lines[at + 1] ?? "") && !ITEM.test(lines[at + 1] ?? "")) break;
      items.at(-1)?.push("");
    } else if (deep > indent || !beginsOther(now)) {
      items.at(-1)?.push(now.slice(Math.min(deep, indent + 2)));
    } else {
      break;
    }
  }
  const start = ordered ? Number.parseInt(first?.[2] ?? "1", 10) : 1;
  return [{ kind: "list", ordered, start, items: items.map((item) => parseMarkdown(item.join("\n"), depth + 1)) }, at];
}

const ESCAPED = /^\\([\\`*_{}[\]()#+\-.!|~<>])/;
const LINK = /^\[([^[\]]{1,500})\]\(([^()\s]{1,2000})(?: "[^"]*")?\)/;
const BARE = /^https?:\/\/[^\s<>()[\]"'`]+[^\s<>()[\]"'`.,;:!?]/;
const MARKS = [
  ["strong", /^\*\*(?=\S)([^*]{1,2000}?\S|\S)\*\*/],
  ["strong", /^__(?=\S)([^_]{1,2000}?\S|\S)__(?!\w)/],
  ["em", /^\*(?=[^\s*])([^*\n]{1,2000}?[^\s*]|[^\s*])\*/],
  ["em", /^_(?=[^\s_])([^_\n]{1,2000}?[^\s_]|[^\s_])_(?!\w)/],
  ["del", /^~~(?=\S)([^~]{1,2000}?\S|\S)~~/],
] as const;

/** An address that a link may lead to: of the web, spelled out. */
export function safeAddress(href: string): string | null {
  try {
    const url = new URL(href);
    return /^https?:\/\//i.test(href) && (url.protocol === "http:" || url.protocol === "https:") ? url.href : null;
  } catch {
    return null;
  }
}

export function parseInline(source: string, depth = 0): Inline[] {
  const found: Inline[] = [];
  let plain = "";
  let at = 0;
  const put = (one: Inline, length: number): void => {
    if (plain !== "") found.push({ kind: "text", text: plain });
    plain = "";
    found.push(one);
    at += length;
  };
  while (at < source.length) {
    const next = source.slice(at).search(/[\\`*_~[\nh]/);
    if (next !== 0) {
      plain += next < 0 ? source.slice(at) : source.slice(at, at + next);
      at = next < 0 ? source.length : at + next;
      continue;
    }
    const rest = source.slice(at, at + 4100);
    const one = inlineAt(rest, source[at - 1] ?? " ", depth);
    if (one === null) {
      plain += source[at] ?? "";
      at += 1;
    } else if (typeof one[0] === "string") {
      plain += one[0];
      at += one[1];
    } else {
      put(one[0], one[1]);
    }
  }
  if (plain !== "") found.push({ kind: "text", text: plain });
  return found;
}

/** What begins here, and how long it is; a string where it is letters after all. */
function inlineAt(rest: string, before: string, depth: number): [Inline | string, number] | null {
  const escaped = ESCAPED.exec(rest);
  if (escaped !== null) return [escaped[1] ?? "", 2];
  if (rest.startsWith("\n")) return [{ kind: "break" }, 1];
  const ticks = /^`+/.exec(rest)?.[0];
  if (ticks !== undefined) {
    const end = rest.indexOf(ticks, ticks.length);
    if (end < 0) return [ticks, ticks.length];
    return [{ kind: "code", text: rest.slice(ticks.length, end).trim() }, end + ticks.length];
  }
  const link = LINK.exec(rest);
  if (link !== null) {
    const href = safeAddress(link[2] ?? "");
    if (href === null) return [link[0], link[0].length];
    return [{ kind: "link", href, inside: [{ kind: "text", text: link[1] ?? "" }] }, link[0].length];
  }
  const bare = BARE.exec(rest);
  if (bare !== null && !/\w/.test(before)) {
    const href = safeAddress(bare[0]);
    if (href !== null) return [{ kind: "link", href, inside: [{ kind: "text", text: bare[0] }] }, bare[0].length];
  }
  if (depth < DEEPEST && !(rest.startsWith("_") && /\w/.test(before))) {
    for (const [kind, mark] of MARKS) {
      const marked = mark.exec(rest);
      if (marked !== null) return [{ kind, inside: parseInline(marked[1] ?? "", depth + 1) }, marked[0].length];
    }
  }
  return null;
}
