// One conversation on the screen: its tree, what is being written, and that all of it is kept.
import { useCallback, useEffect, useRef, useState } from "react";
import { asFault } from "../../api/fault";
import { toast } from "../../parts/Toast";
import { text } from "../../text";
import { keepConversation, readConversation, type Conversation } from "./conversations";
import { withSeed, type Dials } from "./dials";
import type { Form } from "./form";
import type { Mode, Wanted } from "./request";
import { added, changed, choose, lineTo, newId, type Ending, type Piece, type Tree, type Turn } from "./tree";
import { write } from "./writing";

const PAUSE = 600; // milliseconds after a change until it is kept
const LONGEST = 4000; // milliseconds that pass at most until what changes all the time is
const ENDINGS: Readonly<Record<string, Ending | undefined>> = { stop: "stop", length: "length" };

export interface Ways {
  mode: Mode;
  model: string;
  /** Another model that answers the same beside it. */
  beside: string | null;
  form: Form | null;
  dials: Dials;
}

/** What an answer begins with. */
export interface From {
  given: string;
  /** As far as its likelihoods are known. */
  pieces: readonly Piece[];
}

export interface Session {
  held: Conversation;
  /** The turns that are being written. */
  writing: ReadonlySet<string>;
  setSystem: (system: string) => void;
  setTree: (change: (tree: Tree) => Tree) => void;
  /** A turn of the reader's behind `parent`, and an answer to it. */
  say: (parent: string | null, words: string, ways: Ways) => void;
  /** An answer to what ends in `parent`, or two beside each other. */
  answer: (parent: string | null, ways: Ways, from?: From) => void;
  /** Stop one turn, or all. */
  stop: (id?: string) => void;
}

const NONE: ReadonlySet<string> = new Set();

export function useSession(id: string, at: string | undefined): Session {
  const [held, setHeld] = useState(() => {
    const kept = readConversation(id);
    return at !== undefined && kept.tree.turns[at] !== undefined ? { ...kept, tree: choose(kept.tree, at) } : kept;
  });
  const [writing, setWriting] = useState(NONE);
  const now = useRef(held);
  const under = useRef(new Map<string, AbortController>());
  const keptAt = useRef(0);

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
    const keep = (): void => {
      keptAt.current = performance.now();
      if (!keepConversation(held)) toast(text.chat.full);
    };
    // What is being written changes all the time: it is not only kept when it pauses.
    const since = performance.now() - keptAt.current;
    const timer = setTimeout(keep, since > LONGEST ? 0 : PAUSE);
    return () => clearTimeout(timer);
  }, [held]);
  useEffect(() => {
    const keep = (): void => void keepConversation(now.current);
    const all = under.current;
    window.addEventListener("pagehide", keep);
    return () => {
      window.removeEventListener("pagehide", keep);
      for (const leaving of all.values()) leaving.abort();
      keep();
    };
  }, []);

  const begin = useCallback(
    (turn: Turn, wanted: Wanted) => {
      const leaving = new AbortController();
      under.current.set(turn.id, leaving);
      setTree((tree) => added(tree, turn));
      void follow(wanted, turn, leaving, setTree).finally(() => {
        under.current.delete(turn.id);
        setWriting(new Set(under.current.keys()));
      });
    },
    [setTree],
  );
  const stop = useCallback<Session["stop"]>((one) => {
    for (const [turn, leaving] of under.current) if (one === undefined || one === turn) leaving.abort();
  }, []);
  const answer = useCallback<Session["answer"]>(
    (parent, { mode, model, beside, form, dials }, from) => {
      stop();
      const given = from?.given ?? "";
      const line = lineTo(now.current.tree, parent);
      // What a chat begins with is told again by the model, with likelihoods of its own; a completion goes on behind it.
      const begun = mode === "complete" ? { text: given, pieces: from?.pieces ?? [] } : { text: "", pieces: [] };
      const models = beside === null || from !== undefined ? [model] : [model, beside];
      const more = {
        ...(models.length > 1 ? { pair: newId() } : {}), ...(given === "" ? {} : { given }), ...(form === null ? {} : { form }),
      };
      const drawn = models.length > 1 ? withSeed(dials) : dials;
      const turns = models.map((one): Turn => ({ id: newId(), parent, role: "assistant", ...begun, model: one, ...more }));
      for (const turn of turns) {
        begin(turn, { mode, model: turn.model ?? model, system: now.current.system, line, given, form, dials: drawn });
      }
      const first = turns[0]?.id;
      if (first !== undefined) setTree((tree) => choose(tree, first));
      setWriting(new Set(under.current.keys()));
    },
    [begin, setTree, stop],
  );
  const say = useCallback<Session["say"]>(
    (parent, words, ways) => {
      const turn: Turn = { id: newId(), parent, role: "user", text: words };
      setTree((tree) => added(tree, turn));
      answer(turn.id, ways);
    },
    [answer, setTree],
  );
  return { held, writing, setSystem, setTree, say, answer, stop };
}

/** Put what is written into the tree, as often as the screen is drawn. */
async function follow(
  wanted: Wanted, turn: Turn, leaving: AbortController, setTree: Session["setTree"],
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
