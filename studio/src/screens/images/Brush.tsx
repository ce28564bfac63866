// A picture to mark with a round brush: by a mouse, a pen, a finger or the keyboard alone.
import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { text } from "../../text";
import { marked, stroke, type Mask, type Point } from "./mask";

interface Props {
  address: string;
  mask: Mask;
  /** Changes whenever the mask does. */
  turn: number;
  across: number;
  erasing: boolean;
  /** Before a stroke, so that there is a step back; and after each part of it. */
  onBegin: () => void;
  onChange: () => void;
  onKey: (key: string) => boolean;
}

const ARROWS: Readonly<Record<string, readonly [number, number] | undefined>> = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
};
const FAR = 8; // pixels that an arrow goes with Shift, of a picture 64 wide
const TINT = [91, 60, 219, 150]; // of what is marked; a frame of the other colour makes it plain on any picture

export function Brush({ address, mask, turn, across, erasing, onBegin, onChange, onKey }: Props) {
  const { images } = text;
  const over = useRef<HTMLCanvasElement>(null);
  const [at, setAt] = useState<Point>({ x: Math.floor(mask.width / 2), y: Math.floor(mask.height / 2) });
  const [down, setDown] = useState(false);
  const last = useRef<Point | null>(null);
  useEffect(() => {
    const context = over.current?.getContext("2d");
    if (context == null) return;
    const pixels = new ImageData(mask.width, mask.height);
    mask.cells.forEach((cell, i) => { if (cell === 1) pixels.data.set(TINT, 4 * i); });
    context.putImageData(pixels, 0, 0);
  }, [mask, turn]);
  const paint = (from: Point, to: Point): void => {
    stroke(mask, from, to, across, erasing ? 0 : 1);
    onChange();
  };
  const place = (event: PointerEvent<HTMLElement>): Point => {
    const box = event.currentTarget.getBoundingClientRect();
    return {
      x: Math.min(mask.width - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * mask.width))),
      y: Math.min(mask.height - 1, Math.max(0, Math.floor(((event.clientY - box.top) / box.height) * mask.height))),
    };
  };
  const pressed = (event: PointerEvent<HTMLElement>): void => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const here = place(event);
    last.current = here;
    setAt(here);
    onBegin();
    paint(here, here);
  };
  const moved = (event: PointerEvent<HTMLElement>): void => {
    const here = place(event);
    setAt(here);
    if (last.current === null) return;
    paint(last.current, here);
    last.current = here;
  };
  const ended = (): void => { last.current = null; };
  const typed = (event: KeyboardEvent): void => {
    const step = ARROWS[event.key];
    if (step !== undefined) {
      const far = event.shiftKey ? Math.max(1, Math.round((FAR * mask.width) / 64)) : 1;
      const next = {
        x: Math.min(mask.width - 1, Math.max(0, at.x + far * step[0])),
        y: Math.min(mask.height - 1, Math.max(0, at.y + far * step[1])),
      };
      if (down) paint(at, next);
      setAt(next);
    } else if (event.key === " ") {
      onBegin();
      paint(at, at);
    } else if (event.key === "p") {
      if (!down) {
        onBegin();
        paint(at, at);
      }
      setDown(!down);
    } else if (!onKey(event.ctrlKey || event.metaKey ? `Control+${event.key}` : event.key)) {
      return;
    }
    event.preventDefault();
  };
  const share = (part: number, of: number): string => `${(100 * part) / of}%`;
  return (
    <>
      <div className="images-brush" style={{ aspectRatio: `${mask.width} / ${mask.height}` }} tabIndex={0} role="application"
        aria-label={images.canvas(mask.width, mask.height)} aria-describedby="images-brush-keys"
        onPointerDown={pressed} onPointerMove={moved} onPointerUp={ended} onPointerCancel={ended} onKeyDown={typed}>
        <img src={address} alt="" draggable={false} />
        <canvas ref={over} width={mask.width} height={mask.height} />
        <i className={`images-ring ${erasing ? "erasing" : ""} ${down ? "down" : ""}`} aria-hidden
          style={{ left: share(at.x + 0.5, mask.width), top: share(at.y + 0.5, mask.height), width: share(across, mask.width), height: share(across, mask.height) }} />
      </div>
      <p className="small soft" role="status">
        {images.markedOf(marked(mask), mask.cells.length, at.x + 1, at.y + 1)} {down ? images.brushDown : ""}
      </p>
    </>
  );
}
