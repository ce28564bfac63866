// What a model can do, as far as its listing says it.
import type { Model } from "./shapes";

/** It goes on with a text. */
export const writes = (model: Model): boolean => ["text", "code", "chat"].includes(model.anew.modality);

/** It was made for conversations. */
export const canChat = (model: Model): boolean => model.anew.chats === true;

/** It draws pictures from nothing: one that enlarges, judges or is a part of others does not. */
export const draws = (model: Model): boolean => model.anew.modality === "image" && (model.anew.does ?? "make") === "make";
