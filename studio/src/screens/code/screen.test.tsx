import { configure, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { hearKeys } from "../../shell/shortcuts";
import { CodeScreen } from "./CodeScreen";

Object.defineProperty(document, "execCommand", { value: () => false }); // jsdom says that it is Safari, and has none
Element.prototype.scrollIntoView = () => undefined;
configure({ asyncUtilTimeout: 20_000 }); // the editor is fetched behind the screen

const STDLIB = { id: "stdlib", created: 0, anew: { modality: "code", params: 2.9e6, context: 256 } };
const MACHINE = { sandbox: true };
const FIXED = {
  task: "fix", model: "stdlib", seed: 3,
  result: {
    function: "f", source: "def f():\n    return 2\n", before: "AssertionError", tests: 1, made: null,
    drafts: [{ body: "    x\n", source: "", outcome: "unfit", why: "", passed: 0, output: "" }, { body: "    return 2\n", source: "def f():\n    return 2\n", outcome: "passed", why: "", passed: 1, output: "" }],
  },
};

let asks: { path: string; body: Record<string, unknown> }[] = [];

function serve(answers: Record<string, () => Response>): void {
  vi.stubGlobal("fetch", (path: string, { body }: RequestInit = {}) => {
    asks.push({ path, body: typeof body === "string" ? (JSON.parse(body) as Record<string, unknown>) : {} });
    return Promise.resolve(answers[path]?.() ?? Response.json({ error: { message: `no ${path}` } }, { status: 404 }));
  });
}

const listing = { "v1/models": () => Response.json({ data: [STDLIB] }), "v1/anew/machine": () => Response.json(MACHINE) };

function keep(text: string, tests: string): void {
  localStorage.setItem("anew.code.files", JSON.stringify([{ id: "0123456789ab", name: "f.py", open: true }]));
  localStorage.setItem("anew.code.text.0123456789ab", JSON.stringify(text));
  localStorage.setItem("anew.code.tests.0123456789ab", JSON.stringify(tests));
}

const editor = async (name: string): Promise<string> => {
  const host = await waitFor(() => {
    const found = [...document.querySelectorAll<HTMLElement>(".pane-host")].find((one) => one.shadowRoot?.querySelector(`[aria-label="${name}"]`));
    expect(found).toBeTruthy();
    return found!;
  });
  return [...host.shadowRoot!.querySelectorAll(".cm-line")].map((line) => line.textContent).join("\n");
};

beforeEach(() => {
  asks = [];
  localStorage.clear();
  location.hash = "#/code";
});
afterEach(() => vi.unstubAllGlobals());

it("says how to have a model where there is none", async () => {
  serve({ "v1/models": () => Response.json({ data: [] }) });
  render(<CodeScreen />);
  expect(await screen.findByText("anew models pull starter:stdlib")).toBeTruthy();
});

it("says why nothing can be run where there is no sandbox, and what to install", async () => {
  serve({ ...listing, "v1/anew/machine": () => Response.json({ sandbox: false }) });
  render(<CodeScreen />);
  expect((await screen.findAllByText("apt-get install bubblewrap")).length).toBeGreaterThan(0);
  await userEvent.click(screen.getByRole("button", { name: "Run" }));
  expect(asks.some((one) => one.path === "v1/anew/code/run")).toBe(false);
});

it("runs a file with its tests, and shows the verdict and each test", async () => {
  keep("def f():\n    return 1\n", "def test_f():\n    assert f() == 2\n");
  const ran = { outcome: "failed", why: "AssertionError", stdout: "said\n", stderr: "", seconds: 0.1, tests: { test_f: "AssertionError: " } };
  serve({ ...listing, "v1/anew/code/run": () => Response.json(ran) });
  render(<CodeScreen />);
  await userEvent.click(await screen.findByRole("button", { name: "Run tests" }));
  expect(await screen.findByText("Failed")).toBeTruthy();
  expect(screen.getByText(/0 of 1 test passed/)).toBeTruthy();
  expect(screen.getByText("test_f")).toBeTruthy();
  expect(asks.find((one) => one.path === "v1/anew/code/run")!.body).toMatchObject({ module: "f", tests: "def test_f():\n    assert f() == 2\n", seconds: 5 });
});

it("shows a fix as a change, which is taken into the file, or not where that is another by now", async () => {
  keep("def f():\n    return 1\n", "assert f() == 2");
  const told = [{ type: "delta", answer: 0, delta: "    return" }, { type: "result", ...FIXED }];
  serve({ ...listing, "v1/anew/tasks/fix": () => new Response([...told.map((one) => `data: ${JSON.stringify(one)}\n\n`), "data: [DONE]\n\n"].join("")) });
  render(<CodeScreen />);
  expect(await editor("Code of f.py")).toBe("def f():\n    return 1\n");
  await userEvent.click(screen.getByRole("button", { name: "Fix" }));
  expect((await screen.findAllByText(/f is mended: draft 2 passes all tests/)).length).toBeGreaterThan(0);
  expect([...document.querySelectorAll(".diff del, .diff ins")].map((one) => one.textContent)).toEqual(["    return 1", "    return 2"]);
  expect(screen.getByText("Not run: no Python, or it reaches out of the function")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Take it" }));
  await waitFor(async () => expect(await editor("Code of f.py")).toBe("def f():\n    return 2\n"));
});

it("keeps what is typed, says what a model does not do, and opens other files beside", async () => {
  keep("x = 1", "");
  serve(listing);
  const { unmount } = render(<CodeScreen />);
  await editor("Code of f.py");
  expect(screen.getByText(/It explains nothing/)).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "New file" }));
  await editor("Code of program.py");
  expect(location.hash).toContain("file=program.py");
  unmount();
  expect(JSON.parse(localStorage.getItem("anew.code.files")!)).toMatchObject([{ name: "f.py" }, { name: "program.py" }]);
  expect(localStorage.getItem("anew.code.text.0123456789ab")).toBe('"x = 1"');
});

it("goes on with what another screen began, in a file of its own", async () => {
  keep("x = 1", "");
  location.hash = "#/code?say=def%20f()%3A";
  serve({ ...listing, "v1/fim/completions": () => new Response('data: {"choices":[{"delta":{"content":" pass"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n') });
  render(<CodeScreen />);
  await waitFor(async () => expect(await editor("Code of program.py")).toBe("def f(): pass"));
  expect(location.hash).toBe("#/code?file=program.py");
  expect(asks.find((one) => one.path === "v1/fim/completions")!.body).toMatchObject({ model: "stdlib", prompt: "def f():", suffix: "" });
});

it("leaves the keys of the shell alone while something is typed in the editor", async () => {
  keep("", "");
  serve(listing);
  const deaf = hearKeys();
  render(<CodeScreen />);
  await editor("Code of f.py");
  const content = document.querySelector(".pane-host")!.shadowRoot!.querySelector<HTMLElement>(".cm-content")!;
  Object.defineProperty(content, "isContentEditable", { value: true }); // which jsdom does not know
  content.dispatchEvent(new KeyboardEvent("keydown", { key: "n", bubbles: true, composed: true, cancelable: true }));
  expect(location.hash).not.toContain("program.py");
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "n", bubbles: true, cancelable: true }));
  await waitFor(() => expect(location.hash).toContain("program.py"));
  deaf();
});
