import { ArrowRight, Trash2 } from "lucide-react";
import { Button } from "../../parts/Button";
import { text } from "../../text";
import type { Asked, Held } from "./documents";

interface Props {
  asked: Asked;
  /** Whether it is the one whose quotations are marked. */
  here: boolean;
  held: readonly Held[];
  onOpen: (quote: number) => void;
  onRemove: () => void;
}

/** What was asked, what the documents say to it, and where; or that they do not. */
export function Answer({ asked, here, held, onOpen, onRemove }: Props) {
  const { writing } = text;
  return (
    <article className={`found ${here ? "here" : ""}`}>
      <header>
        <h3 dir="auto">{asked.question}</h3>
        <Button look="quiet" little icon={Trash2} name={writing.removeAnswer(asked.question)} onClick={onRemove} />
      </header>
      {asked.text === null ? <p className="unsupported">{writing.unsupported}</p> : <p className="said" dir="auto">{asked.text}</p>}
      {asked.quotes.map((quote, i) => {
        const there = held.find((one) => one.id === quote.in)?.text.slice(quote.start, quote.end) === quote.text;
        return (
          <button key={i} type="button" className="quoted" disabled={!there} onClick={() => onOpen(i)}>
            <q dir="auto">{quote.text}</q>
            <span className="small soft">
              {there ? writing.goTo(quote.name) : writing.gone(quote.name)} {there && <ArrowRight size={14} aria-hidden />}
            </span>
          </button>
        );
      })}
      {asked.quotes.length > 0 && <p className="soft small">{writing.trust}</p>}
      {asked.dropped.length > 0 && (
        <details className="small">
          <summary>{writing.dropped(asked.dropped.length)}</summary>
          <ul>
            {asked.dropped.map((one, i) => (
              <li key={i}>
                <s>{one.sentence}</s> {writing.missing(one.missing.join(", "))}
              </li>
            ))}
          </ul>
        </details>
      )}
      <p className="soft small">{writing.supportOf(asked.support.toFixed(1), asked.needed.toFixed(1), asked.model)}</p>
    </article>
  );
}
