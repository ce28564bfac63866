// What can be said at each moment of a text that is to have a form.
import { readBeginning, type Value } from "./beginning";
import { parsedSchema, type Form } from "./form";
import { patternOf, type Pattern } from "./pattern";
import { problemsOf, unlooked, type Problem } from "./schema";

export interface Validity {
  /** good: a valid beginning; whole: valid as it stands; cut: it ended before it was whole; wrong: no end makes it valid;
   * unknown: it cannot be told here. */
  state: "good" | "whole" | "cut" | "wrong" | "unknown";
  value: Value | null;
  problems: readonly Problem[];
  /** The place in the text where it stopped being JSON. */
  at: number | null;
  /** Keywords of the schema that are not looked at. */
  unlooked: readonly string[];
}

const NOTHING = { value: null, problems: [], at: null, unlooked: [] };

export type Checker = (words: string, over: boolean) => Validity;

export function checkerOf(form: Form): Checker {
  return form.kind === "regex" ? ofPattern(patternOf(form.pattern)) : ofSchema(form.schema);
}

function ofPattern(pattern: Pattern | null): Checker {
  return (words, over) => {
    if (pattern === null) return { ...NOTHING, state: "unknown" };
    const { begins, matches } = pattern.look(words);
    return { ...NOTHING, state: matches ? "whole" : !begins ? "wrong" : over ? "cut" : "good" };
  };
}

function ofSchema(source: string): Checker {
  const { schema } = parsedSchema(source);
  if (schema === null) return () => ({ ...NOTHING, state: "unknown" });
  const skipped = unlooked(schema);
  return (words, over) => {
    const { value, wrong } = readBeginning(words, over);
    const problems = value === null ? [] : problemsOf(schema, value);
    const told = { value, problems, at: wrong, unlooked: skipped };
    if (wrong !== null || problems.length > 0) return { ...told, state: "wrong" };
    if (value?.whole === true) return { ...told, state: "whole" };
    return { ...told, state: over ? "cut" : "good" };
  };
}
