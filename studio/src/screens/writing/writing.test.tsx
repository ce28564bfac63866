import { fireEvent, render, screen } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { Answer } from "./Answer";
import { askedOf } from "./Documents";
import { keepable, marked, MOST_KEPT, partsOf, placeIn, readAsked, readHeld, textOf, textOfPage, type Asked, type Held } from "./documents";
import { bodyOf, grownOf, notesOf } from "./making";
import { BLANK, choose, edited, fileOf, forgetPath, ideasOf, isStale, keepPath, listPaths, loadPath, markOf, outlineOf, readPath, sourceOf, textAt, withVersion, type Path } from "./path";
import { Reader } from "./Reader";
import { lackOf } from "./WritingPath";

const bytes = (text: string): ArrayBuffer => new TextEncoder().encode(text).buffer;
const held: Held = { id: "d", name: "ferry.md", text: "The 🚢 leaves at 9.\nNobody came." };

describe("a document", () => {
  it("is the text of a file, and no program's bytes", () => {
    expect(textOf("a.txt", bytes("one\r\ntwo"))).toBe("one\ntwo");
    expect(textOf("a.png", new Uint8Array([137, 80, 78, 71, 255]).buffer)).toBeNull();
    expect(textOf("a.txt", bytes("a\0b"))).toBeNull();
  });

  it("is of a page its words alone", () => {
    const page = '<!doctype html><title>T</title><style>p{}</style><script>alert(1)</script><h1>Bees</h1><p style="color:red">a &amp; b<br>c</p><p>style = d</p><img src=x onerror=alert(1)>';
    expect(textOfPage(page)).toBe("Bees\na & b\nc\nstyle = d");
  });

  it("is counted as the server counts", () => {
    expect(placeIn(held.text, 5)).toBe(6);
    expect(held.text.slice(placeIn(held.text, 4), placeIn(held.text, 12))).toBe("🚢 leaves");
    expect(placeIn("ab", 9)).toBe(2);
  });

  it("is cut without losing a letter, and marked where it is quoted", () => {
    const long = `${"a line of a text\n".repeat(900)}${"x".repeat(9000)}`;
    const parts = partsOf(long);
    expect(parts.map((part) => part.text).join("")).toBe(long);
    expect(parts.length).toBeGreaterThan(5);
    const from = (parts[1]?.start ?? 0) - 3;
    const pieces = parts.flatMap((part) => marked(part, [{ start: from, end: from + 10 }, { start: 5, end: 6 }]));
    expect(pieces.map((one) => one.text).join("")).toBe(long);
    expect(pieces.filter((one) => one.quote === 0).map((one) => one.text).join("")).toBe(long.slice(from, from + 10));
  });

  it("is read as far as it is one, and kept as far as there is room", () => {
    expect(readHeld([held, { id: 1 }, null])).toEqual([held]);
    for (const odd of [null, 3, "x", {}]) expect([readHeld(odd), readAsked(odd)]).toEqual([[], []]);
    expect(keepable([held])).toEqual([held]);
    expect(keepable([{ ...held, text: "x".repeat(MOST_KEPT + 1) }])).toEqual([]);
  });
});

describe("an answer", () => {
  const told = {
    text: "At 9.", quotes: [{ document: 0, start: 4, end: 17, text: "🚢 leaves at 9" }], support: 3.1, needed: 1.8,
    dropped: [{ sentence: "At 10.", missing: ["10"] }],
    made: { task: "answer", prompt: "", prompt_sha256: "", model: "", digest: "", seed: 0 },
  };
  const asked: Asked = askedOf("When?", "tiny", told, [held]);

  it("has its quotations at their places", () => {
    expect(asked.quotes[0]).toMatchObject({ in: "d", text: "🚢 leaves at 9" });
    expect(held.text.slice(asked.quotes[0]?.start, asked.quotes[0]?.end)).toBe("🚢 leaves at 9");
    expect(readAsked(JSON.parse(JSON.stringify([asked, { id: 3 }])))).toEqual([asked]);
  });

  it("leads to them, says what was left out, and that a document is gone", () => {
    const open = vi.fn();
    const { rerender } = render(<Answer asked={asked} here={false} held={[held]} onOpen={open} onRemove={vi.fn()} />);
    fireEvent.click(screen.getByRole("button", { name: /leaves at 9/ }));
    expect(open).toHaveBeenCalledWith(0);
    expect(screen.getByText(/does not say 10/)).toBeTruthy();
    rerender(<Answer asked={asked} here={false} held={[]} onOpen={open} onRemove={vi.fn()} />);
    expect(screen.getByRole("button", { name: /not here any more/ })).toHaveProperty("disabled", true);
  });

  it("says so where the documents hold none", () => {
    render(<Answer asked={{ ...asked, text: null, quotes: [], dropped: [] }} here={false} held={[held]} onOpen={vi.fn()} onRemove={vi.fn()} />);
    expect(screen.getByText("The documents do not answer this.")).toBeTruthy();
  });

  it("is marked in the document as text, whatever it says", () => {
    Element.prototype.scrollIntoView = vi.fn();
    const hostile: Held = { id: "h", name: "<b>x</b>", text: "<img src=x onerror=alert(1)> <script>alert(1)</script> end" };
    const { container } = render(<Reader document={hostile} quotes={[{ in: "h", name: "", start: 0, end: 28, text: "" }]} at={0} />);
    expect(container.querySelector("mark")?.textContent).toBe("<img src=x onerror=alert(1)>");
    expect(container.querySelectorAll("img, script, b")).toHaveLength(0);
    expect(document.activeElement).toBe(container.querySelector("mark"));
  });
});

const started: Path = { ...BLANK, topic: "Bees" };
const made = (path: Path, step: Parameters<typeof withVersion>[1], text: string): Path =>
  withVersion(path, step, { text, by: "model", from: markOf(sourceOf(path, step)), model: "tiny", seed: 3 });

describe("the path", () => {
  it("keeps every version of a step", () => {
    const first = made(started, "outline", "# A\n## B");
    const again = made(first, "outline", "# C\n## D");
    const mine = edited(edited(again, "outline", "# C\n## D!"), "outline", "# C\n## D!!");
    expect(mine.stages.outline.versions.map((one) => [one.text, one.by])).toEqual([["# A\n## B", "model"], ["# C\n## D", "model"], ["# C\n## D!!", "person"]]);
    const back = choose(mine, "outline", first.stages.outline.at);
    expect(textAt(back, "outline")).toBe("# A\n## B");
    expect(edited(back, "outline", "x").stages.outline.versions).toHaveLength(4);
  });

  it("sees that what a step was made from has changed", () => {
    const path = made(made(started, "outline", "# A\n## B"), "draft", "# A\n\ntext");
    expect(isStale(path, "draft")).toBe(false);
    expect(isStale(edited(path, "outline", "# A\n## C"), "draft")).toBe(true);
    expect(isStale({ ...path, topic: "Wasps" }, "outline")).toBe(true);
    expect(isStale(path, "refine")).toBe(false);
  });

  it("asks for each step what stands before it", () => {
    expect(bodyOf(BLANK, "brainstorm")).toBeNull();
    expect(bodyOf({ ...started, idea: "on a roof" }, "outline")).toEqual({ topic: "Bees: on a roof" });
    const path = edited(started, "outline", "# T\n\n## One\n- a\n* b\n1. c\nd\n\n## Two");
    expect(bodyOf(path, "draft")).toEqual({ outline: { title: "T", sections: [{ heading: "One", points: ["a", "b", "c", "d"] }, { heading: "Two", points: [] }] }, words: 300 });
    expect(bodyOf(edited(path, "outline", "no section"), "draft")).toBeNull();
    expect([lackOf(BLANK, "outline"), lackOf(started, "draft"), lackOf(edited(path, "outline", "x"), "draft"), lackOf(path, "refine")].every((one) => one !== null)).toBe(true);
    expect(lackOf(path, "draft")).toBeNull();
    const drafted = edited(path, "draft", "# T\n\nwords");
    expect(bodyOf(drafted, "refine")).toMatchObject({ text: "# T\n\nwords", how: "simpler" });
    expect(bodyOf(edited(drafted, "refine", "better"), "summary")).toMatchObject({ text: "better" });
  });

  it("shows a step while it grows", () => {
    expect(grownOf(started, "brainstorm", ['{"ideas": ["a roof", "a gard', '{"ideas": ["wa'])).toBe("- a roof\n- a gard\n- wa");
    expect(grownOf(started, "outline", ['{"title": "T", "sections": [{"heading": "H", "points": ["p", "q'])).toBe("# T\n\n## H\n\n- p\n- q");
    const path = edited(started, "outline", "# T\n## One\n## Two");
    expect(grownOf(path, "draft", ["first", " second"])).toBe("# T\n\n## One\n\nfirst\n\n## Two\n\nsecond");
    expect(notesOf("refine", { before: 60, after: 70, added: ["Oslo"] })).toHaveLength(2);
    expect(notesOf("summary", { dropped: [{ sentence: "x", missing: ["y"] }] })).toHaveLength(1);
  });

  it("is a file with a title of its own", () => {
    const path = edited(edited(started, "draft", "# On bees\n\nThey hum."), "summary", "Humming.");
    expect(fileOf(path, null)).toEqual({ title: "On bees", text: "They hum." });
    expect(fileOf({ ...path, title: "Mine" }, "In short.")).toEqual({ title: "Mine", text: "**In short.** Humming.\n\nThey hum." });
    expect(outlineOf("## A", "Bees")).toEqual({ title: "Bees", sections: [{ heading: "A", points: [] }] });
    expect(ideasOf("x\n- one\n* two\n-three")).toEqual(["one", "two"]);
  });

  it("is there again, and read as far as it is one", () => {
    const path = made(started, "outline", "# A");
    keepPath("0123456789ab", BLANK);
    expect(listPaths()).toEqual([]);
    expect(keepPath("0123456789ab", path)).toBe(true);
    expect(loadPath("0123456789ab")).toEqual(path);
    expect(listPaths()).toMatchObject([{ title: "Bees" }]);
    forgetPath("0123456789ab");
    expect(loadPath("0123456789ab")).toEqual(BLANK);
    for (const odd of [null, 3, { stages: { outline: { versions: [{ id: 1 }, null], at: 3 } }, words: -1 }]) expect(readPath(odd)).toEqual(BLANK);
  });
});
