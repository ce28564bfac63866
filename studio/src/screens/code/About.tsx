import type { Model } from "../../api/shapes";
import { canChat } from "../../api/kinds";
import { count } from "../../parts/amounts";
import { text } from "../../text";

const { code } = text;
const SMALL = 100e6; // parameters below which a model knows how code looks and little of what it does

/** What the models are that were chosen, as honestly as their listing allows. */
export function About({ suggests, tasks, looksBefore }: { suggests: Model; tasks: Model; looksBefore: boolean }) {
  const { params, context } = suggests.anew;
  const said = params === undefined || params === null ? null : count(params);
  return (
    <div className="about soft small">
      {said !== null && (
        <p>{params !== undefined && params !== null && params < SMALL ? code.small(suggests.id, said, context ?? 0) : code.model(suggests.id, said)}</p>
      )}
      {looksBefore && <p>{code.looksBefore(suggests.id)}</p>}
      {!canChat(tasks) && (
        <>
          <p>{code.fills(tasks.id)}</p>
          <code>{code.importCommand}</code>
        </>
      )}
    </div>
  );
}
