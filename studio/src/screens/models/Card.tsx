import { useCallback } from "react";
import { card } from "../../api/models";
import { useLoaded } from "../../api/use";
import { Markdown } from "../../parts/Markdown";
import { Empty, Fault, Waiting } from "../../parts/states";
import { text } from "../../text";

/** The card as it was written, less what only a folder's reader can follow: its pictures stand in the report. */
export function Card({ name }: { name: string }) {
  const told = useLoaded(useCallback((signal: AbortSignal) => card(name, signal), [name]));
  if (told.data === undefined) {
    if (told.fault === undefined) return <Waiting height="24rem" />;
    return told.fault.status === 404 ? <Empty><p>{text.models.noCard}</p></Empty> : <Fault fault={told.fault} again={told.again} />;
  }
  return (
    <div className="models-card">
      <Markdown source={shownOf(told.data)} />
    </div>
  );
}

/** Without the title, which stands above, and without pictures by a path. */
export function shownOf(source: string): string {
  return source.replace(/^# .*\n/, "").replace(/^!\[[^\]]*\]\((?:\\.|[^()\\])*\)[ \t]*\n?/gm, "");
}
