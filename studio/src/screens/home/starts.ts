// What there is to begin with: what its model and its screen are there for.
import type { Model } from "../../api/shapes";
import { isBuilt, type ScreenId } from "../../shell/screens";
import { spellRoute } from "../../shell/route";
import { text } from "../../text";
import { canChat, writes } from "../../api/kinds";

export interface Start {
  id: "draw" | "write" | "talk" | "compose" | "sample" | "own";
  address: string;
  name: string;
  why: string;
}

/** `models`: those that are served, undefined while nobody knows. */
export function startsFor(models: readonly Model[], built: (id: ScreenId) => boolean = isBuilt): Start[] {
  const { home } = text;
  const found: Start[] = [];
  const drawer = models.find((one) => one.id === "emoji") ?? models.find((one) => one.anew.modality === "image");
  const coder = models.find((one) => one.anew.modality === "code");
  const talker = models.find(canChat);
  const composer = models.find((one) => one.anew.modality === "music");
  const writer = coder ?? models.find(writes);
  if (drawer && built("images")) {
    found.push({ id: "draw", address: spellRoute("images", { model: drawer.id }), name: home.draw, why: home.drawWhy });
  }
  if (talker && built("chat")) {
    found.push({ id: "talk", address: spellRoute("chat", { model: talker.id }), name: home.talk, why: home.talkWhy });
  }
  if (coder && built("code")) {
    found.push({ id: "write", address: spellRoute("code", { model: coder.id, say: home.prompt }), name: home.write, why: home.writeWhy });
  } else if (writer && built("chat")) {
    const address = spellRoute("chat", { model: writer.id, mode: "complete", say: home.prompt });
    found.push({ id: "write", address, name: home.write, why: home.writeWhy });
  }
  if (composer && built("sound")) {
    found.push({ id: "compose", address: spellRoute("sound", { model: composer.id }), name: home.compose, why: home.composeWhy });
  }
  if (built("train")) {
    found.push({ id: "sample", address: spellRoute("train", { recipe: "digits" }), name: home.sample, why: home.sampleWhy });
    found.push({ id: "own", address: spellRoute("train", { from: "folder" }), name: home.own, why: home.ownWhy });
  }
  return found;
}
