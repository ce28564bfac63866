import { expect, it } from "vitest";
import { basesFor, given, readDials, wrongIn } from "./bases";
import { able, fieldOf, paramsOf, recipeFor, sourceOf } from "./source";
import { asked, entryOf, groupsOf, readOverrides, settingOf } from "./settings";

const setting = (key: string) => ({ key, about: "", kind: {}, value: null });

it("draws an entry by what a setting takes", () => {
  expect(entryOf({ enum: ["xs", "s"], type: "string" })).toEqual({ kind: "choice", values: ["xs", "s"] });
  expect(entryOf({ anyOf: [{ enum: [1, 2], type: "integer" }, { type: "null" }] })).toEqual({ kind: "choice", values: ["1", "2"] });
  expect(entryOf({ type: "boolean" })).toEqual({ kind: "yes" });
  expect(entryOf({ anyOf: [{ exclusiveMinimum: 0, type: "number" }, { type: "null" }] })).toEqual({ kind: "number", least: 0, most: undefined });
  expect(entryOf({ anyOf: [{ type: "integer" }, { type: "string" }, { type: "null" }] })).toEqual({ kind: "text" });
});

it("finds the setting that a fault is about", () => {
  const all = ["train.lr", "model.width", "size"].map(setting);
  expect(settingOf("recipe: 'train.lr': input should be greater than 0, not -1", all)).toBe("train.lr");
  expect(settingOf("model.width: Input should be a multiple of 16, not 17", all)).toBe("model.width");
  expect(settingOf("recipe: 'size': input should be 'xs', 's', 'm' or 'l', not 'xxl'", all)).toBe("size");
  expect(settingOf("the disk is full", all)).toBeNull();
});

it("groups what is not asked first, without what the data have no use for", () => {
  const all = ["size", "seed", "clean.min_chars", "clean.min_pixels", "judge.train.lr", "train.lr"].map(setting);
  expect(groupsOf(all, "image").map(({ name, settings }) => [name, settings.map((one) => one.key)])).toEqual([
    ["train", ["train.lr"]],
    ["clean", ["clean.min_pixels"]],
    ["judge.train", ["judge.train.lr"]],
  ]);
});

it("reads what was kept, and asks for the seed by itself", () => {
  expect(readOverrides({ digits: { size: "xs", bad: 3 }, odd: 1 })).toEqual({ digits: { size: "xs" } });
  expect(asked({ seed: "7", size: "xs" }, 0)).toEqual({ seed: 7, overrides: { size: "xs" } });
  expect(asked({}, 0)).toEqual({ seed: 0, overrides: {} });
});

it("keeps what is learnt from in the address", () => {
  for (const source of [{ kind: "set", name: "a" }, { kind: "file", id: "file-1", name: "x.zip" }, { kind: "folder", path: "/a b" }] as const) {
    const params = Object.fromEntries(Object.entries(paramsOf(source)).filter((one): one is [string, string] => typeof one[1] === "string"));
    expect(sourceOf(params)).toEqual(source);
  }
  expect(sourceOf({})).toBeNull();
  expect(fieldOf({ kind: "folder", path: "/x" })).toEqual({ training_folder: "/x" });
  expect(fieldOf({ kind: "file", id: "file-1", name: "x" })).toEqual({ training_file: "file-1" });
});

it("takes the recipe that was written for the data, or one for any", () => {
  const recipe = (name: string, modality: string, source = "", starts = true) => ({ name, modality, source, starts, about: "" });
  const all = [recipe("tuned", "image", "", false), recipe("digits-few", "image", "mnist"), recipe("digits", "image", "d"), recipe("images", "image"), recipe("text", "text")];
  expect(recipeFor(all, "image", { kind: "set", name: "d" })?.name).toBe("digits");
  expect(recipeFor(all, "image", { kind: "folder", path: "/x" })?.name).toBe("images");
  expect(recipeFor(all, "music", null)).toBeUndefined();
  expect(able(all, "image").map((one) => one.name)).toEqual(["digits-few", "digits", "images"]);
});

it("lets models go on with what they can, by dials that are numbers", () => {
  const model = (id: string, modality: string, more = {}) => ({ id, created: 0, anew: { modality, bytes: 1, ...more } });
  const all = [model("talker", "text"), model("emoji", "image"), model("sharper", "image", { does: "enlarge" })];
  expect(basesFor(all, "chat").map((one) => one.id)).toEqual(["talker"]);
  expect(basesFor(all, "image").map((one) => one.id)).toEqual(["emoji"]);
  const dials = readDials({ n_epochs: "2", batch_size: "1.5", learning_rate_multiplier: 3 });
  expect(wrongIn(dials)).toEqual(["batch_size"]);
  expect(given(readDials({ n_epochs: "2" }))).toEqual({ n_epochs: 2 });
});
