import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Player, swapped } from "./Player";
import { Sound } from "./Sound";

const HOSTILE = "<img src=x onerror=window.ran=1><script>window.ran=1</script>";
const ROW = {
  object: "creation", id: "creation-1", model: "chorales", modality: "music", title: HOSTILE, prompt: "", media_type: "audio/midi", bytes: 3, sha256: "",
  created_at: 1, favourite: false, deleted_at: null,
};
let asked: { path: string; body: unknown }[] = [];

beforeEach(() => {
  location.hash = "#/sound";
  asked = [];
  localStorage.clear();
  vi.stubGlobal("fetch", (path: string, { body }: RequestInit = {}) => {
    asked.push({ path, body: typeof body === "string" ? JSON.parse(body) : null });
    if (path === "v1/models") return Promise.resolve(Response.json({ data: [{ id: "chorales", created: 0, anew: { modality: "music" } }] }));
    if (path.startsWith("v1/anew/creations?")) return Promise.resolve(Response.json({ data: [ROW], has_more: false }));
    return Promise.resolve(Response.json({ error: { message: HOSTILE } }, { status: 400 }));
  });
});
afterEach(() => vi.unstubAllGlobals());

it("shows titles and refusals as text, whatever is in them", async () => {
  render(<Sound />);
  expect(await screen.findByText(HOSTILE)).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Compose" }));
  await waitFor(() => expect(screen.getAllByText(HOSTILE, { exact: false })).toHaveLength(2));
  expect(document.querySelector("img, script")).toBeNull();
});

it("asks for what belongs to a score alone, once one is given", async () => {
  render(<Sound />);
  await userEvent.upload(await screen.findByLabelText("Choose a score"), new File(["X:1\nK:C\nC4|"], "<b>tune</b>.abc"));
  expect(await screen.findByText("<b>tune</b>.abc")).toBeTruthy();
  expect(screen.getByLabelText<HTMLInputElement>("Tempo").disabled).toBe(true);
  await userEvent.click(screen.getByRole("button", { name: "Harmonise" }));
  await waitFor(() => expect(asked.some(({ path }) => path === "v1/anew/music/compose")).toBe(true));
  const body = asked.find(({ path }) => path === "v1/anew/music/compose")?.body;
  expect(body).toMatchObject({ melody: btoa("X:1\nK:C\nC4|") });
  expect(body).not.toHaveProperty("bars");
});

it("goes from A to B and back where it is", () => {
  const one = (): Player => {
    const player = new Player({ duration: 2 } as AudioBuffer);
    Object.assign(player, { play: vi.fn((at: number) => player.seek(at)) });
    return player;
  };
  const [a, b] = [one(), one()];
  a.seek(0.7);
  swapped(a, b);
  expect([a.position, b.position]).toEqual([0, 0.7]);
  b.loop = true;
  swapped(a, b);
  expect([a.position, b.position]).toEqual([0.7, 0]);
});
