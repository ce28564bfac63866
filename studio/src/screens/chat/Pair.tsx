import { memo } from "react";
import { text } from "../../text";
import { Message, type Acts } from "./Message";
import type { Mode } from "./request";
import type { Turn } from "./tree";

interface Props {
  turns: readonly Turn[];
  /** The one that the conversation goes on from. */
  taken: string;
  mode: Mode;
  sure: boolean;
  writing: ReadonlySet<string>;
  acts: Acts;
}

const ALONE = { at: 1, of: 1, earlier: undefined, later: undefined };

/** Two models' answers to the same, beside each other: one of them is gone on with. */
export const Pair = memo(function Pair({ turns, taken, mode, sure, writing, acts }: Props) {
  return (
    <li className="pair">
      <p className="soft small">{text.chat.pairHint}</p>
      <ol>
        {turns.map((turn) => (
          <Message key={turn.id} turn={turn} standing={ALONE} mode={mode} sure={sure} writing={writing.has(turn.id)}
            busy={writing.size > 0} acts={acts} taken={turn.id === taken} />
        ))}
      </ol>
    </li>
  );
});
