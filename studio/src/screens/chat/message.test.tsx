// What is on the screen of an answer: its text and nothing that it pretends to be.
import { cleanup, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import type { Form } from "./form";
import { Message, type Acts } from "./Message";
import { Pair } from "./Pair";
import type { Turn } from "./tree";

const ACTS: Acts = { choose: vi.fn(), edit: vi.fn(), retry: vi.fn(), goOn: vi.fn(), resume: vi.fn(), stop: vi.fn(), branch: vi.fn(), lockSeed: vi.fn() };
const SLOW = 30_000; // milliseconds, on a machine that does other things too
const ALONE = { at: 1, of: 1, earlier: undefined, later: undefined };
const turn = (text: string, more: Partial<Turn> = {}): Turn => ({ id: "a", parent: "u", role: "assistant", text, model: "tiny", ending: "stop", ...more });

interface Shown {
  sure?: boolean;
  mode?: "chat" | "complete";
  writing?: boolean;
}

function shown(one: Turn, { sure = false, mode = "chat", writing = false }: Shown = {}): HTMLElement {
  return render(<Message turn={one} standing={ALONE} mode={mode} sure={sure} writing={writing} busy={writing} acts={ACTS} />).container;
}

const HOSTILE = [
  "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "<iframe srcdoc='<script>'>", "<a href='javascript:alert(1)'>x</a>",
  "[a](javascript:alert(1))", "[a](JaVaScRiPt:alert(1))", "[a](java\tscript:alert(1))", "[a](&#106;avascript:alert(1))", "[a](data:text/html;base64,PHNjcmlwdD4=)",
  "[a](vbscript:x)", "[a](file:///etc/passwd)", "![a](http://x.example/y.png)", "![a](javascript:alert(1))", "<javascript:alert(1)>", "[a]: javascript:alert(1)\n\n[a]",
  "```\"><script>alert(1)</script>\nx\n```", "`<script>`", "| <script> | <img src=x> |\n|---|---|\n| <b>x</b> | [a](javascript:1) |", "> <style>*{background:url(http://x)}</style>",
  "- <meta http-equiv=refresh content=0>", "# <base href=http://x>", "&lt;script&gt;alert(1)&lt;/script&gt;", "<!-- --><script>", "\0<script\0>", "{{constructor.constructor('alert(1)')()}}",
];

describe("hostile output", () => {
  it("is text, however it is shown", () => {
    for (const hostile of HOSTILE) {
      const pieces = [{ text: hostile, logprob: -1, best: [[hostile, -1] as const] }];
      const form: Form = { kind: "regex", pattern: ".*" };
      for (const [one, how] of [
        [turn(hostile), {}], [turn(hostile), { mode: "complete" }], [turn(hostile, { pieces }), { sure: true }],
        [turn(hostile, { role: "user" }), {}], [turn(hostile, { model: hostile, ending: "failed", why: hostile }), {}], [turn(hostile, { form }), {}],
      ] as const) {
        const container = shown(one, how);
        expect(container.querySelectorAll("script, img, svg:not(.lucide), iframe, style, meta, base, object, embed, link, form[action]"), hostile).toHaveLength(0);
        for (const link of container.querySelectorAll("a")) {
          expect(link.href, hostile).toMatch(/^https?:/);
          expect(link.rel).toContain("noopener");
        }
        for (const element of container.querySelectorAll("*")) {
          expect(element.getAttributeNames().filter((name) => name.startsWith("on")), hostile).toEqual([]);
        }
        cleanup();
      }
    }
  }, SLOW);

  it("keeps letters that turn the direction of writing within itself", () => {
    const container = shown(turn("safe \u202Egnp.exe\u2066 \u200F and \u202Don"));
    const around = container.querySelector(".markdown");
    expect(around?.getAttribute("dir")).toBe("auto");
    expect(around?.textContent).toContain("\u202E");
    expect(container.querySelector(".who")?.textContent).toBe("tiny");
  });

  it("does not hold the page up with a huge table", () => {
    const rows = Array.from({ length: 3000 }, (_, i) => `| ${i} | <b>${i}</b> | x |`);
    const begun = performance.now();
    const container = shown(turn(`| a | b | c |\n|---|---|---|\n${rows.join("\n")}`));
    expect(performance.now() - begun).toBeLessThan(SLOW / 3);
    expect(container.querySelectorAll("b")).toHaveLength(0);
    expect(container.textContent).toContain("<b>2999</b>");
  }, SLOW);

  it("does not hold the page up with what is nested without end", () => {
    for (const odd of ["> ".repeat(5000), "- ".repeat(5000), "[".repeat(5000), "*".repeat(5000), "`".repeat(5001), "_a".repeat(5000), "|".repeat(5000)]) {
      const begun = performance.now();
      shown(turn(odd));
      expect(performance.now() - begun, odd.slice(0, 4)).toBeLessThan(SLOW / 6);
      cleanup();
    }
  }, SLOW);
});

describe("an answer of a form", () => {
  const schema = JSON.stringify({ type: "object", properties: { name: { type: "string" } }, required: ["name"], additionalProperties: false });
  const form: Form = { kind: "json", schema };
  it("says at each moment whether it is valid", async () => {
    const { rerender } = render(<Message turn={turn('{"na', { form })} standing={ALONE} mode="chat" sure={false} writing busy acts={ACTS} />);
    expect(await screen.findByText(/Valid so far/)).toBeTruthy();
    rerender(<Message turn={turn('{"name": "Ada"}', { form })} standing={ALONE} mode="chat" sure={false} writing={false} busy={false} acts={ACTS} />);
    expect(await screen.findByText("Valid by the schema.")).toBeTruthy();
    rerender(<Message turn={turn('{"name": 3}', { form })} standing={ALONE} mode="chat" sure={false} writing={false} busy={false} acts={ACTS} />);
    expect(await screen.findByText(/has to be of type "string"/)).toBeTruthy();
    rerender(<Message turn={turn('{"name": "A', { form, ending: "length" })} standing={ALONE} mode="chat" sure={false} writing={false} busy={false} acts={ACTS} />);
    expect(await screen.findByText(/ended before it was whole/)).toBeTruthy();
  });

  it("says so of what a person makes of it, letter by letter", async () => {
    shown(turn('{"name": "Ada"}', { form }));
    await userEvent.click(screen.getByRole("button", { name: "Edit" }));
    const entry = screen.getByRole("textbox", { name: "Edit" });
    expect(await screen.findByText("Valid by the schema.")).toBeTruthy();
    await userEvent.type(entry, "x");
    expect(await screen.findByText(/Not valid/)).toBeTruthy();
  });

  it("shows what it says as text", async () => {
    const container = shown(turn('{"name": "<img src=x onerror=alert(1)>"}', { form }));
    await waitFor(() => expect(container.querySelector(".json .string")?.textContent).toContain("<img"));
    expect(container.querySelector("img")).toBeNull();
  });
});

describe("an answer that broke off", () => {
  it("is kept, says so, and can be gone on with", async () => {
    const one = turn("Half a sen", { ending: "broken" });
    shown(one);
    expect(screen.getByText("Half a sen")).toBeTruthy();
    expect(screen.getByRole("alert").textContent).toContain("went away in the middle");
    await userEvent.click(screen.getByRole("button", { name: "Go on from there" }));
    expect(ACTS.resume).toHaveBeenCalledWith(one);
  });
});

describe("two answers beside each other", () => {
  it("are stopped by themselves, and one is taken", async () => {
    const turns = [turn("one", { id: "1" }), turn("two", { id: "2", model: "other" })];
    const { rerender } = render(<Pair turns={turns} taken="1" mode="chat" sure={false} writing={new Set(["1", "2"])} acts={ACTS} />);
    await userEvent.click(screen.getByRole("button", { name: "Stop other" }));
    expect(ACTS.stop).toHaveBeenCalledWith("2");
    rerender(<Pair turns={turns} taken="1" mode="chat" sure={false} writing={new Set()} acts={ACTS} />);
    expect(screen.getByRole("button", { name: "Goes on from here" }).getAttribute("aria-pressed")).toBe("true");
    await userEvent.click(screen.getByRole("button", { name: "Go on with other" }));
    expect(ACTS.choose).toHaveBeenCalledWith("2");
  });
});
