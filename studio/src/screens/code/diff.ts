// What differs between two texts, line by line.

export interface Line {
  kind: "same" | "gone" | "new";
  text: string;
  /** Its number in the text that it stands in. */
  number: number;
}

const MOST = 4_000_000; // cells of the table; beyond it the middle is told as gone and new as a whole

/** The lines of both: what is in both once, what is gone before what is new. */
export function diff(before: string, after: string): Line[] {
  const a = before.split("\n");
  const b = after.split("\n");
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  const lines: Line[] = [];
  for (let i = 0; i < head; i += 1) lines.push({ kind: "same", text: b[i] ?? "", number: i + 1 });
  lines.push(...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail), head));
  for (let i = b.length - tail; i < b.length; i += 1) lines.push({ kind: "same", text: b[i] ?? "", number: i + 1 });
  return lines;
}

function middle(a: readonly string[], b: readonly string[], head: number): Line[] {
  const gone = (i: number): Line => ({ kind: "gone", text: a[i] ?? "", number: head + i + 1 });
  const fresh = (j: number): Line => ({ kind: "new", text: b[j] ?? "", number: head + j + 1 });
  if (a.length * b.length > MOST) return [...a.map((_, i) => gone(i)), ...b.map((_, j) => fresh(j))];
  const width = b.length + 1;
  const common = new Uint32Array((a.length + 1) * width); // the longest common run from (i, j) on
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      common[i * width + j] =
        a[i] === b[j]
          ? (common[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(common[(i + 1) * width + j] ?? 0, common[i * width + j + 1] ?? 0);
    }
  }
  const lines: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ kind: "same", text: b[j] ?? "", number: head + j + 1 });
      i += 1;
      j += 1;
    } else if (i < a.length && (j === b.length || (common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0))) {
      lines.push(gone(i));
      i += 1;
    } else {
      lines.push(fresh(j));
      j += 1;
    }
  }
  return lines;
}

export type Shown = Line | { kind: "between"; count: number };

/** Of what is the same, three lines around each change; how many others there are between. */
export function around(lines: readonly Line[], near = 3): Shown[] {
  const close = new Set<number>();
  lines.forEach((line, at) => {
    if (line.kind === "same") return;
    for (let i = at - near; i <= at + near; i += 1) close.add(i);
  });
  const shown: Shown[] = [];
  lines.forEach((line, at) => {
    if (close.has(at)) {
      shown.push(line);
      return;
    }
    const last = shown.at(-1);
    if (last?.kind === "between") last.count += 1;
    else shown.push({ kind: "between", count: 1 });
  });
  return shown;
}
