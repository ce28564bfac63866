import { describe, expect, it } from "vitest";
import { taken } from "../../api/useCreations";
import type { Creation, PictureEvent } from "../../api/shapes";
import { base64Of, fileName } from "../../parts/files";
import { modelFor } from "./Images";
import { aloneOf, isSeed, readSettings, requestFor, settingsOf, USUAL, wrongs } from "./settings";
import { begun, told } from "./useDrawing";

describe("what is asked for", () => {
  it("says no more than what was set", () => {
    expect(requestFor({ ...USUAL, prompt: " a 7 ", n: 2 }, "digits", 5)).toEqual({ model: "digits", prompt: "a 7", n: 2, seed: 5 });
    const full = { ...USUAL, steps: "8", guidance: "2.5", negative: "3", sampler: "heun", size: "64x64", temperature: "0" };
    expect(requestFor(full, "m", 0)).toMatchObject({ steps: 8, guidance: 2.5, negative_prompt: "3", sampler: "heun", size: "64x64", temperature: 0 });
  });

  it("draws one of several alone by the next seed", () => {
    expect(aloneOf({ model: "m", prompt: "7", n: 4, seed: 11 }, 3)).toEqual({ model: "m", prompt: "7", n: 1, seed: 14 });
  });

  it("takes what was kept as far as it is settings", () => {
    expect(readSettings("x")).toEqual(USUAL);
    expect(readSettings({ prompt: 3, n: 99, seed: "12", keepAll: false })).toEqual({ ...USUAL, seed: "12", keepAll: false });
  });

  it("says what is wrong before the server is asked", () => {
    expect(wrongs(USUAL)).toEqual({});
    expect(Object.keys(wrongs({ ...USUAL, locked: true, seed: "x", steps: "many", size: "big" })).sort()).toEqual(["seed", "size", "steps"]);
    expect([isSeed("0"), isSeed("-1"), isSeed("9007199254740991"), isSeed("")]).toEqual([true, false, false, false]);
  });

  it("comes back from a request that was kept", () => {
    const body = requestFor({ ...USUAL, prompt: "7", n: 1, steps: "8", negative: "3" }, "digits", 9);
    expect(settingsOf(body, USUAL)).toEqual({
      model: "digits", settings: { ...USUAL, prompt: "7", n: 1, steps: "8", negative: "3", seed: "9", locked: true },
    });
    expect(settingsOf("<img>", USUAL)).toBeNull();
  });
});

describe("what is drawn", () => {
  const event = (more: Partial<PictureEvent>): PictureEvent => ({ type: "image_generation.completed", b64_json: "AA", size: "1x1", ...more });
  const request = { model: "m", prompt: "7", n: 2, seed: 5 };

  it("takes shape where its index says", () => {
    const look = event({ type: "image_generation.partial_image", index: 1, partial_image_index: 0 });
    const [first, second] = told(begun(request), look).tiles;
    expect(first).toMatchObject({ seed: 5, content: null, done: false });
    expect(second).toMatchObject({ seed: 6, content: "AA", looks: 1, done: false });
  });

  it("fills the next where there is no index", () => {
    const both = told(told(begun(request), event({ b64_json: "AA" })), event({ b64_json: "BB" }));
    expect(both.tiles.map((tile) => [tile.content, tile.done])).toEqual([["AA", true], ["BB", true]]);
  });
});

describe("the gallery", () => {
  const one = (id: string, more: Partial<Creation> = {}): Creation => ({
    object: "creation", id, model: "emoji", modality: "image", title: id, prompt: "a heart", media_type: "image/png", bytes: 1,
    sha256: "", created_at: 0, favourite: false, deleted_at: null, ...more,
  });
  const all = { modality: "image", q: "", favourite: false, deleted: false };

  it("has what is new in front, and what changed where it stood", () => {
    const items = taken([one("a"), one("b")], one("c"), all);
    expect(items.map(({ id }) => id)).toEqual(["c", "a", "b"]);
    expect(taken(items, one("a", { favourite: true }), all)[1]).toMatchObject({ id: "a", favourite: true });
  });

  it("loses what belongs elsewhere by now", () => {
    expect(taken([one("a"), one("b")], one("a", { deleted_at: 3 }), all).map(({ id }) => id)).toEqual(["b"]);
    expect(taken([one("a", { favourite: true })], one("a"), { ...all, favourite: true })).toEqual([]);
    expect(taken([], one("a"), { ...all, q: "star" })).toEqual([]);
    expect(taken([], one("a"), { ...all, q: "HEART emo" })).toHaveLength(1);
  });
});

it("chooses the model of the address, the last one, the one of emoji", () => {
  const model = (id: string) => ({ id, created: 0, anew: { modality: "image" } });
  const models = [model("digits"), model("emoji")];
  expect(modelFor(models, "digits", "emoji")?.id).toBe("digits");
  expect(modelFor(models, "gone", "digits")?.id).toBe("digits");
  expect(modelFor(models, undefined, null)?.id).toBe("emoji");
  expect(modelFor([], undefined, null)).toBeUndefined();
});

it("names files as every system takes them, and spells bytes", () => {
  expect(fileName("emoji", 'a "red" heart/../x', 5)).toBe("emoji-a-red-heart-x-5.png");
  expect(fileName("", "", 1, "image/webp")).toBe("picture-1.webp");
  expect(base64Of(new Uint8Array(100_000)).length).toBe(Math.ceil(100_000 / 3) * 4);
});
