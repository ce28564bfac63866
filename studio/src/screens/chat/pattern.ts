// Whether a text is the beginning of one that a regular expression matches as a whole: the expression as states, all of
// which are walked at the same time. What is read is what people write; of any other expression it says so.

type Test = (code: number) => boolean;
type State = { test: Test; next: number } | { either: number[] };

export interface Pattern {
  /** `begins`: something that matches can begin so; `matches`: it does already. */
  look: (text: string) => { begins: boolean; matches: boolean };
}

class Unread extends Error {}

const MOST = 4000; // states
const DIGIT: Test = (c) => c >= 48 && c <= 57;
const WORD: Test = (c) => /^[\p{L}\p{N}_]$/u.test(String.fromCodePoint(c));
const BLANK: Test = (c) => /^\s$/u.test(String.fromCodePoint(c));
const CLASSES: Readonly<Record<string, Test | undefined>> = {
  d: DIGIT, w: WORD, s: BLANK, D: (c) => !DIGIT(c), W: (c) => !WORD(c), S: (c) => !BLANK(c),
};
const LETTERS: Readonly<Record<string, number | undefined>> = { n: 10, r: 13, t: 9, f: 12, v: 11, a: 7, "0": 0 };

type Tree =
  | { kind: "one"; test: Test }
  | { kind: "row" | "either"; inside: Tree[] }
  | { kind: "times"; inside: Tree; least: number; most: number };

class Parser {
  at = 0;
  private readonly letters: string[];

  constructor(source: string) {
    this.letters = Array.from(source);
  }

  get next(): string | undefined {
    return this.letters[this.at];
  }

  private take(): string {
    const letter = this.letters[this.at];
    if (letter === undefined) throw new Unread();
    this.at += 1;
    return letter;
  }

  private takes(words: string): boolean {
    if (this.letters.slice(this.at, this.at + words.length).join("") !== words) return false;
    this.at += words.length;
    return true;
  }

  either(lines: boolean): Tree {
    const inside = [this.row(lines)];
    while (this.takes("|")) inside.push(this.row(lines));
    return inside.length === 1 && inside[0] ? inside[0] : { kind: "either", inside };
  }

  private row(lines: boolean): Tree {
    const inside: Tree[] = [];
    while (this.next !== undefined && this.next !== "|" && this.next !== ")") {
      if (this.next === "^" && inside.length === 0) this.at += 1;
      else if (this.next === "$" && [undefined, "|", ")"].includes(this.letters[this.at + 1])) this.at += 1;
      else inside.push(this.repeated(this.atom(lines)));
    }
    return { kind: "row", inside };
  }

  private repeated(inside: Tree): Tree {
    const bounds = /^\{(\d{1,4})(,?)(\d{0,4})\}/.exec(this.letters.slice(this.at, this.at + 12).join(""));
    let times: [number, number] | null = null;
    if (this.takes("*")) times = [0, Infinity];
    else if (this.takes("+")) times = [1, Infinity];
    else if (this.takes("?")) times = [0, 1];
    else if (bounds !== null) {
      this.at += bounds[0].length;
      const least = Number(bounds[1]);
      times = [least, bounds[2] === "" ? least : bounds[3] === "" ? Infinity : Number(bounds[3])];
    }
    if (times === null) return inside;
    this.takes("?");
    if (this.next === "+" || this.next === "*" || times[1] < times[0]) throw new Unread();
    return { kind: "times", inside, least: times[0], most: times[1] };
  }

  private atom(lines: boolean): Tree {
    const letter = this.take();
    if (letter === "(") {
      const named = /^\?P?<[A-Za-z_]\w*>/.exec(this.letters.slice(this.at, this.at + 80).join(""));
      const whole = this.takes("?s:");
      if (!whole && !this.takes("?:") && named !== null) this.at += named[0].length;
      else if (!whole && this.next === "?") throw new Unread();
      const inside = this.either(whole || lines);
      if (!this.takes(")")) throw new Unread();
      return inside;
    }
    if (letter === ".") return { kind: "one", test: lines ? () => true : (c) => c !== 10 };
    if (letter === "[") return { kind: "one", test: this.set() };
    if (letter === "\\") return { kind: "one", test: this.escaped() };
    if ("*+?{}^$".includes(letter)) throw new Unread();
    const code = letter.codePointAt(0);
    return { kind: "one", test: (c) => c === code };
  }

  private code(letter: string): number {
    const meant = LETTERS[letter];
    if (meant !== undefined) return meant;
    if (letter === "x" || letter === "u") {
      const digits = /^(\{[0-9a-fA-F]{1,6}\}|[0-9a-fA-F]{2,4})/.exec(this.letters.slice(this.at, this.at + (letter === "x" && this.next !== "{" ? 2 : 8)).join(""))?.[0];
      if (digits === undefined) throw new Unread();
      const taken = digits.startsWith("{") ? digits : digits.slice(0, letter === "x" ? 2 : 4);
      this.at += taken.length;
      return Number.parseInt(taken.replace(/[{}]/g, ""), 16);
    }
    if (/[A-Za-z0-9]/.test(letter)) throw new Unread();
    return letter.codePointAt(0) ?? 0;
  }

  private escaped(): Test {
    const letter = this.take();
    const among = CLASSES[letter];
    if (among !== undefined) return among;
    const code = this.code(letter);
    return (c) => c === code;
  }

  private set(): Test {
    const not = this.takes("^");
    const tests: Test[] = [];
    for (let first = true; first || this.next !== "]"; first = false) {
      let letter = this.take();
      if (letter === "[" || (letter === "&" && this.next === "&")) throw new Unread();
      if (letter === "\\") {
        letter = this.take();
        const among = CLASSES[letter];
        if (among !== undefined) {
          tests.push(among);
          continue;
        }
        tests.push(this.range(this.code(letter)));
      } else {
        tests.push(this.range(letter.codePointAt(0) ?? 0));
      }
    }
    this.at += 1;
    return (c) => tests.some((test) => test(c)) !== not;
  }

  private range(from: number): Test {
    if (this.next !== "-" || this.letters[this.at + 1] === "]") return (c) => c === from;
    this.at += 1;
    const letter = this.take();
    const to = letter === "\\" ? this.code(this.take()) : (letter.codePointAt(0) ?? 0);
    if (to < from) throw new Unread();
    return (c) => c >= from && c <= to;
  }
}

class Machine {
  readonly states: State[] = [{ either: [] }]; // the first is the end

  put(state: State): number {
    if (this.states.length >= MOST) throw new Unread();
    return this.states.push(state) - 1;
  }

  /** Where a text of this tree begins that goes on at `next`. */
  build(tree: Tree, next: number): number {
    switch (tree.kind) {
      case "one":
        return this.put({ test: tree.test, next });
      case "row":
        return tree.inside.reduceRight((behind, one) => this.build(one, behind), next);
      case "either":
        return this.put({ either: tree.inside.map((one) => this.build(one, next)) });
      case "times": {
        let at = next;
        if (tree.most === Infinity) {
          const loop = { either: [next] };
          at = this.put(loop);
          loop.either.push(this.build(tree.inside, at));
        } else {
          for (let i = tree.least; i < tree.most; i += 1) at = this.put({ either: [next, this.build(tree.inside, at)] });
        }
        for (let i = 0; i < tree.least; i += 1) at = this.build(tree.inside, at);
        return at;
      }
    }
  }

  reach(from: Iterable<number>): Set<number> {
    const found = new Set<number>();
    const waiting = [...from];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      if (found.has(at)) continue;
      found.add(at);
      const state = this.states[at];
      if (state !== undefined && "either" in state) waiting.push(...state.either);
    }
    return found;
  }
}

/** Null for an expression that is not read here; the server may well know it. */
export function patternOf(source: string): Pattern | null {
  try {
    const parser = new Parser(source);
    const tree = parser.either(false);
    if (parser.next !== undefined) return null;
    const machine = new Machine();
    const first = machine.build(tree, 0);
    return {
      look(text) {
        let now = machine.reach([first]);
        for (const letter of text) {
          const code = letter.codePointAt(0) ?? 0;
          const next: number[] = [];
          for (const at of now) {
            const state = machine.states[at];
            if (state !== undefined && "test" in state && state.test(code)) next.push(state.next);
          }
          now = machine.reach(next);
          if (now.size === 0) break;
        }
        return { begins: now.size > 0, matches: now.has(0) };
      },
    };
  } catch (thrown) {
    if (thrown instanceof Unread) return null;
    throw thrown;
  }
}
