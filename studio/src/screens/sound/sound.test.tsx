import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { makers, Sound, tabOf } from "./Sound";
import { clockOf } from "./Transport";

const model = (id: string, modality: string) => ({ id, created: 0, anew: { modality } });
const ALL = [model("chorales", "music"), model("sfx", "audio"), model("voice", "audio"), model("voice", "speech")];

function serve(answers: Record<string, () => Response>): void {
  vi.stubGlobal("fetch", (path: string) => Promise.resolve(answers[path]?.() ?? Response.json({ error: { message: `no ${path}` } }, { status: 404 })));
}

beforeEach(() => {
  location.hash = "#/sound";
});
afterEach(() => vi.unstubAllGlobals());

it("makes effects by no voice, and opens the tab of the model", () => {
  expect(makers(ALL).map((one) => one.id)).toEqual(["sfx"]);
  expect(tabOf({ model: "sfx" }, ALL)).toBe("effects");
  expect(tabOf({ model: "chorales" }, ALL)).toBe("compose");
  expect(tabOf({ tab: "speak", model: "sfx" }, ALL)).toBe("speak");
});

it("spells time", () => {
  expect([0, 9.96, 61.25, 600].map(clockOf)).toEqual(["0:00.0", "0:09.9", "1:01.2", "10:00.0"]);
});

describe("the screen", () => {
  it("says how to have a model where there is none", async () => {
    serve({ "v1/models": () => Response.json({ data: [] }) });
    render(<Sound />);
    expect(await screen.findByText("anew serve chorales tunes")).toBeTruthy();
  });

  it("says in the server's words why a piece is refused", async () => {
    serve({
      "v1/models": () => Response.json({ data: ALL }),
      "v1/anew/music/compose": () => Response.json({ error: { message: "no style 'x'; the model knows reel, jig" } }, { status: 400 }),
    });
    render(<Sound />);
    await userEvent.click(await screen.findByRole("button", { name: "Compose" }));
    expect(await screen.findByText(/the model knows reel/)).toBeTruthy();
    expect(document.querySelector("option[value=jig]")).not.toBeNull();
    expect(location.hash).toMatch(/seed=\d+/);
  });

  it("stops with one click, and begins nothing again", async () => {
    let asked = 0;
    vi.stubGlobal("fetch", (path: string, { signal }: RequestInit) => {
      if (path === "v1/models") return Promise.resolve(Response.json({ data: ALL }));
      if (!path.endsWith("/compose")) return Promise.resolve(Response.json({ data: [], has_more: false }));
      asked += 1;
      return new Promise((_, fail) => signal?.addEventListener("abort", () => fail(new DOMException("", "AbortError"))));
    });
    render(<Sound />);
    await userEvent.click(await screen.findByRole("button", { name: "Compose" }));
    await userEvent.click(await screen.findByRole("button", { name: "Stop" }));
    expect(await screen.findByRole("button", { name: "Compose" })).toBeTruthy();
    expect(asked).toBe(1);
  });

  it("lets a voice say nothing whose speaker did not agree, and says why", async () => {
    location.hash = "#/sound?tab=speak";
    serve({
      "v1/models": () => Response.json({ data: ALL }),
      "v1/audio/voices": () => Response.json({ data: [{ id: "ada", name: "ada", model: "ada", refused: "the consent was revoked" }] }),
    });
    render(<Sound />);
    await userEvent.type(await screen.findByLabelText("Text"), "Hello.");
    expect(screen.getByText(/the consent was revoked/)).toBeTruthy();
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Speak" }).disabled).toBe(true);
  });

  it("says that no voice is there", async () => {
    location.hash = "#/sound?tab=speak";
    serve({ "v1/models": () => Response.json({ data: ALL }), "v1/audio/voices": () => Response.json({ data: [] }) });
    render(<Sound />);
    expect(await screen.findByText("anew serve voice")).toBeTruthy();
  });
});
