// The map: points by form and colour, what is pointed at, and the marks. Mouse and keyboard move it.
import { useCallback, useEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import type { LatentMap } from "../../api/compare";
import { usePicture, colour, type Draw } from "../../parts/picture";
import { text } from "../../text";
import { colourOf, fit, following, formOf, toPlace, toScreen, zoomed, type Class, type Place, type Size, type View } from "./mapping";

interface Props {
  told: LatentMap;
  classes: readonly Class[];
  hidden: ReadonlySet<string>;
  /** Its scale is one where all is seen, however wide the map is. */
  view: View | null;
  onView: (view: View) => void;
  at: Place | null;
  onPoint: (at: Place) => void;
  marks: readonly Place[];
  onMark: (at: Place) => void;
}

const POINT = 4;
const STEP = 16; // pixels that an arrow key goes
const ZOOM = 1.25;
const CLICK = 4; // pixels that a click may slip

export function MapCanvas({ told, classes, hidden, view: given, onView, at, onPoint, marks, onMark }: Props) {
  const { compare } = text;
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  const whole = fit(told.places, size.width > 0 ? size : { width: 1, height: 1 });
  const view = given === null ? whole : { ...given, scale: given.scale * whole.scale };
  const show = (next: View): void => onView({ ...next, scale: next.scale / whole.scale });
  const drag = useRef<{ left: number; top: number; view: View; moved: boolean } | null>(null);
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const measure = (): void => setSize({ width: element.clientWidth, height: element.clientHeight });
    measure();
    if (typeof ResizeObserver === "undefined") return undefined;
    const watcher = new ResizeObserver(measure);
    watcher.observe(element);
    return () => watcher.disconnect();
  }, []);
  const { x, y, scale } = view;
  const draw = useCallback<Draw>(
    (context, width, height, element) => {
      const seen: View = { x, y, scale };
      context.clearRect(0, 0, width, height);
      const index = new Map(classes.map(({ label }, i) => [label, i]));
      const colours = classes.map((_, i) => colour(element, colourOf(i)));
      const forms = classes.map((_, i) => new Path2D(formOf(i)));
      const plain = { ink: colour(element, "--accent"), form: new Path2D(formOf(0)) };
      told.places.forEach((place, item) => {
        const label = told.labels[item] ?? null;
        if (label !== null && hidden.has(label)) return;
        const i = label === null ? undefined : index.get(label);
        const [left, top] = toScreen(place, seen, { width, height });
        if (left < -POINT || top < -POINT || left > width + POINT || top > height + POINT) return;
        context.save();
        context.translate(left, top);
        context.scale(POINT, POINT);
        context.fillStyle = (i === undefined ? undefined : colours[i]) ?? plain.ink;
        context.fill((i === undefined ? undefined : forms[i]) ?? plain.form);
        context.restore();
      });
    },
    [told, classes, hidden, x, y, scale],
  );
  usePicture(canvas, draw);
  const placeOf = (event: { clientX: number; clientY: number }): Place => {
    const box = canvas.current?.getBoundingClientRect();
    return toPlace([event.clientX - (box?.left ?? 0), event.clientY - (box?.top ?? 0)], view, size);
  };
  // The browser would scroll the page; React's own listener is not allowed to say no.
  const wheel = useRef<(event: WheelEvent) => void>(() => undefined);
  useEffect(() => {
    wheel.current = (event) => {
      event.preventDefault();
      show(zoomed(view, event.deltaY < 0 ? ZOOM : 1 / ZOOM, placeOf(event), whole));
    };
  });
  useEffect(() => {
    const element = canvas.current;
    const heard = (event: WheelEvent): void => wheel.current(event);
    element?.addEventListener("wheel", heard, { passive: false });
    return () => element?.removeEventListener("wheel", heard);
  }, []);
  const down = (event: PointerEvent<HTMLElement>): void => {
    if (event.button !== 0) return;
    drag.current = { left: event.clientX, top: event.clientY, view, moved: false };
    if (event.pointerType === "mouse") event.currentTarget.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent<HTMLElement>): void => {
    const held = drag.current;
    if (held === null) {
      if (event.pointerType === "mouse") onPoint(placeOf(event));
      return;
    }
    const [right, below] = [event.clientX - held.left, event.clientY - held.top];
    if (!held.moved && Math.hypot(right, below) < CLICK) return;
    held.moved = true;
    show({ ...held.view, x: held.view.x - right / scale, y: held.view.y + below / scale });
  };
  const up = (event: PointerEvent<HTMLElement>): void => {
    const held = drag.current;
    drag.current = null;
    if (held === null || held.moved) return;
    const place = placeOf(event);
    onPoint(place);
    onMark(place);
  };
  const moved = (place: Place): { transform: string } => {
    const [left, top] = toScreen(place, view, size);
    return { transform: `translate(${left.toFixed(1)}px, ${top.toFixed(1)}px)` };
  };
  const key = (event: KeyboardEvent<HTMLElement>): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const here: Place = at ?? [view.x, view.y];
    const by = STEP / scale;
    const steps: Record<string, Place> = { ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, by], ArrowDown: [0, -by] };
    const step = steps[event.key];
    if (step !== undefined) {
      const many = event.shiftKey ? 4 : 1;
      const next: Place = [here[0] + many * step[0], here[1] + many * step[1]];
      onPoint(next);
      show(following(view, next, size));
    } else if (event.key === "+" || event.key === "=") show(zoomed(view, ZOOM, here, whole));
    else if (event.key === "-") show(zoomed(view, 1 / ZOOM, here, whole));
    else if (event.key === "0") show(whole);
    else if (event.key === "Enter" || event.key === " ") onMark(here);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      className="compare-map-place"
      role="application"
      tabIndex={0}
      aria-label={compare.mapOf(told.places.length, classes.length)}
      aria-describedby="compare-map-keys"
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={up}
      onPointerCancel={() => (drag.current = null)}
      onKeyDown={key}
    >
      <canvas ref={canvas} aria-hidden />
      {marks.map((place, i) => (
        <span key={i} className="compare-map-mark" style={moved(place)} aria-hidden>{compare.markNames[i]}</span>
      ))}
      {at !== null && <span className="compare-map-cross" style={moved(at)} aria-hidden />}
    </div>
  );
}
