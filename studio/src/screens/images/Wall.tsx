// The wall of what is kept: of thousands only the rows in sight, and some before and after them, stand on the page.
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type CSSProperties, type ReactNode } from "react";
import type { Creation } from "../../api/shapes";
import { placed, shownRows, type Rows } from "./rows";

interface Props {
  items: readonly Creation[];
  busy: boolean;
  children: (one: Creation, at: number) => ReactNode;
}

export function Wall({ items, busy, children }: Props) {
  const place = useRef<HTMLUListElement>(null);
  const [width, setWidth] = useState(0);
  const [rows, setRows] = useState<Rows>({ first: 0, last: 12 });
  const layout = placed(width);
  const count = Math.ceil(items.length / layout.columns);
  const pitch = layout.pitch;
  const look = useCallback(() => {
    const top = place.current?.getBoundingClientRect().top ?? 0;
    setRows((before) => {
      const next = shownRows(-top, window.innerHeight, pitch, count);
      return next.first === before.first && next.last === before.last ? before : next;
    });
  }, [pitch, count]);
  useLayoutEffect(look, [look]);
  useEffect(() => {
    const element = place.current;
    if (element === null || typeof ResizeObserver === "undefined") return undefined;
    const sized = new ResizeObserver(() => setWidth(element.clientWidth));
    sized.observe(element);
    return () => sized.disconnect();
  }, []);
  useEffect(() => {
    let frame = 0;
    const soon = (): void => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(look);
    };
    window.addEventListener("scroll", soon, { passive: true });
    window.addEventListener("resize", soon);
    return () => {
      cancelAnimationFrame(frame);
      window.removeEventListener("scroll", soon);
      window.removeEventListener("resize", soon);
    };
  }, [look]);
  const first = rows.first * layout.columns;
  const style: CSSProperties = {
    gridTemplateColumns: `repeat(${layout.columns}, minmax(0, 1fr))`,
    paddingTop: rows.first * pitch,
    paddingBottom: Math.max(0, count - rows.last) * pitch,
  };
  return (
    <ul ref={place} className="images-wall images-window" aria-busy={busy} style={style}>
      {items.slice(first, rows.last * layout.columns).map((one, i) => children(one, first + i))}
    </ul>
  );
}
