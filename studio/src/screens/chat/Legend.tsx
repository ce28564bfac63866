import { text } from "../../text";

export function Legend() {
  return (
    <div className="legend small">
      <span className="soft">{text.chat.surenessHint}</span>
      <ul aria-label={text.chat.legend}>
        {text.chat.levels.map((shown, level) => (
          <li key={shown} className={`sure-${level}`}>
            {shown}
          </li>
        ))}
      </ul>
    </div>
  );
}
