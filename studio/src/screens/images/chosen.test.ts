import { expect, it } from "vitest";
import type { Creation } from "../../api/shapes";
import { toggled } from "./chosen";

const one = (id: string): Creation => ({
  object: "creation", id, model: "emoji", modality: "image", title: id, prompt: "", media_type: "image/png", bytes: 1,
  sha256: "", created_at: 0, favourite: false, deleted_at: null,
});

it("holds two at most: a third takes the place of the first", () => {
  const two = toggled(toggled([], one("a")), one("b"));
  expect(two.map(({ id }) => id)).toEqual(["a", "b"]);
  expect(toggled(two, one("c")).map(({ id }) => id)).toEqual(["b", "c"]);
  expect(toggled(two, one("a")).map(({ id }) => id)).toEqual(["b"]);
});
