// JSON as far as it has come: the tree of what is there, each part of it whole or still growing. Nothing is thrown: where
// it is none, it says where.

export type Value =
  | { kind: "object"; whole: boolean; fields: Member[] }
  | { kind: "array"; whole: boolean; items: Value[] }
  | { kind: "string" | "number" | "literal"; whole: boolean; text: string };

export interface Member {
  name: string;
  /** Whether the name is whole. */
  named: boolean;
  value: Value | null;
}

export interface Read {
  value: Value | null;
  /** Where it stopped being JSON. */
  wrong: number | null;
}

const DEEPEST = 100;
const LITERALS = ["true", "false", "null"];
const ESCAPES: Readonly<Record<string, string | undefined>> = {
  '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t",
};
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const NUMBER_BEGINS = /^-?((0|[1-9]\d*)(\.\d*)?([eE][+-]?\d*)?)?$/;
const BEHIND_DOT = /\.[eE]/;

class Wrong extends Error {}

class Reader {
  at = 0;
  readonly source: string;
  readonly over: boolean;

  constructor(source: string, over: boolean) {
    this.source = source;
    this.over = over;
  }

  ended(): boolean {
    return this.at >= this.source.length;
  }

  blanks(): void {
    while (/[ \t\n\r]/.test(this.source[this.at] ?? "")) this.at += 1;
  }

  takes(letter: string): boolean {
    if (this.source[this.at] !== letter) return false;
    this.at += 1;
    return true;
  }

  /** Null where the text ends before anything begins. */
  value(depth: number): Value | null {
    this.blanks();
    const first = this.source[this.at];
    if (first === undefined) return null;
    if (depth > DEEPEST) throw new Wrong();
    if (first === "{") return this.object(depth);
    if (first === "[") return this.array(depth);
    if (first === '"') return { kind: "string", ...this.string() };
    return this.bare();
  }

  object(depth: number): Value {
    const fields: Member[] = [];
    const growing: Value = { kind: "object", whole: false, fields };
    this.at += 1;
    this.blanks();
    if (this.takes("}")) return { ...growing, whole: true };
    for (;;) {
      this.blanks();
      if (this.ended()) return growing;
      if (this.source[this.at] !== '"') throw new Wrong();
      const { text, whole } = this.string();
      const field: Member = { name: text, named: whole, value: null };
      fields.push(field);
      this.blanks();
      if (this.ended()) return growing;
      if (!this.takes(":")) throw new Wrong();
      field.value = this.value(depth + 1);
      this.blanks();
      if (this.ended()) return growing;
      if (this.takes("}")) return { ...growing, whole: true };
      if (!this.takes(",")) throw new Wrong();
    }
  }

  array(depth: number): Value {
    const items: Value[] = [];
    const growing: Value = { kind: "array", whole: false, items };
    this.at += 1;
    this.blanks();
    if (this.takes("]")) return { ...growing, whole: true };
    for (;;) {
      const item = this.value(depth + 1);
      if (item !== null) items.push(item);
      this.blanks();
      if (this.ended()) return growing;
      if (this.takes("]")) return { ...growing, whole: true };
      if (!this.takes(",")) throw new Wrong();
    }
  }

  string(): { text: string; whole: boolean } {
    let text = "";
    for (this.at += 1; ; this.at += 1) {
      const letter = this.source[this.at];
      if (letter === undefined) return { text, whole: false };
      if (letter === '"') {
        this.at += 1;
        return { text, whole: true };
      }
      if (letter < " ") throw new Wrong();
      if (letter !== "\\") {
        text += letter;
        continue;
      }
      const next = this.source[this.at + 1];
      if (next === undefined) {
        this.at += 1;
        return { text, whole: false };
      }
      if (next === "u") {
        const digits = this.source.slice(this.at + 2, this.at + 6);
        if (!/^[0-9a-fA-F]*$/.test(digits)) throw new Wrong();
        if (digits.length < 4) {
          this.at = this.source.length;
          return { text, whole: false };
        }
        text += String.fromCharCode(Number.parseInt(digits, 16));
        this.at += 5;
      } else {
        const meant = ESCAPES[next];
        if (meant === undefined) throw new Wrong();
        text += meant;
        this.at += 1;
      }
    }
  }

  /** A number or a word; the last of a text that goes on may go on. */
  bare(): Value {
    const text = /^[-+.\w]*/.exec(this.source.slice(this.at, this.at + 400))?.[0] ?? "";
    const last = this.at + text.length >= this.source.length && !this.over;
    const word = /^[a-z]/.test(text);
    const good = word
      ? LITERALS.some((one) => (last ? one.startsWith(text) : one === text))
      : text !== "" && (last ? NUMBER_BEGINS.test(text) && !BEHIND_DOT.test(text) : NUMBER.test(text));
    if (!good) throw new Wrong();
    this.at += text.length;
    const whole = word ? LITERALS.includes(text) : !last;
    return { kind: word ? "literal" : "number", whole, text };
  }
}

/** `over`: nothing more comes. */
export function readBeginning(source: string, over: boolean): Read {
  const reader = new Reader(source, over);
  try {
    const value = reader.value(0);
    reader.blanks();
    if (!reader.ended()) return { value, wrong: reader.at };
    return { value, wrong: null };
  } catch (thrown) {
    if (!(thrown instanceof Wrong)) throw thrown;
    return { value: null, wrong: reader.at };
  }
}

/** What a whole value is in JavaScript. */
export function plain(value: Value): unknown {
  switch (value.kind) {
    case "object":
      return Object.fromEntries(value.fields.map((field) => [field.name, field.value === null ? null : plain(field.value)]));
    case "array":
      return value.items.map(plain);
    case "string":
      return value.text;
    default:
      return JSON.parse(value.text) as unknown;
  }
}
