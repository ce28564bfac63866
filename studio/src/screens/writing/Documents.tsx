// Questions that given texts answer, with the sentences that each answer rests on.
import { FilePlus, MessageCircleQuestion, Square, Trash2 } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { asFault, type Fault as Failed } from "../../api/fault";
import type { Model } from "../../api/shapes";
import { task, type Answered } from "../../api/writing";
import { Button } from "../../parts/Button";
import { Area, Select } from "../../parts/Field";
import { readText, useKept } from "../../parts/kept";
import { Progress } from "../../parts/Meter";
import { Empty, Fault } from "../../parts/states";
import { setParams, useRoute } from "../../shell/route";
import { useShortcuts, type Shortcut } from "../../shell/shortcuts";
import { text } from "../../text";
import { newId } from "../chat/tree";
import { Answer } from "./Answer";
import { keepable, placeIn, readAsked, type Asked, type Held } from "./documents";
import { Reader } from "./Reader";
import { useDocuments } from "./useDocuments";

interface Props {
  models: readonly Model[];
  model: Model;
}

/** What the server told, with its places counted as this page counts. */
export function askedOf(question: string, model: string, told: Answered, held: readonly Held[]): Asked {
  const quotes = told.quotes.flatMap((one) => {
    const from = held[one.document];
    if (from === undefined) return [];
    return [{ in: from.id, name: from.name, start: placeIn(from.text, one.start), end: placeIn(from.text, one.end), text: one.text }];
  });
  return { id: newId(), question, model, text: told.text, quotes, support: told.support, needed: told.needed, dropped: told.dropped };
}

export default function Documents({ models, model }: Props) {
  const { writing } = text;
  const { params } = useRoute();
  const { held, add, remove, over } = useDocuments();
  const [question, setQuestion] = useKept("documents.question", readText);
  const [asked, setAsked] = useKept("documents.asked", readAsked);
  const [growing, setGrowing] = useState<{ question: string; said: string } | null>(null);
  const [fault, setFault] = useState<Failed | null>(null);
  const leaving = useRef<AbortController | null>(null);
  const entry = useRef<HTMLTextAreaElement>(null);
  const chooser = useRef<HTMLInputElement>(null);
  useEffect(() => () => leaving.current?.abort(), []);

  const shown = held.find((one) => one.id === params["doc"]) ?? held[0];
  const answer = asked.find((one) => one.id === params["answer"]);
  const at = Number(params["quote"] ?? "0");
  const quotes = useMemo(() => answer?.quotes.filter((one) => one.in === shown?.id) ?? [], [answer, shown]);

  const ask = async (): Promise<void> => {
    const wanted = question.trim();
    if (wanted === "" || held.length === 0 || growing !== null) return;
    const controller = new AbortController();
    leaving.current = controller;
    setFault(null);
    setGrowing({ question: wanted, said: "" });
    try {
      const body = { model: model.id, question: wanted, documents: held.map((one) => one.text) };
      const done = await task<Answered>("answer", body, controller.signal, (answers) => setGrowing({ question: wanted, said: answers[0] ?? "" }));
      const found = askedOf(wanted, model.id, done.result, held);
      setAsked([found, ...asked]);
      setQuestion("");
      setParams({ answer: found.id, quote: null, doc: found.quotes[0]?.in ?? shown?.id });
    } catch (thrown) {
      const failed = asFault(thrown);
      if (failed.kind !== "stopped") setFault(failed);
    } finally {
      setGrowing(null);
    }
  };
  const shortcuts = useMemo<Shortcut[]>(
    () => [
      { keys: "/", does: writing.shortcuts.question, run: () => entry.current?.focus() },
      { keys: "a", does: writing.shortcuts.add, run: () => chooser.current?.click() },
      { keys: "Control+.", does: writing.shortcuts.stop, run: () => leaving.current?.abort(), whileTyping: true },
    ],
    [writing],
  );
  useShortcuts(shortcuts);

  return (
    <div className="documents">
      <section className="asking" aria-label={writing.questions}>
        <Select name={text.chat.model} value={model.id} options={models.map((one) => ({ value: one.id, shown: one.id }))}
          onValue={(chosen) => setParams({ model: chosen })} />
        <div className="held">
          <h2>{writing.held}</h2>
          {held.length === 0 && <Empty>{writing.noneHeld}</Empty>}
          <ul>
            {held.map((one) => (
              <li key={one.id}>
                <button type="button" className="open" aria-current={one.id === shown?.id ? "true" : undefined} onClick={() => setParams({ doc: one.id })}>
                  <strong><bdi>{one.name}</bdi></strong>
                  <span className="soft small">{writing.lengthOf(one.text.length)}</span>
                </button>
                <Button look="quiet" little icon={Trash2} name={writing.removeDocument(one.name)} onClick={() => remove(one.id)} />
              </li>
            ))}
          </ul>
          <span className="acts">
            <Button little icon={FilePlus} onClick={() => chooser.current?.click()}>{writing.addDocuments}</Button>
            <input ref={chooser} type="file" multiple hidden accept=".txt,.md,.markdown,.html,.htm,.csv,.json,.log,.rst,.tex,.py,text/*" aria-label={writing.addDocuments}
              onChange={(event) => { void add([...(event.target.files ?? [])]); event.target.value = ""; }} />
            <span className="soft small">{writing.dropHint}</span>
          </span>
          {held.length > 0 && keepable(held).length === 0 && <p className="soft small">{writing.tooMuch}</p>}
        </div>
        <form className="question" onSubmit={(event) => { event.preventDefault(); void ask(); }}>
          <Area name={writing.question} hint={writing.questionHint} rows={2} value={question} onValue={setQuestion} ref={entry}
            onKeyDown={(event) => {
              if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
              event.preventDefault();
              void ask();
            }} />
          {growing === null ? (
            <Button look="primary" icon={MessageCircleQuestion} type="submit" disabled={question.trim() === "" || held.length === 0}>{writing.ask}</Button>
          ) : (
            <Button look="primary" icon={Square} onClick={() => leaving.current?.abort()}>{text.chat.stop}</Button>
          )}
        </form>
        {fault !== null && <Fault fault={fault} again={() => void ask()} />}
        {growing !== null && (
          <article className="found" aria-busy="true">
            <h3>{growing.question}</h3>
            <Progress name={writing.looking} />
            <p className="soft small">{growing.said === "" ? writing.looking : writing.drafting}</p>
            <p className="said">{growing.said}</p>
          </article>
        )}
        {asked.map((one) => (
          <Answer key={one.id} asked={one} here={one.id === answer?.id} held={held}
            onOpen={(quote) => setParams({ answer: one.id, doc: one.quotes[quote]?.in ?? shown?.id, quote: String(quote) }, false)}
            onRemove={() => setAsked(asked.filter((other) => other.id !== one.id))} />
        ))}
      </section>
      <Reader document={shown} quotes={quotes} at={quotes.findIndex((one) => one === answer?.quotes[at])} />
      {over && <div className="drop-over" aria-hidden>{writing.dropHere}</div>}
    </div>
  );
}
