import { describe, expect, it } from "vitest";
import { plain, readBeginning } from "./beginning";
import { asked, FREE, formOf, readForm } from "./form";
import { patternOf } from "./pattern";
import { problemsOf, unlooked } from "./schema";
import { EXAMPLES } from "./schemas";
import { checkerOf } from "./validity";

const SAMPLES = [
  '{"a": [1, -2.5e-3, true, null, "x\\u00e9\\n"], "b": {"c": {}}, "d": []}', '"a"', "12", "[[], [{}]]", "false", ' { "a" : 1 } ', '"\\ud83d\\ude00"',
];

describe("JSON as it grows", () => {
  it("is valid at each moment, and what it is in the end", () => {
    for (const whole of SAMPLES) {
      for (let i = 0; i <= whole.length; i += 1) expect(readBeginning(whole.slice(0, i), false).wrong, whole.slice(0, i)).toBeNull();
      const { value } = readBeginning(whole, true);
      expect(plain(value!)).toEqual(JSON.parse(whole));
      expect(value!.whole).toBe(true);
    }
  });

  it("says where it stopped being JSON", () => {
    const odd = ["{a", "[1,,", '{"a" 1', "01", "1.x", "tru!", "trux", '"\n', '"\\x', '"\\u00g', "{}{", "[1}", "+1", ".5", "1.e", "nulll"];
    for (const one of odd) expect(readBeginning(one, false).wrong, one).not.toBeNull();
    for (const cut of ["tru", "-", "1.", "1e"]) expect(readBeginning(cut, true).wrong, cut).not.toBeNull();
    expect(readBeginning("[".repeat(5000), false).wrong).not.toBeNull();
    expect(readBeginning("[1, x", false).wrong).toBe(4);
  });
});

const at = (schema: unknown, words: string, over = false): string => checkerOf({ kind: "json", schema: JSON.stringify(schema) })(words, over).state;

describe("a schema", () => {
  const person = { type: "object", properties: { name: { type: "string", maxLength: 5 }, age: { type: "integer", minimum: 0 } }, required: ["name", "age"], additionalProperties: false };

  it("is kept at each moment", () => {
    const whole = '{"name": "Ada", "age": 36}';
    for (let i = 0; i < whole.length; i += 1) expect(at(person, whole.slice(0, i)), whole.slice(0, i)).toBe("good");
    expect(at(person, whole)).toBe("whole");
    expect(at(person, whole.slice(0, -1), true)).toBe("cut");
  });

  it("is broken as soon as no end can mend it", () => {
    const broken = ["[", '{"x', '{"name": 1', '{"name": "Adabel', '{"age": 1.5', '{"age": -3,', '{"age": "', '{"name": "a"}'];
    for (const one of broken) expect(at(person, one), one).toBe("wrong");
    for (const one of ['{"n', '{"age": -', '{"age": 1.', '{"age": 1.0']) expect(at(person, one), one).toBe("good");
  });

  it("has alternatives, words, bounds and references", () => {
    expect(at({ enum: ["good", "bad", 12] }, '"go')).toBe("good");
    expect(at({ enum: ["good", "bad", 12] }, '"gu')).toBe("wrong");
    expect(at({ enum: ["good", 12] }, "1")).toBe("good");
    expect(at({ const: { a: [1, "b"] } }, '{"a": [1, "b"]}', true)).toBe("whole");
    expect(at({ const: { a: [1, "b"] } }, '{"a": [1')).toBe("good");
    expect(at({ const: { a: [1, "b"] } }, '{"a": [2,')).toBe("wrong");
    expect(at({ anyOf: [{ type: "string" }, { type: "array", maxItems: 1 }] }, "[1, 2")).toBe("wrong");
    expect(at({ oneOf: [{ type: "integer" }, { type: "number" }] }, "3", true)).toBe("wrong");
    expect(at({ allOf: [{ minimum: 3 }, { multipleOf: 2 }] }, "4", true)).toBe("whole");
    expect(at({ $defs: { t: { type: "array", items: { $ref: "#/$defs/t" } } }, $ref: "#/$defs/t" }, "[[[], [1")).toBe("wrong");
    expect(at({ $ref: "#" }, "[]", true)).toBe("whole");
    expect(at({ type: "array", prefixItems: [{ type: "string" }], items: { type: "null" } }, '["a", nul')).toBe("good");
    expect(at({ type: "object", patternProperties: { "^x": { type: "integer" } }, additionalProperties: false }, '{"xa": "')).toBe("wrong");
    expect(at({ type: "string", pattern: "^a+$" }, '"ab"')).toBe("wrong");
    expect(at({ type: ["string", "null"] }, "nu")).toBe("good");
  });

  it("tells what is wrong and what was not looked at", () => {
    const { value } = readBeginning('{"name": "Ada"}', true);
    expect(problemsOf(person, value!)).toEqual([{ path: [], why: "required", wanted: "age" }]);
    expect(unlooked({ properties: { a: { format: "date", items: { not: {} } } } })).toEqual(["format", "not"]);
  });
});

describe("a regular expression", () => {
  const look = (source: string, words: string): string => {
    const { begins, matches } = patternOf(source)!.look(words);
    return `${begins ? "begins" : "no"}${matches ? " matches" : ""}`;
  };

  it("is matched or begun", () => {
    expect(look("(yes|no)", "")).toBe("begins");
    expect(look("(yes|no)", "ye")).toBe("begins");
    expect(look("(yes|no)", "yes")).toBe("begins matches");
    expect(look("(yes|no)", "yess")).toBe("no");
    expect(look("^[A-Z]{3}-[0-9]{2,4}$", "ABC-12")).toBe("begins matches");
    expect(look("[A-Z]{3}-[0-9]{2,4}", "ABC-12345")).toBe("no");
    expect(look("a{2,}b?", "a")).toBe("begins");
    expect(look("(?s:.*)", "a\nb")).toBe("begins matches");
    expect(look(".*", "a\nb")).toBe("no");
    expect(look("[^\\]\\d-]+\\.", "ab.")).toBe("begins matches");
    expect(look("(?P<who>\\w+)\\s(?:\\u{1F600}|\\x41)", "Zoë 😀")).toBe("begins matches");
    expect(look("(a*)*b", "a".repeat(3000))).toBe("begins");
  });

  it("is left alone where it is of a kind that is not read", () => {
    for (const odd of ["(?=a)b", "\\bword", "(a", "a)", "[a", "*", "\\p{L}", "(a)\\1", "(a{1000}){1000}", "a**", "[z-a]"]) expect(patternOf(odd), odd).toBeNull();
    expect(checkerOf({ kind: "regex", pattern: "(?=a)" })("a", true).state).toBe("unknown");
  });
});

describe("what is asked for", () => {
  it("is one form, where it is finished", () => {
    expect(formOf(FREE)).toBeNull();
    expect(formOf({ ...FREE, kind: "json", schema: "{" })).toBeNull();
    expect(formOf({ ...FREE, kind: "regex" })).toBeNull();
    expect(readForm({ kind: "x", schema: 3, pattern: "a" })).toEqual({ ...FREE, pattern: "a" });
    expect(asked({ kind: "json", schema: "{}" }, true)).toEqual({ response_format: { type: "json_schema", json_schema: { name: "answer", schema: {}, strict: true } } });
    expect(asked({ kind: "json", schema: "{}" }, false)).toEqual({ guided_json: {} });
    expect(asked({ kind: "regex", pattern: "a" }, true)).toEqual({ guided_regex: "a" });
  });

  it("has examples that are read here, whole", () => {
    for (const one of EXAMPLES.json) expect(unlooked(JSON.parse(one.source))).toEqual([]);
    for (const one of EXAMPLES.regex) expect(patternOf(one.source)).not.toBeNull();
  });
});
