import { render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Images } from "./Images";

const HOSTILE = "<img src=x onerror=window.ran=1><script>window.ran=1</script>";
const ROW = {
  object: "creation", id: "creation-1", model: "emoji", modality: "image", title: HOSTILE, prompt: HOSTILE, media_type: "image/png", bytes: 3, sha256: "0",
  created_at: 1, favourite: false, deleted_at: null,
};

beforeEach(() => {
  Object.assign(URL, { createObjectURL: () => "blob:x", revokeObjectURL: () => undefined }); // which jsdom lacks
  vi.stubGlobal("fetch", (path: string) => {
    if (path === "v1/models") return Promise.resolve(Response.json({ data: [{ id: "emoji", created: 0, anew: { modality: "image", does: "make" } }] }));
    if (path.startsWith("v1/anew/creations?")) return Promise.resolve(Response.json({ data: [ROW], has_more: false }));
    if (path.endsWith("/content")) return Promise.resolve(new Response("x"));
    if (path.startsWith("v1/anew/creations/")) {
      const body = { model: "emoji", prompt: HOSTILE, seed: 1, image: "data:image/svg+xml;base64,PHN2Zz4=" };
      return Promise.resolve(Response.json({ ...ROW, request: { address: "/v1/images/edits", body, index: 0 } }));
    }
    return Promise.resolve(Response.json({ error: { message: HOSTILE } }, { status: 400 }));
  });
});
afterEach(() => vi.unstubAllGlobals());

const shown = (): string[] => [...document.querySelectorAll("img, script")].map((one) => one.getAttribute("src") ?? "script");

it("shows captions in the gallery, and what made a picture, as text", async () => {
  location.hash = "#/images?one=creation-1";
  render(<Images />);
  expect((await screen.findAllByText(HOSTILE)).length).toBeGreaterThan(1);
  expect(await screen.findByText("Kept", { exact: true })).toBeTruthy();
  expect(shown().every((src) => src.startsWith("blob:"))).toBe(true);
});

it("says in a cell of a grid why it was refused, as text", async () => {
  location.hash = `#/images?model=emoji&seed=1&grid=seed%20prompt&x=1&y=${encodeURIComponent(HOSTILE)}`;
  render(<Images />);
  expect(await screen.findByText("1 of 1 drawn")).toBeTruthy();
  expect(screen.getAllByText(HOSTILE).length).toBeGreaterThan(1);
  expect(shown().every((src) => src.startsWith("blob:"))).toBe(true);
});
