import "./chat.css";
import "../writing/writing.css";
import "./form.css";
import "./lists.css";
import "./pair.css";
import "./sure.css";
import { lazy, Suspense, useCallback, useEffect, useState } from "react";
import { models } from "../../api/answers";
import { canChat, writes } from "../../api/kinds";
import type { Model } from "../../api/shapes";
import { useLoaded } from "../../api/use";
import { readKept, writeKept } from "../../parts/kept";
import { Empty, Fault, Waiting } from "../../parts/states";
import { Tabs } from "../../parts/Tabs";
import { setParams, useRoute } from "../../shell/route";
import { text } from "../../text";
import { Conversations } from "./Conversations";
import { isId } from "./conversations";
import type { Mode } from "./request";
import { Talk } from "./Talk";
import { newId } from "./tree";

/** The model of the address, the one that was used last, one that chats, any that writes. */
export function modelFor(all: readonly Model[], asked: string | undefined, last: unknown): Model | undefined {
  const named = (name: unknown): Model | undefined => all.find((one) => one.id === name);
  return named(asked) ?? named(last) ?? all.find(canChat) ?? all[0];
}

export function modeFor(model: Model, asked: string | undefined): Mode {
  if (asked === "chat" || asked === "complete") return asked;
  return canChat(model) ? "chat" : "complete";
}

const Documents = lazy(() => import("../writing/Documents"));
const WritingPath = lazy(() => import("../writing/WritingPath"));
const VIEWS = (["talk", "documents", "path"] as const).map((id) => ({ id, shown: text.writing.tabs[id] }));

export type View = (typeof VIEWS)[number]["id"];

export function viewOf(asked: string | undefined): View {
  return VIEWS.find((one) => one.id === asked)?.id ?? "talk";
}

export function Chat() {
  const { params } = useRoute();
  const listed = useLoaded(models);
  const [drawn] = useState(newId);
  const [choosing, setChoosing] = useState(false);
  const id = isId(params["c"]) ? params["c"] : drawn;
  const writers = listed.data?.data.filter(writes) ?? [];
  const model = modelFor(writers, params["model"], readKept("chat.model"));
  const name = model?.id;
  useEffect(() => {
    if (!isId(params["c"])) setParams({ c: id });
  }, [id, params]);
  useEffect(() => {
    if (params["model"] !== undefined && name === params["model"]) writeKept("chat.model", name);
  }, [name, params]);
  const open = useCallback((next: string) => {
    setChoosing(false);
    setParams({ c: next, at: null }, false);
  }, []);
  const begin = useCallback(() => open(newId()), [open]);

  if (listed.data === undefined) {
    return listed.fault ? <Fault fault={listed.fault} again={listed.again} /> : <Waiting height="70vh" />;
  }
  if (model === undefined) {
    return (
      <Empty>
        <h1>{text.chat.heading}</h1>
        <p>{text.chat.noModel}</p>
        <p>{text.chat.noModelWhy}</p>
        {text.chat.noModelCommands.map((command) => (
          <code key={command}>{command}</code>
        ))}
      </Empty>
    );
  }
  const view = viewOf(params["view"]);
  const talkers = writers.filter(canChat);
  const talker = modelFor(talkers, params["model"], readKept("chat.model"));
  return (
    <div className="texts">
      <h1>{text.chat.heading}</h1>
      <Tabs name={text.chat.heading} tabs={VIEWS} chosen={view} onChoose={(next) => setParams({ view: next === "talk" ? null : next }, false)}>
        {view === "talk" ? (
          <Talk key={id} id={id} models={writers} model={model} mode={modeFor(model, params["mode"])} onNew={begin}
            onConversations={() => setChoosing(true)} />
        ) : talker === undefined ? (
          <Empty>
            <p>{text.writing.noTalker}</p>
            <code>{text.chat.importCommand}</code>
          </Empty>
        ) : (
          <Suspense fallback={<Waiting height="60vh" />}>
            {view === "documents" ? <Documents models={talkers} model={talker} /> : <WritingPath models={talkers} model={talker} />}
          </Suspense>
        )}
      </Tabs>
      {choosing && (
        <Conversations here={id} onClose={() => setChoosing(false)} onOpen={open} onForgot={(gone) => { if (gone === id) begin(); }} />
      )}
    </div>
  );
}
