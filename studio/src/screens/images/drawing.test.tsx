import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Images } from "./Images";

const emoji = { id: "emoji", created: 0, anew: { modality: "image", does: "make" } };
const event = (more: object): string => `data: ${JSON.stringify({ b64_json: "AA", size: "1x1", ...more })}\n\n`;
const DONE = "image_generation.completed";
let asked: { path: string; body: unknown }[] = [];
let answer: () => Response;

beforeEach(() => {
  location.hash = "#/images";
  asked = [];
  Object.assign(URL, { createObjectURL: () => "blob:x", revokeObjectURL: () => undefined }); // which jsdom lacks
  vi.stubGlobal("fetch", (path: string, { body }: RequestInit = {}) => {
    asked.push({ path, body: typeof body === "string" ? JSON.parse(body) : null });
    if (path === "v1/models") return Promise.resolve(Response.json({ data: [emoji] }));
    if (path === "v1/images/generations") return Promise.resolve(answer());
    if (path === "v1/anew/creations") return Promise.resolve(Response.json({ id: "creation-1", title: "<b>", model: "emoji", modality: "image", prompt: "<b>", deleted_at: null }));
    return Promise.resolve(Response.json({ data: [], has_more: false }));
  });
});
afterEach(() => vi.unstubAllGlobals());

it("draws what is asked for, and keeps it with the request that draws it alone", async () => {
  answer = () => new Response(event({ type: DONE, index: 0 }) + event({ type: DONE, index: 1 }));
  render(<Images />);
  await userEvent.selectOptions(await screen.findByLabelText("How many"), "2");
  await userEvent.type(screen.getByLabelText("What it shows"), "<b>{Enter}");
  expect(await screen.findByText("2 of 2 drawn")).toBeTruthy();
  await waitFor(() => expect(asked.filter(({ path }) => path === "v1/anew/creations")).toHaveLength(2));
  const [drawn] = asked.filter(({ path }) => path === "v1/images/generations");
  const { seed } = drawn!.body as { seed: number };
  const last = asked.filter(({ path }) => path === "v1/anew/creations")[1]!.body;
  expect(last).toMatchObject({ request: { address: "/v1/images/generations", body: { model: "emoji", prompt: "<b>", n: 1, seed: seed + 1 }, index: 0 } });
  expect(screen.getByAltText(`“<b>”, seed ${seed}`)).toBeTruthy();
  expect(document.querySelector("main b")).toBeNull();
});

it("says in the server's words what a model does not know, at its field too", async () => {
  answer = () => Response.json({ error: { message: "steps: emoji knows guidance", param: "steps", code: "x" } }, { status: 400 });
  render(<Images />);
  await userEvent.type(await screen.findByLabelText("Steps"), "8");
  await userEvent.click(screen.getByRole("button", { name: "Draw" }));
  await waitFor(() => expect(screen.getByLabelText("Steps").getAttribute("aria-invalid")).toBe("true"));
  expect(screen.getAllByText(/emoji knows guidance/).length).toBe(2);
});

it("says that the server went away in the middle, and keeps what was seen", async () => {
  answer = () => new Response(event({ type: "image_generation.partial_image", index: 0, partial_image_index: 0 }));
  render(<Images />);
  await userEvent.type(await screen.findByLabelText("What it shows"), "a star{Enter}");
  expect(await screen.findByText(/went away in the middle/)).toBeTruthy();
  expect(screen.getAllByRole("img")).toHaveLength(1);
  expect(screen.getByLabelText<HTMLTextAreaElement>("What it shows").value).toBe("a star");
});
