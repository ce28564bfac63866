import "./chat.css";
import "./form.css";
import "./sure.css";
import { useCallback, useEffect, useState } from "react";
import { models } from "../../api/answers";
import { canChat, writes } from "../../api/kinds";
import type { Model } from "../../api/shapes";
import { useLoaded } from "../../api/use";
import { readKept, writeKept } from "../../parts/kept";
import { Empty, Fault, Waiting } from "../../parts/states";
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
  return (
    <>
      <Talk key={id} id={id} models={writers} model={model} mode={modeFor(model, params["mode"])} onNew={begin}
        onConversations={() => setChoosing(true)} />
      {choosing && (
        <Conversations here={id} onClose={() => setChoosing(false)} onOpen={open} onForgot={(gone) => { if (gone === id) begin(); }} />
      )}
    </>
  );
}
