import { EditorView } from "@codemirror/view";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createEditor, type Editor, type Place } from "./create";
import { firstWord, type GhostState, type Suggester } from "./ghost";

Object.defineProperty(document, "execCommand", { value: () => false }); // jsdom says that it is Safari, and has none

const made: Editor[] = [];
afterEach(() => {
  for (const one of made.splice(0)) one.destroy();
  vi.useRealTimers();
});

const CODES: Readonly<Record<string, number | undefined>> = { Tab: 9, Escape: 27, ArrowRight: 39, "\\": 220 };

interface Made {
  editor: Editor;
  view: EditorView;
  states: GhostState[];
  asks: { before: string; after: string; signal: AbortSignal }[];
  places: Place[];
  typed: string[];
  type: (text: string) => void;
  press: (key: string, more?: KeyboardEventInit) => boolean;
}

function make(text: string, answers: AsyncIterable<string>[] = []): Made {
  const [states, asks, places, typed]: [GhostState[], Made["asks"], Place[], string[]] = [[], [], [], []];
  const suggester: Suggester = {
    byItself: () => true,
    between: (before, after, signal) => {
      asks.push({ before, after, signal });
      return answers.shift() ?? said();
    },
    told: (state) => states.push(state),
    shownAs: (words) => words,
    takenAs: (words) => words,
  };
  const host = document.body.appendChild(document.createElement("div"));
  const editor = createEditor(host, {
    label: "Code", hint: "Hint", empty: "", file: "a", text, isPython: true, suggester,
    typed: (now) => typed.push(now), placed: (place) => places.push(place), run: () => undefined,
  });
  made.push(editor);
  const view = EditorView.findFromDOM(host.shadowRoot!.querySelector<HTMLElement>(".cm-editor")!)!;
  const type = (more: string): void => {
    const { head } = view.state.selection.main;
    view.dispatch({ changes: { from: head, insert: more }, selection: { anchor: head + more.length }, userEvent: "input.type" });
  };
  const press = (key: string, more: KeyboardEventInit = {}): boolean => {
    const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
    Object.defineProperty(event, "keyCode", { value: CODES[key] ?? key.toUpperCase().charCodeAt(0) }); // by which the editor knows Tab
    return !view.contentDOM.dispatchEvent(event);
  };
  return { editor, view, states, asks, places, typed, type, press };
}

async function* said(...texts: string[]) {
  for (const text of texts) yield await Promise.resolve(text);
}

async function* never(): AsyncGenerator<string> {
  yield "half";
  await new Promise(() => undefined);
}

const settle = (): Promise<unknown> => new Promise((done) => setTimeout(done, 0));
const shown = ({ view }: Made): string => view.contentDOM.querySelector(".ghost")?.textContent ?? "";

describe("a suggestion", () => {
  it("is shown as it grows, taken by Tab, and can be taken back in one step", async () => {
    const one = make("x = ", [said("foo", "(bar)")]);
    one.press("\\", { altKey: true });
    await settle();
    expect(one.asks.map(({ before, after }) => [before, after])).toEqual([["x = ", ""]]);
    expect(shown(one)).toBe("foo(bar)");
    expect(one.states.at(-1)).toMatchObject({ kind: "shown", text: "foo(bar)", whole: true });
    expect(one.press("Tab")).toBe(true);
    expect([one.editor.text(), shown(one)]).toEqual(["x = foo(bar)", ""]);
    one.press("z", { ctrlKey: true });
    expect(one.editor.text()).toBe("x = ");
  });

  it("is taken word by word", async () => {
    const one = make("x = ", [said("foo(bar)\n    y")]);
    one.editor.ask();
    await settle();
    one.press("ArrowRight", { ctrlKey: true });
    expect([one.editor.text(), shown(one)]).toEqual(["x = foo", "(bar)\n    y"]);
    expect([firstWord("  a b"), firstWord("(x"), firstWord("\n    y = 1")]).toEqual(["  a", "(", "\n    "]);
  });

  it("stays while what it says is typed, and goes when something else is", async () => {
    const one = make("x = ", [said("foo")]);
    one.editor.ask();
    await settle();
    one.type("fo");
    expect(shown(one)).toBe("o");
    one.type("x");
    expect(shown(one)).toBe("");
    expect(one.states.at(-1)).toEqual({ kind: "off" });
    expect(one.editor.text()).toBe("x = fox");
  });

  it("is asked for when typing rests, and typing cancels it", async () => {
    vi.useFakeTimers();
    const one = make("", [never()]);
    one.type("a");
    await vi.advanceTimersByTimeAsync(200);
    one.type("b");
    await vi.advanceTimersByTimeAsync(200);
    expect(one.asks).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(200);
    expect(one.asks.map(({ before }) => before)).toEqual(["ab"]);
    one.type("!");
    expect(one.asks[0]!.signal.aborted).toBe(true);
    expect(shown(one)).toBe("");
  });

  it("is let go by Escape, and then Tab is the page's", async () => {
    const one = make("x", [said("y")]);
    one.editor.ask();
    await settle();
    one.press("Escape");
    expect(shown(one)).toBe("");
    expect(one.press("Tab")).toBe(false);
    expect(one.editor.text()).toBe("x");
    one.press("a");
    expect(one.press("Tab")).toBe(true);
  });

  it("that fails leaves nothing, and says why", async () => {
    const one = make("x", [broken()]);
    one.editor.ask();
    await settle();
    expect(one.states.at(-1)).toMatchObject({ kind: "failed", why: new Error("no") });
    expect(shown(one)).toBe("");
  });

  it("of nothing but space is none", async () => {
    const one = make("x", [said(" ")]);
    one.editor.ask();
    await settle();
    expect(one.states.at(-1)).toEqual({ kind: "nothing" });
  });
});

async function* broken() {
  yield await Promise.resolve("half");
  throw new Error("no");
}

describe("the editor", () => {
  it("has its styles without a style element, which the page's policy forbids", () => {
    const one = make("x");
    const root = one.view.root as ShadowRoot;
    expect(root).toBeInstanceOf(ShadowRoot);
    expect(document.querySelector("style")).toBeNull();
  });

  it("finds functions and where the cursor is", () => {
    const one = make("class A:\n    def b(self):\n        def c():\n            pass\n        return c\n\n\nasync def d():\n    pass\n");
    expect(one.places[0]!.functions).toEqual([
      { name: "A.b", first: 2, last: 5 },
      { name: "A.b.c", first: 3, last: 4 },
      { name: "d", first: 8, last: 9 },
    ]);
  });

  it("keeps each file's own steps, and becomes another text in one of them", () => {
    const one = make("one");
    one.type("!");
    one.editor.show("b", "two", false, "Code of b");
    one.editor.become("two and more");
    one.editor.show("a", "one!", true, "Code of a");
    one.press("z", { ctrlKey: true });
    expect(one.editor.text()).toBe("one");
    one.editor.show("b", "two and more", false, "Code of b");
    one.press("z", { ctrlKey: true });
    expect(one.editor.text()).toBe("two");
    expect(one.view.contentDOM.getAttribute("aria-label")).toBe("Code of b");
  });

  it("indents by spaces up to the next stop", () => {
    const one = make("ab");
    one.press("Tab");
    expect(one.editor.text()).toBe("ab  ");
  });
});
