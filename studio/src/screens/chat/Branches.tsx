import { text } from "../../text";
import { childrenOf, type Tree, type Turn } from "./tree";

const SHOWN = 70;

function begins(turn: Turn): string {
  const line = turn.text.trim().replace(/\s+/g, " ");
  return line === "" ? "…" : line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
}

interface Props {
  tree: Tree;
  path: ReadonlySet<string>;
  onChoose: (id: string) => void;
  parent?: string | null;
}

/** All turns as a list in a list. A line without branches is no deeper for being longer. */
export function Branches({ tree, path, onChoose, parent = null }: Props) {
  const heads = childrenOf(tree, parent);
  if (heads.length === 0) return null;
  return (
    <ul className="branch-tree">
      {heads.map((head) => {
        const line = straight(tree, head);
        const last = line.at(-1) ?? head;
        return (
          <li key={head.id}>
            {line.map((turn) => (
              <button
                key={turn.id}
                type="button"
                className={turn.role}
                aria-current={path.has(turn.id) ? "true" : undefined}
                onClick={() => onChoose(turn.id)}
              >
                <span className="small soft">{turn.role === "user" ? text.chat.you : turn.model}</span> <bdi>{begins(turn)}</bdi>
              </button>
            ))}
            <Branches tree={tree} path={path} onChoose={onChoose} parent={last.id} />
          </li>
        );
      })}
    </ul>
  );
}

/** The turns from one on as long as each has one child. */
export function straight(tree: Tree, head: Turn): Turn[] {
  const line = [head];
  for (;;) {
    const [only, ...others] = childrenOf(tree, line.at(-1)?.id ?? null);
    if (only === undefined || others.length > 0) return line;
    line.push(only);
  }
}
