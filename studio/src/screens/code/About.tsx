import type { Model } from "../../api/shapes";
import { canChat } from "../../api/kinds";
import { count } from "../../parts/amounts";
import { text } from "../../text";

const { code } = text;
const SMALL = 100e6; // parameters below which a model knows how code looks and little of what it does

/** What the models are that were chosen, as honestly as their listing allows. */
export function About({ suggests, tasks, looksBefore }: { suggests: Model; tasks: Model; looksBefore: boolean }) {
  const size = ({ anew: { params } }: Model): string | null => (params === undefined || params === null ? null : count(params));
  const [its, theirs] = [size(suggests), size(tasks)];
  const small = (suggests.anew.params ?? Infinity) < SMALL;
  return (
    <div className="about soft small">
      {its !== null && <p>{small ? code.small(suggests.id, its, suggests.anew.context ?? 0) : code.model(suggests.id, its)}</p>}
      {looksBefore && <p>{code.looksBefore(suggests.id)}</p>}
      {canChat(tasks) && tasks.id !== suggests.id && theirs !== null && <p>{code.model(tasks.id, theirs)}</p>}
      {!canChat(tasks) && (
        <>
          <p>{code.fills(tasks.id)}</p>
          <code>{code.importCommand}</code>
        </>
      )}
    </div>
  );
}
