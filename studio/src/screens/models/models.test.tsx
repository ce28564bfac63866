import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Stored } from "../../api/models";
import { shownOf } from "./Card";
import { found, keptOf, useOf, whoseOf } from "./kinds";
import { Models } from "./Models";

const store = (name: string, modality: string, more: Partial<Stored> = {}): Stored => ({
  object: "model", name, id: `${name}-id`, modality, bytes: 4_000_000, created: 0, open: false, does: "make", about: "",
  licence: "Apache-2.0", origin: "starter", aliases: [], versions: ["1"], files: {}, alone_bytes: 4_000_000,
  anew: { modality, trained_here: true, labels: [], captions: false, sizes: [], any_size: false, chats: false, fills: false, speaks: false, latents: false, varies: false, inpaints: false, options: {} },
  ...more,
});
const serves = (id: string, modality: string, more: object = {}) => ({ id, created: 0, anew: { modality, ...more } });

const KEPT = [
  store("emoji", "image"), store("voice", "audio"), store("mine", "text", { origin: "trained", licence: null, about: "Letters" }),
  store("minilm", "text", { origin: "imported" }), store("vocoder", "audio", { does: "encode" }),
];
const SERVED = [
  serves("emoji", "image"), serves("voice", "audio"), serves("voice", "speech", { does: "speak" }), serves("mine", "text", { context: 128 }),
  serves("minilm", "text", { context: null }), serves("vocoder", "audio", { does: "encode" }), serves("whisper", "speech", { does: "hear" }),
];

describe("what each can do", () => {
  const all = keptOf(KEPT, SERVED);
  it("says it in words, and which screen does it", () => {
    const uses = Object.fromEntries(all.map((one) => [one.name, useOf(one, () => true)[0]]));
    expect(all.map((one) => one.makes)).toEqual(["image", "speech", "text", "vectors", "part", "speech"]);
    expect(uses["emoji"]?.address).toBe("#/images?model=emoji");
    expect(uses["voice"]?.address).toBe("#/sound?model=voice&tab=speak");
    expect(uses["mine"]?.address).toBe("#/chat?mode=complete&model=mine");
    expect([uses["minilm"]?.address, uses["vocoder"]?.address, uses["whisper"]?.address]).toEqual(["", "", ""]);
    expect(useOf(all[0]!, () => false)[0]?.address).toBe("");
    expect(all.map(whoseOf)).toEqual(["starter", "starter", "trained", "imported", "starter", "ready"]);
  });

  it("is found by every word of a name, a licence or what it does, and by what it makes", () => {
    const names = (q: string, makes = "") => found(all, { q, makes }).map((one) => one.name);
    expect(names("draws PICTURES")).toEqual(["emoji"]);
    expect(names("letters")).toEqual(["mine"]);
    expect(names("", "speech")).toEqual(["voice", "whisper"]);
    expect(names("nothing like it")).toEqual([]);
  });
});

it("shows a card without its title and without pictures that lie beside it", () => {
  expect(shownOf("# digits\n\nDigits.\n\n![Ten \\(bad\\).](figures/a.png)\n\nThe first.\n")).toBe("\nDigits.\n\n\nThe first.\n");
});

let asked: { path: string; method: string }[] = [];
let scopes = ["read", "generate", "admin"];
let kept = KEPT;

beforeEach(() => {
  location.hash = "#/models";
  asked = [];
  kept = KEPT;
  scopes = ["read", "generate", "admin"];
  vi.stubGlobal("fetch", (path: string, { method = "GET" }: RequestInit = {}) => {
    asked.push({ path, method });
    const one = KEPT.find(({ name }) => path.startsWith(`v1/anew/models/${name}`));
    if (path === "v1/models") return Promise.resolve(Response.json({ data: SERVED }));
    if (path === "v1/anew/models") return Promise.resolve(Response.json({ data: kept, starters: [{ name: "tunes", about: "Fiddle tunes", licence: "Apache-2.0" }] }));
    if (path === "v1/anew/whoami") return Promise.resolve(Response.json({ tenant: "local", scopes, key: null }));
    if (method === "DELETE") return Promise.resolve(Response.json({ removed: ["emoji"], freed_bytes: 4_000_000 }));
    if (path.endsWith("/card")) return Promise.resolve(new Response("# emoji\n\n<script>alert(1)</script> **bold**"));
    if (one !== undefined) return Promise.resolve(Response.json(one));
    return Promise.resolve(Response.json({ error: { message: `no ${path}` } }, { status: 404 }));
  });
});
afterEach(() => vi.unstubAllGlobals());

it("lists them by whose they are, with licence and size, and starters to be had", async () => {
  render(<Models />);
  const mine = (await screen.findByRole("heading", { name: "Yours" })).closest("section")!;
  expect(within(mine).getByText("No licence stated")).toBeTruthy();
  expect(screen.getByRole("button", { name: "Get tunes" })).toBeTruthy();
  await userEvent.type(screen.getByLabelText("Search"), "emoji");
  expect(location.hash).toBe("#/models?q=emoji");
});

it("asks before it deletes, and says what is free then", async () => {
  location.hash = "#/models?model=emoji";
  render(<Models />);
  await userEvent.click(await screen.findByRole("button", { name: "Delete" }));
  const dialog = screen.getByRole("dialog");
  await within(dialog).findByText("This frees 4 MB of the disk.");
  expect(asked.some(({ method }) => method === "DELETE")).toBe(false);
  await userEvent.click(within(dialog).getByRole("button", { name: "Delete" }));
  await waitFor(() => expect(asked).toContainEqual({ path: "v1/anew/models/emoji?free=true", method: "DELETE" }));
  await waitFor(() => expect(location.hash).toBe("#/models"));
});

it("runs nothing that a card says", async () => {
  location.hash = "#/models?model=emoji";
  render(<Models />);
  expect(await screen.findByText("bold")).toBeTruthy();
  expect(document.querySelector("script")).toBeNull();
  expect(screen.getByText(/<script>alert/)).toBeTruthy();
});

it("offers a key without the right neither import nor deletion, and says so", async () => {
  scopes = ["read"];
  render(<Models />);
  expect(await screen.findByText(/needs the scope admin/)).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Import" })).toBeNull();
});

it("says which model is not there, and what to do where none is", async () => {
  kept = [];
  location.hash = "#/models?model=gone";
  render(<Models />);
  expect(await screen.findByText("There is no model called gone here.")).toBeTruthy();
});
