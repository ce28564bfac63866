import { memo, useEffect, useMemo, useRef } from "react";
import { Empty } from "../../parts/states";
import { text } from "../../text";
import { marked, partsOf, type Held, type Quoted } from "./documents";

interface Props {
  document: Held | undefined;
  /** What is quoted of it. */
  quotes: readonly Quoted[];
  /** Which of them is gone to. */
  at: number;
}

/** A document with what an answer quotes marked where it stands. */
export const Reader = memo(function Reader({ document: held, quotes, at }: Props) {
  const place = useRef<HTMLElement>(null);
  const parts = useMemo(() => partsOf(held?.text ?? ""), [held]);
  useEffect(() => {
    const there = place.current?.querySelector<HTMLElement>(`mark[data-quote="${at}"]`);
    if (!there) return;
    there.scrollIntoView({ block: "center" });
    there.focus({ preventScroll: true });
  }, [at, quotes, held]);
  if (held === undefined) return <Empty>{text.writing.nothingToRead}</Empty>;
  return (
    <section className="reader" ref={place} aria-label={held.name} tabIndex={0}>
      <h2>{held.name}</h2>
      {parts.map((part) => (
        <div key={part.start} className="part" dir="auto">
          {marked(part, quotes).map((piece, i) =>
            piece.quote === null ? piece.text : <mark key={i} data-quote={piece.quote} tabIndex={-1} className={piece.quote === at ? "here" : ""}>{piece.text}</mark>,
          )}
        </div>
      ))}
    </section>
  );
});
