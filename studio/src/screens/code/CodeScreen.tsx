import "./code.css";
import "./results.css";
import { useEffect } from "react";
import { models } from "../../api/answers";
import { canChat, writes } from "../../api/kinds";
import type { Model } from "../../api/shapes";
import { useLoaded } from "../../api/use";
import { readKept, writeKept } from "../../parts/kept";
import { Empty, Fault, Waiting } from "../../parts/states";
import { useRoute } from "../../shell/route";
import { text } from "../../text";
import { Bench } from "./Bench";

const { code } = text;

/** Who suggests: the model of the address, the one that was used last, one of code, any that writes. */
export function suggesterFor(all: readonly Model[], asked: string | undefined, last: unknown): Model | undefined {
  const named = (name: unknown): Model | undefined => all.find((one) => one.id === name);
  return named(asked) ?? named(last) ?? all.find((one) => one.anew.modality === "code") ?? all[0];
}

/** Who does the tasks: one that can be told what is wanted, before one that fills in. */
export function taskerFor(all: readonly Model[], asked: string | undefined, last: unknown, suggests: Model): Model {
  const named = (name: unknown): Model | undefined => all.find((one) => one.id === name);
  return named(asked) ?? named(last) ?? all.find(canChat) ?? suggests;
}

export function CodeScreen() {
  const { params } = useRoute();
  const listed = useLoaded(models);
  const { model, tasks } = params;
  useEffect(() => {
    if (model !== undefined) writeKept("code.model", model);
    if (tasks !== undefined) writeKept("code.tasks-model", tasks);
  }, [model, tasks]);
  if (listed.data === undefined) {
    return listed.fault ? <Fault fault={listed.fault} again={listed.again} /> : <Waiting height="70vh" />;
  }
  const writers = listed.data.data.filter(writes);
  const suggests = suggesterFor(writers, model, readKept("code.model"));
  if (suggests === undefined) {
    return (
      <Empty>
        <h1>{code.heading}</h1>
        <p>{code.noModel}</p>
        <p>{code.noModelWhy}</p>
        <code>{code.noModelCommand}</code>
      </Empty>
    );
  }
  return <Bench models={writers} suggests={suggests} tasks={taskerFor(writers, tasks, readKept("code.tasks-model"), suggests)} />;
}
