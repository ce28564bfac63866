// One conversation: its turns, what is written next, and the dials.
import { Columns2, GitBranch, Highlighter, ListTree, MessageSquarePlus } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Model } from "../../api/shapes";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { Area, Select } from "../../parts/Field";
import { readText, useKept } from "../../parts/kept";
import { toast } from "../../parts/Toast";
import { setParams, useRoute } from "../../shell/route";
import { useShortcuts, type Shortcut } from "../../shell/shortcuts";
import { text } from "../../text";
import { AsCode } from "./AsCode";
import { Branches } from "./Branches";
import { Composer } from "./Composer";
import { DialPanel } from "./DialPanel";
import { readDials } from "./dials";
import { formOf, readForm } from "./form";
import { FormPanel, wrongOf } from "./FormPanel";
import { Legend } from "./Legend";
import { Message, type Acts } from "./Message";
import { Opening } from "./Opening";
import { Pair } from "./Pair";
import { requestFor, type Mode } from "./request";
import { added, before, choose, indexed, newId, pairOf, pathOf, standing } from "./tree";
import { useFollowing } from "./useFollowing";
import { useSession, type Ways } from "./useSession";
import { useWide } from "../../parts/useWide";

const LATE = 6; // turns at the end that are drawn at once

interface Props {
  id: string;
  models: readonly Model[];
  model: Model;
  mode: Mode;
  onNew: () => void;
  onConversations: () => void;
}

export function Talk({ id, models, model, mode, onNew, onConversations }: Props) {
  const { params } = useRoute();
  const session = useSession(id, params["at"]);
  const { held, writing, setTree, say, answer, stop } = session;
  const [draft, setDraft] = useKept("chat.draft", readText);
  const [dials, setDials] = useKept("chat.dials", readDials);
  const [form, setForm] = useKept("chat.form", readForm);
  const [treeShown, setTreeShown] = useState(false);
  const entry = useRef<HTMLTextAreaElement>(null);
  const wide = useWide();
  const sure = params["sure"] === "1";
  const path = useMemo(() => pathOf(held.tree), [held.tree]);
  const last = path.at(-1);
  const busy = writing.size > 0;
  const other = models.find((one) => one.id === params["beside"])?.id ?? null;
  const pair = useMemo(() => (last === undefined ? [] : pairOf(held.tree, last)), [held.tree, last]);
  useFollowing(last, busy);

  useEffect(() => setParams({ at: last?.id ?? null }), [last?.id]);
  useEffect(() => {
    const given = params["say"];
    if (given === undefined) return;
    setParams({ say: null });
    if (draft.trim() === "") setDraft(given);
    entry.current?.focus();
  }, [params, draft, setDraft]);

  // What the acts need of now; they stay the same functions, so that a turn is not drawn again for each word of another.
  const set: Ways = { mode, model: model.id, beside: other, form: formOf(form), dials };
  const ways = useRef(set);
  ways.current = set;
  const wrong = useRef<string | null>(null);
  wrong.current = wrongOf(form);
  const finished = useCallback(() => {
    if (wrong.current !== null) toast(text.chat.formFirst);
    return wrong.current === null;
  }, []);
  const dialled = useRef(setDials);
  dialled.current = setDials;
  const acts = useMemo<Acts>(
    () => ({
      choose: (turn) => setTree((tree) => choose(tree, turn)),
      edit: (turn, words) => {
        if (turn.role === "user") {
          if (finished()) say(turn.parent, words, ways.current);
        } else setTree((tree) => added(tree, { id: newId(), parent: turn.parent, role: "assistant", text: words, ...(turn.model ? { model: turn.model } : {}), ...(turn.form ? { form: turn.form } : {}) }));
      },
      retry: (turn) => {
        if (finished()) answer(turn.parent, ways.current);
      },
      goOn: (turn) => {
        if (finished()) answer(turn.id, ways.current);
      },
      resume: (turn) => {
        const own = turn.model ?? ways.current.model;
        answer(turn.parent, { ...ways.current, model: own, beside: null, form: null }, { given: turn.text, pieces: turn.pieces ?? [] });
      },
      branch: (turn, piece, instead) => {
        const given = before(turn, piece) + instead.text;
        const own = turn.model ?? ways.current.model;
        answer(turn.parent, { ...ways.current, model: own, beside: null, form: null }, { given, pieces: [...(turn.pieces ?? []).slice(0, piece), instead] });
      },
      stop,
      lockSeed: (seed) => {
        dialled.current({ ...ways.current.dials, seed, locked: true });
        toast(text.chat.seedLocked(seed));
      },
    }),
    [answer, finished, say, setTree, stop],
  );
  const send = (): void => {
    if (!finished()) return;
    say(last?.id ?? null, draft, ways.current);
    setDraft("");
  };
  const toggleBeside = useCallback(() => {
    setParams({ beside: other === null ? (models.find((one) => one.id !== model.id) ?? model).id : null });
  }, [other, models, model]);
  const toggleSure = useCallback(() => setParams({ sure: sure ? null : "1" }), [sure]);
  const shortcuts = useMemo<Shortcut[]>(
    () => [
      { keys: "n", does: text.chat.shortcuts.new, run: onNew },
      { keys: "/", does: text.chat.shortcuts.focus, run: () => entry.current?.focus() },
      { keys: "l", does: text.chat.shortcuts.sureness, run: toggleSure },
      { keys: "b", does: text.chat.shortcuts.tree, run: () => setTreeShown(true) },
      { keys: "2", does: text.chat.shortcuts.beside, run: toggleBeside },
      { keys: "Control+.", does: text.chat.shortcuts.stop, run: () => stop(), whileTyping: true },
    ],
    [onNew, stop, toggleBeside, toggleSure],
  );
  useShortcuts(shortcuts);

  const next = draft === "" ? [] : [{ id: "", parent: null, role: "user" as const, text: draft }];
  const request = requestFor({ mode, model: model.id, system: held.system, line: [...path, ...next], given: "", form: formOf(form), dials });
  const shown = pair.length > 0 ? path.slice(0, -1) : path;
  const tree = indexed(held.tree);
  return (
    <div className={`chat ${pair.length > 0 ? "paired" : ""}`}>
      <section className="talk" aria-label={text.chat.conversation}>
        <header className="chat-head">
          <span className="acts">
            <Button little icon={MessageSquarePlus} onClick={onNew}>{text.chat.new}</Button>
            <Button little icon={ListTree} onClick={onConversations}>{text.chat.conversations}</Button>
            <Button little icon={GitBranch} disabled={path.length === 0} onClick={() => setTreeShown(true)}>{text.chat.tree}</Button>
            <Button little icon={Highlighter} aria-pressed={sure} onClick={toggleSure}>{text.chat.sureness}</Button>
            <Button little icon={Columns2} aria-pressed={other !== null} disabled={models.length === 0} onClick={toggleBeside}>{text.chat.beside}</Button>
          </span>
        </header>
        <div className="choices">
          <Select name={text.chat.model} value={model.id} options={models.map((one) => ({ value: one.id, shown: one.id }))}
            onValue={(chosen) => setParams({ model: chosen, mode: null })} />
          <Select name={text.chat.mode} value={mode}
            options={(["chat", "complete"] as const).map((one) => ({ value: one, shown: text.chat.modes[one] }))}
            onValue={(chosen) => setParams({ mode: chosen })} />
          {other !== null && (
            <Select name={text.chat.second} hint={text.chat.secondHint} value={other} options={models.map((one) => ({ value: one.id, shown: one.id }))}
              onValue={(chosen) => setParams({ beside: chosen })} />
          )}
        </div>
        {sure && <Legend />}
        {path.length === 0 ? (
          <Opening mode={mode} model={model} onExample={(example) => { setDraft(example); entry.current?.focus(); }} />
        ) : (
          <ol className="turns">
            {shown.map((turn, i) => (
              <Message key={turn.id} turn={turn} standing={standing(tree, turn)} mode={mode} sure={sure} late={i >= shown.length - LATE}
                writing={writing.has(turn.id)} busy={busy} acts={acts} />
            ))}
            {pair.length > 0 && last !== undefined && (
              <Pair turns={pair} taken={last.id} mode={mode} sure={sure} writing={writing} acts={acts} />
            )}
          </ol>
        )}
        <Composer mode={mode} draft={draft} onDraft={setDraft} onSend={send} onStop={() => stop()} writing={busy}
          canSend={draft.trim() !== ""} entry={entry} />
        <span className="out-of-sight" role="status">{busy ? text.loading : ""}</span>
      </section>
      <aside className="beside" aria-label={text.chat.dials}>
        {mode === "chat" && (
          <Area name={text.chat.system} hint={text.chat.systemHint} rows={3} value={held.system} onValue={session.setSystem} />
        )}
        <details open={form.kind !== "free"}>
          <summary>{text.chat.form}</summary>
          <FormPanel set={form} onSet={setForm} />
        </details>
        <details open={wide}>
          <summary>{text.chat.dials}</summary>
          <DialPanel dials={dials} onDials={setDials} />
        </details>
        <details>
          <summary>{text.chat.asCode}</summary>
          <AsCode request={request} />
        </details>
      </aside>
      <Dialog heading={text.chat.tree} open={treeShown} onClose={() => setTreeShown(false)}>
        <p className="soft small">{text.chat.treeHint}</p>
        <Branches tree={held.tree} path={new Set(path.map((turn) => turn.id))}
          onChoose={(turn) => { if (!busy) acts.choose(turn); setTreeShown(false); }} />
      </Dialog>
    </div>
  );
}
