import { X } from "lucide-react";
import { useEffect, useId, useRef } from "react";
import { percent } from "../../parts/amounts";
import { Button } from "../../parts/Button";
import { text } from "../../text";
import { spelled } from "./Sure";
import type { Piece } from "./tree";

interface Props {
  piece: Piece;
  top: number;
  left: number;
  onClose: () => void;
  onChoose: ((instead: Piece) => void) | null;
}

/** What the model weighed in one place, the likeliest first. The end of the text is shown, and no branch: nothing comes
 * behind it. */
export function Candidates({ piece, top, left, onClose, onChoose }: Props) {
  const id = useId();
  const first = useRef<HTMLDivElement>(null);
  const own: readonly (readonly [string, number])[] =
    piece.logprob === null || piece.best.some(([words]) => words === piece.text)
      ? piece.best
      : [...piece.best, [piece.text, piece.logprob]];
  useEffect(() => {
    first.current?.querySelector<HTMLElement>("li button:not(:disabled), header button")?.focus();
  }, []);
  useEffect(() => {
    const heard = (event: Event): void => {
      if (event.target instanceof Node && first.current?.contains(event.target) === false) onClose();
    };
    document.addEventListener("pointerdown", heard);
    return () => document.removeEventListener("pointerdown", heard);
  }, [onClose]);
  return (
    <div
      className="candidates"
      ref={first}
      role="dialog"
      aria-labelledby={id}
      style={{ top, left }}
      onKeyDown={(event) => {
        if (event.key === "Escape") {
          event.stopPropagation();
          onClose();
        }
      }}
    >
      <header>
        <h3 id={id}>{text.chat.candidates}</h3>
        <Button look="quiet" little icon={X} name={text.close} onClick={onClose} />
      </header>
      <ul>
        {own.map(([words, logprob], i) => {
          const share = Math.exp(logprob);
          const stands = words === piece.text;
          return (
            <li key={i}>
              <button
                type="button"
                disabled={stands || words === "" || onChoose === null}
                onClick={() => onChoose?.({ text: words, logprob, best: piece.best })}
              >
                <code>{words.trim() === "" ? `⟨${spelled(words)}⟩` : words}</code>
                <span className="share">{stands ? `${text.chat.chosen} · ${percent(share)}` : percent(share)}</span>
                <i style={{ width: `${100 * share}%` }} aria-hidden />
              </button>
            </li>
          );
        })}
      </ul>
      <p className="soft small">{onChoose === null ? text.chat.noBranchForm : text.chat.candidatesHint}</p>
    </div>
  );
}
