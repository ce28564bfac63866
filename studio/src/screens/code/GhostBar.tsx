import { Sparkles } from "lucide-react";
import { asFault } from "../../api/fault";
import { Button } from "../../parts/Button";
import { text } from "../../text";
import type { Editor } from "./editor/create";
import type { GhostState } from "./editor/ghost";

const { code } = text;

function shown(state: GhostState): string {
  if (state.kind === "shown") return code.shown(Math.round(state.first));
  if (state.kind !== "failed") return code.states[state.kind];
  const fault = asFault(state.why);
  return `${text.faults[fault.kind]} ${fault.kind === "away" ? "" : fault.message}`;
}

/** How the suggestion stands, and what its keys do, for who has none. */
export function GhostBar({ state, editor }: { state: GhostState; editor: Editor | null }) {
  const there = state.kind === "shown";
  return (
    <div className="ghost-bar">
      <span className={`soft small ${state.kind === "failed" ? "wrong" : ""}`} role={state.kind === "failed" ? "alert" : undefined}>{shown(state)}</span>
      <div className="acts" role="group" aria-label={code.suggestion}>
        <Button little icon={Sparkles} disabled={editor === null} onClick={() => editor?.ask()}>{code.suggest}</Button>
        <Button little disabled={!there} onClick={() => editor?.take(true)}>{code.take}</Button>
        <Button little disabled={!there} onClick={() => editor?.take(false)}>{code.word}</Button>
        <Button little disabled={!there && state.kind !== "asking"} onClick={() => editor?.dismiss()}>{code.dismiss}</Button>
      </div>
      <span className="soft small leaving">
        <kbd>Esc</kbd> {code.then} <kbd>Tab</kbd> {code.keysShown}
      </span>
    </div>
  );
}
