import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Train } from "./Train";
import { listed } from "./RunList";
import { framesOf } from "./Film";
import { canKeep, doing, partOf } from "./state";
import type { Job, RunWhole } from "../../api/train";

vi.mock("uplot", () => ({
  default: class {
    width = 600;
    over = document.createElement("div");
    setData = (): void => undefined;
    setSize = (): void => undefined;
    destroy = (): void => undefined;
  },
}));

const SETS = { data: [{ name: "digits-set", modality: "image", licence: "BSD", about: "Digits", here: true }, { name: "far", modality: "text", licence: "x", about: "Far", here: false }] };
const RECIPES = { data: [{ name: "digits", modality: "image", source: "digits-set", about: "Digits", starts: true }, { name: "images", modality: "image", source: "", about: "Pictures", starts: true }] };
const SETTINGS = {
  data: [
    { key: "size", about: "", kind: { enum: ["xs", "s"], type: "string" }, value: "s" },
    { key: "seed", about: "", kind: { type: "integer" }, value: 0 },
    { key: "train.minutes", about: "", kind: { type: "number" }, value: 2.8 },
    { key: "train.lr", about: "the rate", kind: { type: "number" }, value: 0.001 },
  ],
};
const LOOKED = {
  filename: "digits-set", modality: "image", records: 5000, whole: true, counts: { records: 5000, bytes: 9, "skipped: other": 2 }, examples: {}, labels: { "0": 500 }, licences: ["BSD"],
  first: [], across: [{ text: "<img src=x onerror=alert(1)>", label: null, origin: "a", licence: null, sha256: "", split: null, cut: false }],
  cleaned: { counts: { records: 4990, train: 4000, validation: 490, test: 500, "removed: near duplicate": 10 }, examples: { "near duplicate": ["b: of a"] } },
};
const FORESEEN = { recipe: "digits", parts: { train: { learning: 493_592, steps: 1544, seconds: 40 } }, records: 2000, seconds: 165, memory_bytes: 5e8, disk_bytes: 7e7, free_bytes: 1e10 };
const job = (more: Partial<Job> = {}): Job => ({ id: "ftjob-1", created_at: 1, finished_at: null, estimated_finish: null, model: "digits", fine_tuned_model: null, status: "running", error: null, training_file: "digits-set", run: "ft-digits-1", ...more });
const run = (more: object = {}): RunWhole =>
  ({ object: "run", name: "ft-digits-1", recipe: "digits", modality: "image", state: "before train", done: ["collect", "clean"], figures: {}, headline: [], bytes: 9, damaged: [], parts: { codec: { steps: 9, begun: true, done: true }, train: { steps: 900, begun: true, done: false }, judge: { steps: 5, begun: false, done: false } }, ...more });

let answers: Record<string, (body: unknown) => Response | Promise<Response>>;
let asked: { path: string; body: unknown }[];
const refuse = (message: string, status = 400): Response => Response.json({ error: { message } }, { status });

beforeEach(() => {
  asked = [];
  answers = {
    "v1/anew/datasets": () => Response.json(SETS),
    "v1/anew/recipes": () => Response.json(RECIPES),
    "v1/anew/recipes/digits/schema": () => Response.json(SETTINGS),
    "v1/anew/recipes/digits/check": (body) => {
      const { overrides } = body as { overrides: Record<string, string> };
      if (overrides["train.lr"] === "-1") return refuse("recipe: 'train.lr': input should be greater than 0, not -1\n  try: anew recipe schema");
      return Response.json({ name: "digits", values: { name: "digits", train: { minutes: Number(overrides["train.minutes"] ?? 2.8) } }, resolved: null });
    },
    "v1/anew/recipes/digits/forecast": () => Response.json(FORESEEN),
    "v1/anew/datasets/look": () => Response.json(LOOKED),
  };
  vi.stubGlobal("fetch", (path: string, { body, method }: RequestInit = {}) => {
    const sent: unknown = typeof body === "string" ? JSON.parse(body) : (body ?? null);
    asked.push({ path, body: sent });
    const answer = answers[`${method ?? "GET"} ${path}`] ?? answers[path] ?? answers[path.split("?")[0] ?? ""];
    return Promise.resolve(answer?.(sent) ?? refuse(`no ${path}`, 404));
  });
});
afterEach(() => vi.unstubAllGlobals());

describe("to begin", () => {
  beforeEach(() => {
    location.hash = "#/train?recipe=digits";
    answers["POST v1/fine_tuning/jobs"] = () => Response.json(job());
  });

  it("shows the data as they are, what goes and why, weighs it, and starts what was set", async () => {
    render(<Train />);
    expect(await screen.findByText("<img src=x onerror=alert(1)>")).toBeTruthy();
    expect(document.querySelector("img")).toBeNull();
    expect(screen.getByText("near duplicate")).toBeTruthy();
    expect(screen.getByText(/4,990 records are left: 4,000 to learn from/)).toBeTruthy();
    await userEvent.type(await screen.findByLabelText("Minutes of training"), "1");
    expect(await screen.findByText(/minutes = 1/)).toBeTruthy();
    expect(await screen.findByText(/About 3 min of training, 500 MB of memory/, {}, { timeout: 4000 })).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Start training" }));
    await waitFor(() => expect(location.hash).toBe("#/train?run=ft-digits-1"));
    const begun = asked.find(({ path, body }) => path === "v1/fine_tuning/jobs" && body !== null);
    expect(begun?.body).toEqual({ model: "digits", keep_run: true, seed: 0, overrides: { "train.minutes": "1" }, training_file: "digits-set" });
  });

  it("says what is wrong at its field, and starts nothing so", async () => {
    render(<Train />);
    await screen.findByText(/records are left/);
    await userEvent.click(await screen.findByText("How it trains"));
    await userEvent.type(screen.getByLabelText("train.lr"), "-1");
    await waitFor(() => expect(screen.getByLabelText("train.lr").getAttribute("aria-invalid")).toBe("true"), { timeout: 3000 });
    expect(screen.getByText(/greater than 0/)).toBeTruthy();
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Start training" }).disabled).toBe(true);
  });

  it("names the command for a set that is not here, and looks at none", async () => {
    location.hash = "#/train";
    render(<Train />);
    await userEvent.selectOptions(await screen.findByLabelText("Data set"), "far");
    expect(screen.getByText("anew data get far")).toBeTruthy();
    expect(asked.some(({ path }) => path.endsWith("look"))).toBe(false);
  });

  it("takes a folder of the server's machine by its path, and says in the server's words why not", async () => {
    location.hash = "#/train?from=folder";
    answers["v1/anew/datasets/look"] = () => refuse("training_folder: nothing lies at '/x' on the server's machine");
    render(<Train />);
    await userEvent.type(await screen.findByLabelText("Folder or file"), "/x{Enter}");
    expect(await screen.findByText(/nothing lies at '\/x'/)).toBeTruthy();
    expect(asked.at(-1)?.body).toEqual({ training_folder: "/x" });
    expect(location.hash).toBe("#/train?folder=%2Fx");
  });
});

describe("a run", () => {
  const journal = (rows: readonly object[], done = true): Response => new Response([...rows, ...(done ? [{ done: true }] : [])].map((row) => `data: ${JSON.stringify(row)}\n\n`).join(""));
  beforeEach(() => {
    location.hash = "#/train?run=ft-digits-1";
    answers["v1/fine_tuning/jobs"] = () => Response.json({ data: [job()] });
    answers["v1/fine_tuning/jobs/ftjob-1"] = () => Response.json(job());
    answers["v1/anew/runs/ft-digits-1"] = () => Response.json(run());
    answers["v1/anew/runs/ft-digits-1/files"] = () => Response.json({ data: [] });
    answers["v1/anew/runs/ft-digits-1/metrics"] = () => journal([{ kind: "train", step: 450, loss: 0.5, seconds: 9 }, { kind: "train", step: 451, loss: 0.5, seconds: 9.5 }]);
  });

  it("says how it gets on, and ends with what it has learnt when somebody wishes so", async () => {
    answers["v1/fine_tuning/jobs/ftjob-1/finish"] = () => Response.json(job());
    render(<Train />);
    expect(await screen.findByText("It trains the model.")).toBeTruthy();
    expect(await screen.findByText("451 of 900")).toBeTruthy();
    expect(screen.getByText("2 steps/s")).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Stop and keep" }));
    expect(await screen.findByText(/It learns no more\./)).toBeTruthy();
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Pause" }).disabled).toBe(true);
  });

  it("asks before it throws anything away", async () => {
    render(<Train />);
    await userEvent.click(await screen.findByRole("button", { name: "Throw away" }));
    await userEvent.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Let it train" }));
    expect(asked.some(({ path }) => path.endsWith("cancel"))).toBe(false);
  });

  it("says in the job's words why it failed, and why there is no such run", async () => {
    answers["v1/fine_tuning/jobs"] = () => Response.json({ data: [job({ status: "failed", error: { message: "training broke down at step 12" } })] });
    const { unmount } = render(<Train />);
    expect(await screen.findByText(/training broke down at step 12/)).toBeTruthy();
    unmount();
    location.hash = "#/train?run=nothing";
    render(<Train />);
    expect(await screen.findByText(/There is no run called nothing/)).toBeTruthy();
  });

  it("leads to its model once there is one", async () => {
    answers["v1/fine_tuning/jobs"] = () => Response.json({ data: [job({ status: "succeeded", fine_tuned_model: "ft-digits-1" })] });
    answers["v1/anew/runs/ft-digits-1"] = () => Response.json(run({ state: "done", done: ["collect", "clean", "train", "validate", "deploy"], headline: ["label_agreement"], figures: { label_agreement: { shown: { value: "98 %", interval: "97 to 99" } } } }));
    render(<Train />);
    expect((await screen.findByRole("link", { name: "Use the model" })).getAttribute("href")).toBe("#/images?model=ft-digits-1");
    expect(screen.getAllByText("98 %").length).toBe(2);
  });
});

describe("what a run does", () => {
  it("is told by its job and its folder", () => {
    expect(partOf(run().parts)).toBe("train");
    expect(doing(job(), run())).toBe("learns");
    expect(doing(job(), null)).toBe("reads");
    expect(doing(job({ status: "queued" }), run())).toBe("waits");
    expect(doing(job(), run({ parts: { train: { steps: 9, begun: true, done: true } } }))).toBe("judged");
    expect(doing(null, run())).toBe("stopped");
    expect(canKeep(job({ status: "paused" }), run())).toBe(true);
    expect(canKeep(job(), run({ parts: {} }))).toBe(false);
  });

  it("stands in one list with jobs that have no run", () => {
    const rows = listed([run(), run({ name: "by-hand", state: "done" })], [job({ created_at: 5 }), job({ run: "ft-gone", status: "failed", created_at: 9, error: { message: "no row" } })]);
    expect(rows.map(({ name, badge, headline }) => [name, badge, headline])).toEqual([["ft-gone", "failed", "no row"], ["ft-digits-1", "learns", ""], ["by-hand", "done", ""]]);
  });

  it("shows the samples in the order of their steps", () => {
    const file = (path: string) => ({ path, bytes: 1 });
    expect(framesOf([file("train/samples/step-00000020.png"), file("validate/report.html"), file("train/samples/step-00000003.png")]).map((one) => one.step)).toEqual([3, 20]);
  });
});
