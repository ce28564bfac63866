// What a model can do, as far as its listing says it.
import type { Model } from "./shapes";

/** It goes on with a text. */
export const writes = (model: Model): boolean => ["text", "code", "chat"].includes(model.anew.modality);

/** It was made for conversations: the listing does not tell, so that it is every model of texts which is not of code
 * and has room for a conversation. */
export const canChat = (model: Model): boolean =>
  model.anew.modality === "chat" || (model.anew.modality === "text" && (model.anew.context ?? 0) >= 1024);

/** It draws pictures from nothing: one that enlarges, judges or is a part of others does not. */
export const draws = (model: Model): boolean => model.anew.modality === "image" && (model.anew.does ?? "make") === "make";
