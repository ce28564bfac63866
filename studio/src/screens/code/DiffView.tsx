import { useMemo } from "react";
import { text } from "../../text";
import { around, diff } from "./diff";

const { code } = text;
const SIGNS = { same: " ", gone: "−", new: "+" };

/** What would change, line by line; which of them are gone and which are new is said, too. */
export function DiffView({ before, after, name }: { before: string; after: string; name: string }) {
  const lines = useMemo(() => around(diff(before, after)), [before, after]);
  return (
    <div className="diff" role="region" aria-label={name} tabIndex={0}>
      <table>
        <tbody>
          {lines.map((line, i) =>
            line.kind === "between" ? (
              <tr key={i} className="between">
                <td colSpan={3}>{code.betweenLines(line.count)}</td>
              </tr>
            ) : (
              <tr key={i} className={line.kind}>
                <td className="number">{line.number}</td>
                <td className="sign">
                  <span aria-hidden>{SIGNS[line.kind]}</span>
                  {line.kind !== "same" && <span className="out-of-sight">{line.kind === "gone" ? code.gone : code.fresh}</span>}
                </td>
                <td className="line">{line.kind === "same" ? line.text : line.kind === "gone" ? <del>{line.text}</del> : <ins>{line.text}</ins>}</td>
              </tr>
            ),
          )}
        </tbody>
      </table>
    </div>
  );
}
