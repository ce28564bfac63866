import "./images.css";
import { useEffect } from "react";
import { models } from "../../api/answers";
import { draws } from "../../api/kinds";
import type { Model } from "../../api/shapes";
import { useLoaded } from "../../api/use";
import { readKept, writeKept } from "../../parts/kept";
import { Empty, Fault, Waiting } from "../../parts/states";
import { useRoute } from "../../shell/route";
import { text } from "../../text";
import { Bench } from "./Bench";

/** The model of the address, the one that was used last, the one of emoji, any that draws. */
export function modelFor(all: readonly Model[], asked: string | undefined, last: unknown): Model | undefined {
  const named = (name: unknown): Model | undefined => all.find((one) => one.id === name);
  return named(asked) ?? named(last) ?? named("emoji") ?? all[0];
}

export function Images() {
  const { params } = useRoute();
  const listed = useLoaded(models);
  const drawers = listed.data?.data.filter(draws) ?? [];
  const model = modelFor(drawers, params["model"], readKept("images.model"));
  const name = model?.id;
  useEffect(() => {
    if (params["model"] !== undefined && name === params["model"]) writeKept("images.model", name);
  }, [name, params]);
  if (listed.data === undefined) {
    return listed.fault ? <Fault fault={listed.fault} again={listed.again} /> : <Waiting height="70vh" />;
  }
  if (model === undefined) {
    return (
      <Empty>
        <h1>{text.images.heading}</h1>
        <p>{text.images.noModel}</p>
        <p>{text.images.noModelWhy}</p>
        {text.images.noModelCommands.map((command) => (
          <code key={command}>{command}</code>
        ))}
      </Empty>
    );
  }
  return <Bench models={drawers} model={model} />;
}
