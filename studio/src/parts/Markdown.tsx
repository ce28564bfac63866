import { memo, type ReactNode } from "react";
import { parseMarkdown, type Block, type Inline } from "./markdown";

function inline(inside: readonly Inline[]): ReactNode[] {
  return inside.map((one, i) => {
    switch (one.kind) {
      case "text":
        return one.text;
      case "break":
        return <br key={i} />;
      case "code":
        return <code key={i}>{one.text}</code>;
      case "link":
        return (
          <a key={i} href={one.href} target="_blank" rel="noopener noreferrer nofollow">
            {inline(one.inside)}
          </a>
        );
      case "strong":
        return <strong key={i}>{inline(one.inside)}</strong>;
      case "em":
        return <em key={i}>{inline(one.inside)}</em>;
      case "del":
        return <del key={i}>{inline(one.inside)}</del>;
    }
  });
}

/** What a model calls a heading is none of the page's: its outline is ours. */
function block(one: Block, key: number): ReactNode {
  switch (one.kind) {
    case "heading":
      return (
        <p key={key}>
          <strong>{inline(one.inside)}</strong>
        </p>
      );
    case "paragraph":
      return <p key={key}>{inline(one.inside)}</p>;
    case "code":
      return (
        <pre key={key} tabIndex={0}>
          <code>{one.text}</code>
        </pre>
      );
    case "quote":
      return <blockquote key={key}>{one.blocks.map(block)}</blockquote>;
    case "list": {
      const items = one.items.map((item, i) => <li key={i}>{item.map(itemBlock)}</li>);
      return one.ordered ? (
        <ol key={key} start={one.start}>
          {items}
        </ol>
      ) : (
        <ul key={key}>{items}</ul>
      );
    }
    case "table":
      return (
        <table key={key} tabIndex={0}>
          <thead>
            <tr>
              {one.head.map((cell, i) => (
                <th key={i} scope="col">
                  {inline(cell)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {one.rows.map((row, i) => (
              <tr key={i}>
                {row.map((cell, j) => (
                  <td key={j}>{inline(cell)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      );
    case "rule":
      return <hr key={key} />;
  }
}

function itemBlock(one: Block, key: number): ReactNode {
  return one.kind === "paragraph" ? <span key={key}>{inline(one.inside)}</span> : block(one, key);
}

const Piece = memo(function Piece({ source }: { source: string }) {
  return parseMarkdown(source).map(block);
});

const WHOLE = 1500; // characters from which on a text is drawn in pieces

/** Cut where a blank line stands outside of fences and lists: of a text that grows only the last piece is drawn again. */
export function piecesOf(source: string): string[] {
  if (source.length < WHOLE) return [source];
  const pieces: string[] = [];
  let fenced = false;
  let now: string[] = [];
  const lines = source.split("\n");
  for (const [i, line] of lines.entries()) {
    if (/^ {0,3}(```|~~~)/.test(line)) fenced = !fenced;
    now.push(line);
    const next = lines[i + 1] ?? "";
    if (!fenced && line.trim() === "" && next !== "" && !/^( |[-*+>]|\d+[.)])/.test(next)) {
      pieces.push(now.join("\n"));
      now = [];
    }
  }
  pieces.push(now.join("\n"));
  return pieces;
}

/** What a model wrote, as elements that React made of it; none of it runs. */
export function Markdown({ source }: { source: string }) {
  return (
    <div className="markdown" dir="auto">
      {piecesOf(source).map((piece, i) => (
        <Piece key={i} source={piece} />
      ))}
    </div>
  );
}
