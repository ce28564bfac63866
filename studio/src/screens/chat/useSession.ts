// One conversation on the screen: its tree, what is being written, and that all of it is kept.
import { useCallback, useEffect, useRef, useState } from "react";
import { asFault } from "../../api/fault";
import { toast } from "../../parts/Toast";
import { text } from "../../text";
import { keepConversation, readConversation, type Conversation } from "./conversations";
import type { Dials } from "./dials";
import type { Mode } from "./request";
import { added, before, changed, choose, lineTo, newId, type Ending, type Piece, type Tree, type Turn } from "./tree";
import { write } from "./writing";

const PAUSE = 600; // milliseconds after a change until it is kept
const ENDINGS: Readonly<Record<string, Ending | undefined>> = { stop: "stop", length: "length" };

export interface Ways {
  mode: Mode;
  model: string;
  dials: Dials;
}

export interface Session {
  held: Conversation;
  /** The turn that is being written. */
  writing: string | null;
  setSystem: (system: string) => void;
  setTree: (change: (tree: Tree) => Tree) => void;
  /** A turn of the reader's behind `parent`, and an answer to it. */
  say: (parent: string | null, words: string, ways: Ways) => void;
  /** An answer to what ends in `parent`; `from`: a piece of another answer, in whose place something else stands. */
  answer: (parent: string | null, ways: Ways, from?: { turn: Turn; piece: number; instead: Piece }) => void;
  stop: () => void;
}

export function useSession(id: string, at: string | undefined): Session {
  const [held, setHeld] = useState(() => {
    const kept = readConversation(id);
    return at !== undefined && kept.tree.turns[at] !== undefined ? { ...kept, tree: choose(kept.tree, at) } : kept;
  });
  const [writing, setWriting] = useState<string | null>(null);
  const now = useRef(held);
  const stopping = useRef<AbortController | null>(null);

  const update = useCallback((change: (held: Conversation) => Conversation) => {
    now.current = change(now.current);
    setHeld(now.current);
  }, []);
  const setTree = useCallback(
    (change: (tree: Tree) => Tree) => update((before) => ({ ...before, tree: change(before.tree) })),
    [update],
  );
  const setSystem = useCallback((system: string) => update((before) => ({ ...before, system })), [update]);

  useEffect(() => {
    const timer = setTimeout(() => {
      if (!keepConversation(held)) toast(text.chat.full);
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [held]);
  useEffect(() => {
    const keep = (): void => void keepConversation(now.current);
    window.addEventListener("pagehide", keep);
    return () => {
      window.removeEventListener("pagehide", keep);
      stopping.current?.abort();
      keep();
    };
  }, []);

  const answer = useCallback<Session["answer"]>(
    (parent, { mode, model, dials }, from) => {
      stopping.current?.abort();
      const leaving = new AbortController();
      stopping.current = leaving;
      const given = from === undefined ? "" : before(from.turn, from.piece) + from.instead.text;
      const line = lineTo(now.current.tree, parent);
      // What a chat begins with is told again by the model, with likelihoods of its own; a completion goes on behind it.
      const kept = from !== undefined && mode === "complete" ? [...(from.turn.pieces ?? []).slice(0, from.piece), from.instead] : [];
      const turn: Turn = {
        id: newId(), parent, role: "assistant", text: mode === "complete" ? given : "", pieces: kept, model,
        ...(given === "" ? {} : { given }),
      };
      setTree((tree) => added(tree, turn));
      setWriting(turn.id);
      void follow({ mode, model, system: now.current.system, line, given, dials }, turn, leaving, setTree).finally(() => {
        if (stopping.current === leaving) {
          stopping.current = null;
          setWriting(null);
        }
      });
    },
    [setTree],
  );
  const say = useCallback<Session["say"]>(
    (parent, words, ways) => {
      const turn: Turn = { id: newId(), parent, role: "user", text: words };
      setTree((tree) => added(tree, turn));
      answer(turn.id, ways);
    },
    [answer, setTree],
  );
  const stop = useCallback(() => stopping.current?.abort(), []);
  return { held, writing, setSystem, setTree, say, answer, stop };
}

/** Put what is written into the tree, as often as the screen is drawn. */
async function follow(
  wanted: Parameters<typeof write>[0], turn: Turn, leaving: AbortController, setTree: Session["setTree"],
): Promise<void> {
  let written = turn.text;
  let pieces: Piece[] = [...(turn.pieces ?? [])];
  let more: Partial<Turn> = {};
  let drawn = 0;
  let first = 0;
  const show = (): void => {
    drawn = 0;
    setTree((tree) => changed(tree, turn.id, { text: written, pieces, ...more }));
  };
  try {
    const { seed, progress } = await write(wanted, leaving.signal);
    more = { ...more, seed };
    for await (const one of progress) {
      written += one.text;
      if (one.pieces.length > 0) pieces = [...pieces, ...one.pieces];
      if (one.text !== "" && first === 0) first = performance.now();
      const ending = ENDINGS[one.ending ?? ""];
      if (ending !== undefined) more = { ...more, ending };
      if (one.tokens !== null) more = { ...more, tokens: one.tokens, seconds: (performance.now() - first) / 1000 };
      drawn ||= requestAnimationFrame(show);
    }
  } catch (thrown) {
    const fault = asFault(thrown);
    const ending: Ending = fault.kind === "stopped" ? "stopped" : fault.kind === "away" ? "broken" : "failed";
    more = { ...more, ending, ...(ending === "failed" ? { why: fault.message } : {}) };
  }
  if (drawn !== 0) cancelAnimationFrame(drawn);
  show();
}
