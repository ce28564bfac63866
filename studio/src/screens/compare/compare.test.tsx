import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readSource, spellSource } from "../../api/compare";
import { hearKeys } from "../../shell/shortcuts";
import { Compare } from "./Compare";

const MODELS = { data: ["one", "two"].map((id) => ({ id, created: 0, anew: { modality: "code", id, bytes: 1 } })) };
const METRIC = { name: "bits_per_byte", value: 2, low: 1.9, high: 2.1, n: 9, unit: "", kind: "exact", better: "lower", note: "end symbols included", passed: null, shown: { value: "2", interval: "1.9 to 2.1" } };
const REPORT = {
  comparisons: [{ title: "Bits per byte", caption: "", ours: "bits_per_byte", others: { xz: "xz" } }],
  metrics: { bits_per_byte: METRIC, xz: { ...METRIC, name: "xz", value: 1.5, low: 1.4, high: 1.6, shown: { value: "1.5", interval: "1.4 to 1.6" } } },
  order: ["bits_per_byte", "xz"], figures: [], texts: [{ section: "samples", title: "Sample 1", note: "", content: "<img src=x onerror=alert(1)>", worst: false }],
  verdict: ["Bits per byte: 2, worse than xz."],
  facts: { about: "Code", modality: "code", headline: [], limits: ["small"], unmeasured: {}, data_hash: "ab", reproduce: "", seed: 0, counts: [], model: {} },
};

type Answer = (body: Record<string, unknown>) => Response | Promise<Response>;

function serve(answers: Record<string, Answer>): void {
  vi.stubGlobal("fetch", (path: string, { body }: RequestInit = {}) =>
    Promise.resolve(
      answers[path]?.(typeof body === "string" ? (JSON.parse(body) as Record<string, unknown>) : {}) ?? Response.json({ error: { message: `no ${path}` } }, { status: 404 }),
    ));
}

const COMMON: Record<string, Answer> = {
  "v1/models": () => Response.json(MODELS),
  "v1/anew/comparisons": () => Response.json({ data: [] }),
  "v1/anew/runs": () => Response.json({ data: [] }),
};

let quiet: () => void;
beforeEach(() => {
  quiet = hearKeys();
});
afterEach(() => {
  quiet();
  vi.unstubAllGlobals();
});

it("spells where a report lies", () => {
  for (const source of [{ kind: "model", name: "a" }, { kind: "run", name: "b-1" }, { kind: "bakeoff", name: "c", within: "seed-0/vae" }] as const) {
    expect(readSource(spellSource(source))).toEqual(source);
  }
  for (const wrong of ["", "model", "model:", "bakeoff:c", "x:y"]) expect(readSource(wrong)).toBeNull();
});

describe("a report", () => {
  const answers = { ...COMMON, "v1/anew/models/one/evidence": () => Response.json(REPORT), "v1/anew/models/one": () => Response.json({ files: {} }) };
  it("opens a claim's evidence, which is in the address, and runs nothing of a sample", async () => {
    location.hash = "#/compare?tab=report&of=model:one";
    serve(answers);
    render(<Compare />);
    await userEvent.click(await screen.findByRole("button", { name: /Bits per byte/ }));
    expect(location.hash).toContain("claim=bits_per_byte");
    expect(screen.getAllByText("missed").length).toBeGreaterThan(1);
    expect(screen.getByText("It is worse by more than chance.")).toBeTruthy();
    expect(document.querySelector("img")).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: "Close" }));
    expect(location.hash).not.toContain("claim");
  });
  it("says that there is none", async () => {
    location.hash = "#/compare?tab=report&of=model:two";
    serve(answers);
    render(<Compare />);
    expect(await screen.findByText(/There is no report/)).toBeTruthy();
  });
});

it("puts the same to several, and shows what each made or why not", async () => {
  location.hash = "#/compare";
  const asked: unknown[] = [];
  serve({
    ...COMMON,
    "v1/completions": (body) => {
      asked.push(body);
      if (body["model"] === "two") return Response.json({ error: { message: "two is asleep" } }, { status: 400 });
      return Response.json({ choices: [{ text: " <b>bold</b>" }] });
    },
  });
  render(<Compare />);
  await userEvent.clear(await screen.findByLabelText("What is asked"));
  await userEvent.type(screen.getByLabelText("What is asked"), "say");
  await userEvent.keyboard("{Control>}{Enter}{/Control}");
  expect(await screen.findByText("say <b>bold</b>")).toBeTruthy();
  expect(screen.getByText(/two is asleep/)).toBeTruthy();
  expect(asked).toEqual(["one", "two"].map((model) => ({ model, prompt: "say", seed: 1, n: 4, max_tokens: 80 })));
  expect(location.hash).toContain("models=one+two");
});

describe("a blind trial", () => {
  it("names nobody until it is over, and is judged by keys alone", async () => {
    location.hash = "#/compare?tab=blind&a=one&b=two&kind=text&rounds=3&seed=1&say=x";
    const asked: unknown[] = [];
    serve({
      ...COMMON,
      "v1/completions": (body) => {
        asked.push(body["model"]);
        return Response.json({ choices: [{ text: ` by ${body["model"] === "one" ? "first" : "second"} ${String(body["seed"])}` }] });
      },
    });
    const { container } = render(<Compare />);
    const said = (): string => new XMLSerializer().serializeToString(container.querySelector(".compare-arena") ?? container);
    for (let round = 1; round <= 3; round += 1) {
      await screen.findByText(`Round ${round} of 3`);
      const left = await waitFor(() => {
        const sides = [...container.querySelectorAll(".compare-blind-text")].map((one) => one.textContent);
        expect(sides).toHaveLength(2);
        expect(sides[0]).toContain(String(round));
        return sides[0];
      });
      expect(said()).not.toMatch(/\bone\b|\btwo\b/);
      await userEvent.keyboard(left?.includes("first") ? "{ArrowLeft}" : "{ArrowRight}");
    }
    expect(await screen.findByText(/one was chosen in 3 of 3 decided rounds/)).toBeTruthy();
    expect(screen.getByText(/p = 0.250/)).toBeTruthy();
    expect(new Set(asked)).toEqual(new Set(["one", "two"]));
  });
  it("shows both or none", async () => {
    location.hash = "#/compare?tab=blind&a=one&b=two&kind=text&rounds=2&seed=1&say=x";
    let late: (answer: Response) => void = () => undefined;
    serve({
      ...COMMON,
      "v1/completions": (body) => (body["model"] === "one" ? Response.json({ choices: [{ text: "quick" }] }) : new Promise<Response>((done) => (late = done))),
    });
    const { container } = render(<Compare />);
    await screen.findByText("Round 1 of 2");
    await new Promise((done) => setTimeout(done, 50));
    expect(container.textContent).not.toContain("quick");
    late(Response.json({ choices: [{ text: "slow" }] }));
    await waitFor(() => expect(container.querySelectorAll(".compare-blind-text")).toHaveLength(2));
  });
  it("says what is missing for one", async () => {
    location.hash = "#/compare?tab=blind";
    serve({ ...COMMON, "v1/models": () => Response.json({ data: [] }) });
    render(<Compare />);
    expect(await screen.findByText(/needs two models/)).toBeTruthy();
  });
});

describe("a bake-off", () => {
  it("is begun with what was chosen, and watched", async () => {
    location.hash = "#/compare?tab=bakeoffs";
    const began: unknown[] = [];
    const progress = { name: "p-1", state: "running", data: "penguins", modality: "table", models: ["vae", "flow"], minutes: 0.5, seeds: 1, said: [], parts: [
      { name: null, seed: 0, state: "done" }, { name: "vae", seed: 0, state: "training", step: 3, steps: 6 }, { name: "flow", seed: 0, state: "waiting" }] };
    serve({
      ...COMMON,
      "v1/anew/comparisons": (body) => {
        if (!("models" in body)) return Response.json({ data: began.length === 0 ? [] : [{ ...progress, said: null, changed_at: 1 }] });
        began.push(body);
        return Response.json(progress, { status: 201 });
      },
      "v1/anew/comparisons/p-1/progress": () => Response.json(progress),
      "v1/anew/contenders": () => Response.json({ data: ["vae", "flow"].map((name) => ({ name, family: name, modality: "table", recipe: "table" })), senseless: [{ family: "gan", modality: "table", why: "so" }] }),
      "v1/anew/datasets": () => Response.json({ data: [{ name: "penguins", modality: "table", about: "birds", licence: "", here: true }] }),
    });
    render(<Compare />);
    expect(await screen.findByText(/No GAN: so/)).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Begin" }));
    expect(began).toEqual([{ data: "penguins", models: ["vae", "flow"], minutes: 0.5, seeds: 1 }]);
    expect(await screen.findByText(/step 3 of 6/)).toBeTruthy();
    expect(screen.getByRole("progressbar").getAttribute("aria-valuenow")).toBe("50");
    expect(location.hash).toContain("bakeoff=p-1");
  });
});
