import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Ran } from "../../api/code";
import { readDials, seedOf, USUAL } from "./dials";
import { around, diff } from "./diff";
import { added, beside, freeName, moduleOf, readFiles, withTests, writeFiles } from "./files";
import { measureOf } from "./measures";
import { asked, scopeOf, testedFunction } from "./scope";
import { askedFor, Suggestions, words } from "./suggesting";

beforeEach(() => localStorage.clear());

describe("files", () => {
  it("keeps each under its own name, and what is closed too", () => {
    const one = added([], "mean.py", "x = 1\n");
    const two = added(one, "mean.py", "y").map((file, i) => (i === 0 ? { ...file, open: false, tests: "assert x" } : file));
    expect(writeFiles(two, [])).toBe(true);
    expect(readFiles()).toEqual(two);
    expect(two.map((file) => file.name)).toEqual(["mean.py", "mean-2.py"]);
    writeFiles(two.slice(1), two);
    expect(readFiles().map((file) => file.text)).toEqual(["y"]);
    expect(localStorage.getItem(`anew.code.text.${two[0]!.id}`)).toBeNull();
  });

  it("takes what is no list as nothing, and leaves out what is no file", () => {
    localStorage.setItem("anew.code.files", "7");
    expect(readFiles()).toEqual([]);
    localStorage.setItem("anew.code.files", JSON.stringify([null, { id: "../x", name: "a" }, { id: "0123456789ab", name: "b.py" }]));
    expect(readFiles()).toEqual([{ id: "0123456789ab", name: "b.py", open: true, text: "", tests: "" }]);
  });

  it("says that the browser takes no more", () => {
    const full = vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
      throw new DOMException("", "QuotaExceededError");
    });
    expect(writeFiles(added([], "a.py", "x"), [])).toBe(false);
    full.mockRestore();
  });

  it("finds names that are free, modules that can be imported, and files beside", () => {
    const files = added(added(added([], "a.py", "1"), "b.py", "2"), "notes.txt", "3");
    expect(freeName("notes.txt", files)).toBe("notes-2.txt");
    expect(freeName("c", files)).toBe("c");
    expect([moduleOf("mean.py"), moduleOf("mean-2.py")]).toEqual(["mean", "program"]);
    expect(beside(files, files[0]!)).toEqual({ "b.py": "2" });
  });

  it("puts tests behind others, each by a name of its own and without importing twice", () => {
    const more = "from mean import mean\n\n\ndef test_mean_1():\n    assert mean([1]) == 1\n";
    expect(withTests(" \n", more)).toBe(more);
    expect(withTests(more, more)).toBe(`${more.trimEnd()}\n\n\ndef test_mean_2():\n    assert mean([1]) == 1\n`);
  });
});

describe("dials", () => {
  it("has what is no dial, or out of its bounds, as usual", () => {
    expect(readDials("x")).toEqual(USUAL);
    expect(readDials({ temperature: 9, length: 32, byItself: false, seed: 3 })).toEqual({ ...USUAL, length: 32, byItself: false });
  });

  it("keeps a seed that is locked, and draws one instead of what is none", () => {
    expect(seedOf({ ...USUAL, seed: "12", locked: true })).toBe(12);
    expect(Number.isSafeInteger(seedOf({ ...USUAL, seed: "twelve", locked: true }))).toBe(true);
  });
});

describe("what differs", () => {
  it("tells what is gone, new and the same", () => {
    expect(diff("a\nb\nc", "a\nx\nc").map((line) => `${line.kind} ${line.text} ${line.number}`)).toEqual(["same a 1", "gone b 2", "new x 2", "same c 3"]);
    expect(diff("a", "a").map((line) => line.kind)).toEqual(["same"]);
    expect(diff("", "a").filter((line) => line.kind === "new").map((line) => line.text)).toEqual(["a"]);
  });

  it("gives both texts back", () => {
    const [before, after] = ["1\n2\n3\n4\n5\n\n6", "0\n2\n3\n\n5\n6\n7"];
    const lines = diff(before, after);
    const of = (kind: string): string => lines.filter((line) => line.kind === "same" || line.kind === kind).map((line) => line.text).join("\n");
    expect([of("gone"), of("new")]).toEqual([before, after]);
  });

  it("shows three lines around a change, and how many others there are", () => {
    const before = Array.from({ length: 40 }, (_, i) => `line ${i}`).join("\n");
    const shown = around(diff(before, before.replace("line 20\n", "other\n")));
    expect(shown.filter((one) => one.kind === "between").map((one) => ("count" in one ? one.count : 0))).toEqual([17, 16]);
    expect(shown).toHaveLength(10);
  });
});

describe("what is asked about", () => {
  const functions = [
    { name: "A.b", first: 2, last: 9 },
    { name: "A.b.c", first: 4, last: 6 },
  ];

  it("is what is selected, the innermost function, or the file", () => {
    expect(asked(scopeOf({ line: 5, functions, selected: [1, 3] }))).toEqual({ lines: [1, 3] });
    expect(asked(scopeOf({ line: 5, functions, selected: null }))).toEqual({ function: "A.b.c" });
    expect(asked(scopeOf({ line: 20, functions, selected: null }))).toEqual({});
  });

  it("tests the cursor's function, or the only one", () => {
    expect(testedFunction({ line: 8, functions, selected: null })).toBe("A.b");
    expect(testedFunction({ line: 20, functions, selected: null })).toBeNull();
    expect(testedFunction({ line: 20, functions: functions.slice(0, 1), selected: null })).toBe("A.b");
  });
});

it("names the sandbox's measure, and none where it was the program's own doing", () => {
  const ran = (outcome: Ran["outcome"], why = ""): string | null => measureOf({ outcome, why });
  expect(ran("timed out")).toBe("time");
  expect(ran("too much output")).toBe("output");
  expect(ran("failed", "OSError: [Errno 101] Network is unreachable")).toBe("network");
  expect(ran("failed", "OSError: [Errno 30] Read-only file system: '/x'")).toBe("disk");
  expect(ran("failed", "ModuleNotFoundError: No module named 'numpy'")).toBe("modules");
  expect(ran("failed", "ValueError: x")).toBeNull();
  expect(ran("passed", "MemoryError")).toBeNull();
});

describe("suggestions", () => {
  async function* pieces(texts: readonly string[], ending: string) {
    for (const text of texts) yield await Promise.resolve({ text, ending: null });
    yield { text: "", ending };
  }
  const all = async (from: AsyncIterable<string>): Promise<string[]> => {
    const found: string[] = [];
    for await (const one of from) found.push(one);
    return found;
  };

  it("come word by word, and without a last word that was cut off", async () => {
    expect(await all(words(pieces(["ret", "urn se", "lf.na", "me\n"], "length")))).toEqual(["return", " self.", "name"]);
    expect((await all(words(pieces(["a = fo", "o \n"], "stop")))).join("")).toBe("a = foo");
    expect((await all(words(pieces(["a = fo"], "length")))).join("")).toBe("a =");
    expect(await all(words(pieces(["\n  "], "stop")))).toEqual([]);
  });

  it("end with the line where something stands behind the cursor", () => {
    expect(askedFor("m", "a", " + b\nc", USUAL).stop).toEqual(["\n"]);
    expect(askedFor("m", "a", "\nc", { ...USUAL, seed: "5", locked: true })).toMatchObject({ stop: ["\n\n\n"], seed: 5 });
    expect(askedFor("m", "x".repeat(50_000), "y".repeat(50_000), USUAL).prompt).toHaveLength(12_000);
  });

  it("ask a model that does not look behind with what stands before alone, and remember it", async () => {
    const asks: string[] = [];
    vi.stubGlobal("fetch", (path: string) => {
      asks.push(path);
      if (path === "v1/fim/completions") return Promise.resolve(Response.json({ error: { message: "suffix: m was not taught", param: "suffix" } }, { status: 400 }));
      return Promise.resolve(new Response('data: {"choices":[{"text":"pass","finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'));
    });
    const suggestions = new Suggestions();
    const ask = (): Promise<string[]> => all(suggestions.between("m", "def f():\n    ", "", USUAL, new AbortController().signal));
    expect(suggestions.looksBefore("m")).toBe(false);
    expect(await ask()).toEqual(["pass"]);
    expect(await ask()).toEqual(["pass"]);
    expect(suggestions.looksBefore("m")).toBe(true);
    expect(asks).toEqual(["v1/fim/completions", "v1/completions", "v1/completions"]);
    vi.unstubAllGlobals();
  });
});
