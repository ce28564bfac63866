// What each stored model can do, in plain words, with the screen that does it; which are whose; which are looked for.
import { canChat } from "../../api/kinds";
import type { Stored } from "../../api/models";
import type { Model } from "../../api/shapes";
import { spellRoute } from "../../shell/route";
import { isBuilt, type ScreenId } from "../../shell/screens";
import { text } from "../../text";

export const MAKES = ["text", "code", "image", "music", "speech", "audio", "table", "vectors", "part"] as const;
export type Makes = (typeof MAKES)[number];

/** A model that is stored, or one of another program that speaks or hears, which is not: `stored` undefined. */
export interface Kept {
  name: string;
  stored: Stored | undefined;
  listed: Model | undefined;
  makes: Makes;
  chats: boolean;
  /** It hears rather than speaks. */
  hears: boolean;
}

export interface Use {
  words: string;
  act: string;
  address: string;
}

function makesOf(stored: Stored, listed: Model | undefined, speaks: boolean): Makes {
  if (stored.does !== "make") return "part";
  if (speaks) return "speech";
  switch (stored.modality) {
    case "chat":
      return "text";
    case "text":
      return listed !== undefined && typeof listed.anew.context !== "number" ? "vectors" : "text";
    case "code":
    case "image":
    case "music":
    case "audio":
    case "table":
      return stored.modality;
    default:
      return "part";
  }
}

/** What is in the store, and behind it what speaks and hears without being there. */
export function keptOf(all: readonly Stored[], listed: readonly Model[]): Kept[] {
  const sounding = listed.filter((one) => one.anew.modality === "speech");
  const found = all.map((one): Kept => {
    const served = listed.find((other) => other.id === one.name && other.anew.modality !== "speech");
    const makes = makesOf(one, served, sounding.some((other) => other.id === one.name));
    return { name: one.name, stored: one, listed: served, makes, chats: served !== undefined && canChat(served), hears: false };
  });
  const ready = sounding.filter((one) => !all.some((other) => other.name === one.id));
  return [
    ...found,
    ...ready.map((one): Kept => ({ name: one.id, stored: undefined, listed: one, makes: "speech", chats: false, hears: one.anew.does === "hear" })),
  ];
}

/** What it can do, and where; no address where no screen does it. */
export function useOf(one: Kept, built: (id: ScreenId) => boolean = isBuilt): Use[] {
  const { does, acts } = text.models;
  const on = (screen: ScreenId, words: string, act: string, params: Record<string, string>): Use[] =>
    [{ words, act, address: built(screen) ? spellRoute(screen, params) : "" }];
  const model = one.name;
  switch (one.makes) {
    case "text":
      return one.chats ? on("chat", does.chat, acts.chat, { model }) : on("chat", does.text, acts.write, { model, mode: "complete" });
    case "code":
      return built("code") ? on("code", does.code, acts.write, { model }) : on("chat", does.code, acts.write, { model, mode: "complete" });
    case "image":
      return on("images", does.image, acts.draw, { model });
    case "music":
      return on("sound", does.music, acts.compose, { model, tab: "compose" });
    case "audio":
      return on("sound", does.audio, acts.hear, { model, tab: "effects" });
    case "speech":
      return one.hears ? [{ words: does.hears, act: "", address: "" }] : on("sound", does.speech, acts.speak, { model, tab: "speak" });
    case "table":
      return [{ words: does.table, act: "", address: "" }];
    case "vectors":
      return [{ words: does.vectors, act: "", address: "" }];
    case "part": {
      const what = one.stored?.does;
      const words = what === "encode" ? does.encode : what === "enlarge" ? does.enlarge : what === "score" ? does.score : does.part;
      return [{ words, act: "", address: "" }];
    }
  }
}

export const WHOSE = ["trained", "imported", "starter", "ready"] as const;
export type Whose = (typeof WHOSE)[number];

export const whoseOf = (one: Kept): Whose => one.stored?.origin ?? (one.stored === undefined ? "ready" : "trained");

export interface Search {
  q: string;
  makes: string;
}

/** Every word has to stand somewhere in what is told of it. */
export function found(all: readonly Kept[], { q, makes }: Search): Kept[] {
  const words = q.toLowerCase().split(/\s+/).filter((word) => word !== "");
  return all.filter((one) => {
    const { stored } = one;
    const told = [one.name, ...(stored?.aliases ?? []), stored?.about, stored?.licence, ...useOf(one).map((use) => use.words)];
    const whole = told.join(" ").toLowerCase();
    return (makes === "" || one.makes === makes) && words.every((word) => whole.includes(word));
  });
}
