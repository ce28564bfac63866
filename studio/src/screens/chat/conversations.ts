// Conversations as this browser keeps them: a list, and each by itself, so that one that grows is written alone.
import { readKept, writeKept } from "../../parts/kept";
import { EMPTY, pathOf, type Turn, type Tree } from "./tree";

export interface Listed {
  id: string;
  title: string;
  changed: number;
}

export interface Conversation {
  id: string;
  system: string;
  tree: Tree;
}

const LIST = "chat.list";
const at = (id: string): string => `chat.of.${id}`;

export function isId(id: string | undefined): id is string {
  return id !== undefined && /^[0-9a-f]{12}$/.test(id);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function isTurn(value: unknown): value is Turn {
  return (
    isRecord(value) &&
    typeof value["id"] === "string" &&
    (value["parent"] === null || typeof value["parent"] === "string") &&
    (value["role"] === "user" || value["role"] === "assistant") &&
    typeof value["text"] === "string" &&
    (value["pieces"] === undefined || Array.isArray(value["pieces"]))
  );
}

/** What was kept, as far as it is a conversation. */
export function readConversation(id: string, kept: unknown = readKept(at(id))): Conversation {
  if (!isRecord(kept) || !isRecord(kept["tree"])) return { id, system: "", tree: EMPTY };
  const { turns, chosen } = kept["tree"];
  const good = Object.entries(isRecord(turns) ? turns : {}).filter((entry): entry is [string, Turn] => isTurn(entry[1]));
  const stood = Object.entries(isRecord(chosen) ? chosen : {}).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return {
    id,
    system: typeof kept["system"] === "string" ? kept["system"] : "",
    tree: { turns: Object.fromEntries(good), chosen: Object.fromEntries(stood) },
  };
}

export function listConversations(): Listed[] {
  const kept = readKept(LIST);
  if (!Array.isArray(kept)) return [];
  return kept.filter(
    (one): one is Listed =>
      isRecord(one) && isId(one["id"] as string) && typeof one["title"] === "string" && typeof one["changed"] === "number",
  );
}

export function titleOf(tree: Tree): string {
  return (pathOf(tree)[0]?.text ?? "").trim().split("\n")[0]?.slice(0, 80) ?? "";
}

function withoutPieces(tree: Tree): Tree {
  const turns = Object.entries(tree.turns).map(([id, turn]): [string, Turn] => {
    const rest = { ...turn };
    delete rest.pieces;
    return [id, rest];
  });
  return { ...tree, turns: Object.fromEntries(turns) };
}

/** False where the browser takes no more; then it is tried without the likelihoods, which are the most of it. */
export function keepConversation({ id, system, tree }: Conversation): boolean {
  if (Object.keys(tree.turns).length === 0) return true;
  const whole = writeKept(at(id), { system, tree });
  const kept = whole || writeKept(at(id), { system, tree: withoutPieces(tree) });
  const others = listConversations().filter((one) => one.id !== id);
  return writeKept(LIST, [{ id, title: titleOf(tree), changed: Date.now() }, ...others]) && kept;
}

export function forgetConversation(id: string): void {
  writeKept(at(id), null);
  writeKept(
    LIST,
    listConversations().filter((one) => one.id !== id),
  );
}
