// Pass or miss, by a word, a mark and a colour.
import { Check, EqualNot, Minus, TriangleAlert, X } from "lucide-react";
import { text } from "../../text";
import type { Outcome as Came } from "./claims";

const ICONS = { pass: Check, miss: X, open: Minus, differs: EqualNot, failed: TriangleAlert, done: Check };

export function Outcome({ came, kind }: { came: Came | "done"; kind: string }) {
  const Icon = ICONS[came];
  const word = came === "failed" && kind === "unmeasured" ? text.compare.unmeasured : text.compare.outcomes[came];
  return (
    <span className={`compare-outcome ${came}`}>
      <Icon size={15} aria-hidden />
      {word}
    </span>
  );
}
