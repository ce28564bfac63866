import { SendHorizontal, Square } from "lucide-react";
import type { KeyboardEvent, Ref } from "react";
import { Button } from "../../parts/Button";
import { text } from "../../text";
import type { Mode } from "./request";

interface Props {
  mode: Mode;
  draft: string;
  onDraft: (draft: string) => void;
  onSend: () => void;
  onStop: () => void;
  writing: boolean;
  canSend: boolean;
  entry: Ref<HTMLTextAreaElement>;
}

export function Composer({ mode, draft, onDraft, onSend, onStop, writing, canSend, entry }: Props) {
  const { chat } = text;
  const complete = mode === "complete";
  const pressed = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
    if (complete ? !event.ctrlKey : event.shiftKey) return;
    event.preventDefault();
    if (canSend && !writing) onSend();
  };
  return (
    <form
      className={`composer mode-${mode}`}
      onSubmit={(event) => {
        event.preventDefault();
        if (canSend) onSend();
      }}
    >
      <textarea
        ref={entry}
        className="entry"
        aria-label={complete ? chat.beginning : chat.message}
        placeholder={complete ? chat.beginningHint : chat.messageHint}
        rows={Math.min(10, Math.max(complete ? 3 : 2, draft.split("\n").length))}
        value={draft}
        spellCheck={!complete}
        onChange={(event) => onDraft(event.target.value)}
        onKeyDown={pressed}
      />
      <div className="row">
        <span className="soft small">{complete ? chat.keysComplete : chat.keys}</span>
        {writing ? (
          <Button key="stop" look="primary" icon={Square} onClick={onStop}>
            {chat.stop}
          </Button>
        ) : (
          <Button key="send" look="primary" icon={SendHorizontal} type="submit" disabled={!canSend}>
            {complete ? chat.complete : chat.send}
          </Button>
        )}
      </div>
    </form>
  );
}
