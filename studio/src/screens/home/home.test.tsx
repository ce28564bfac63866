import { render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Home } from "./Home";
import { startsFor } from "./starts";

const model = (id: string, modality: string, context = 0) => ({ id, created: 0, anew: { modality, context, chats: modality === "text" } });

afterEach(() => vi.unstubAllGlobals());

describe("what there is to begin with", () => {
  const all = [model("emoji", "image"), model("stdlib", "code"), model("chorales", "music"), model("talker", "text", 8192)];
  it("needs its screen and its model", () => {
    expect(startsFor(all, () => true).map((one) => one.id)).toEqual(["draw", "talk", "write", "compose", "sample", "own"]);
    expect(startsFor(all, (id) => id === "chat").map((one) => one.id)).toEqual(["talk", "write"]);
    expect(startsFor([], () => true).map((one) => one.id)).toEqual(["sample", "own"]);
  });
});

describe("home", () => {
  it("says in the server's words what failed, of each part by itself", async () => {
    vi.stubGlobal("fetch", (path: string) =>
      Promise.resolve(
        path === "v1/models"
          ? Response.json({ data: [model("stdlib", "code")] })
          : Response.json({ error: { message: `${path} is closed`, code: "x" } }, { status: 403 }),
      ),
    );
    render(<Home />);
    expect(await screen.findByText("stdlib")).toBeTruthy();
    expect(await screen.findByText(/v1\/anew\/machine is closed/)).toBeTruthy();
    expect(await screen.findByText(/v1\/anew\/runs is closed/)).toBeTruthy();
  });

  it("says what to do where there is nothing", async () => {
    vi.stubGlobal("fetch", (path: string) =>
      Promise.resolve(path.endsWith("machine") ? new Response("", { status: 503 }) : Response.json({ data: [], has_more: false })),
    );
    render(<Home />);
    expect(await screen.findByText(/There is no model here yet/)).toBeTruthy();
    expect(await screen.findByText("anew run digits")).toBeTruthy();
  });
});
