import type { Model } from "../../api/shapes";
import { canChat } from "../../api/kinds";
import { text } from "../../text";
import type { Mode } from "./request";

interface Props {
  mode: Mode;
  model: Model;
  onExample: (example: string) => void;
}

/** What stands where nothing was said yet: what to do, and something to begin with. */
export function Opening({ mode, model, onExample }: Props) {
  return (
    <div className="opening">
      <p className="soft">{mode === "chat" ? text.chat.emptyChat : text.chat.emptyComplete}</p>
      <ul>
        {text.chat.examples[mode].map((example) => (
          <li key={example}>
            <button type="button" className={`example mode-${mode}`} onClick={() => onExample(example)}>
              {example.trimEnd()}
            </button>
          </li>
        ))}
      </ul>
      {!canChat(model) && (
        <p className="soft small">
          {text.chat.notTaught} <code>{text.chat.importCommand}</code>
        </p>
      )}
    </div>
  );
}
