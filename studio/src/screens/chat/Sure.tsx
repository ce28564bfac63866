// An answer piece by piece, coloured by how likely the model found each; one that is chosen shows what else it weighed.
import { memo, useRef, useState, type KeyboardEvent, type MouseEvent } from "react";
import { percent } from "../../parts/amounts";
import { text } from "../../text";
import { Candidates } from "./Candidates";
import type { Piece, Turn } from "./tree";

const BLOCK = 200;
const LEAST = [0.8, 0.5, 0.2, 0.05] as const;

export function level(logprob: number | null): number {
  if (logprob === null) return 0;
  const share = Math.exp(logprob);
  const found = LEAST.findIndex((least) => share >= least);
  return found < 0 ? LEAST.length : found;
}

/** A piece as it is read out: a space or the end of a line has a name. */
export function spelled(piece: string): string {
  if (piece === "") return text.chat.end;
  if (piece.trim() !== "") return piece.trim();
  return piece.includes("\n") ? text.chat.line : piece.includes("\t") ? text.chat.tab : text.chat.space;
}

interface BlockProps {
  pieces: readonly Piece[];
  from: number;
}

const sameBlock = (a: BlockProps, b: BlockProps): boolean =>
  a.from === b.from && a.pieces.length === b.pieces.length && a.pieces.at(-1) === b.pieces.at(-1) && a.pieces[0] === b.pieces[0];

const Block = memo(function Block({ pieces, from }: BlockProps) {
  return pieces.map((piece, i) => (
    <span
      key={i}
      className={`piece sure-${level(piece.logprob)}`}
      role="button"
      data-piece={from + i}
      tabIndex={from + i === 0 ? 0 : -1}
      aria-label={text.chat.piece(spelled(piece.text), piece.logprob === null ? "" : percent(Math.exp(piece.logprob)))}
    >
      {piece.text}
    </span>
  ));
}, sameBlock);

interface Props {
  turn: Turn;
  /** Null where no other piece can be chosen. */
  onBranch: ((piece: number, instead: Piece) => void) | null;
}

export function Sure({ turn, onBranch }: Props) {
  const pieces = turn.pieces ?? [];
  const [open, setOpen] = useState<{ piece: number; top: number; left: number } | null>(null);
  const place = useRef<HTMLDivElement>(null);

  const elementOf = (piece: number): HTMLElement | null =>
    place.current?.querySelector<HTMLElement>(`[data-piece="${piece}"]`) ?? null;
  const show = (target: EventTarget): void => {
    const element = target instanceof Element ? target.closest<HTMLElement>("[data-piece]") : null;
    const around = place.current;
    if (element === null || around === null) return;
    const { left, bottom } = element.getBoundingClientRect();
    const outer = around.getBoundingClientRect();
    const most = Math.max(0, outer.width - 272);
    setOpen({ piece: Number(element.dataset["piece"]), top: bottom - outer.top + 6, left: Math.min(left - outer.left, most) });
  };
  const walk = (event: KeyboardEvent): void => {
    const element = event.target instanceof HTMLElement ? event.target : null;
    if (element?.dataset["piece"] === undefined) return;
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (by !== 0) elementOf(Number(element.dataset["piece"]) + by)?.focus();
    else if (event.key === "Enter" || event.key === " ") show(element);
    else return;
    event.preventDefault();
  };
  const chosen = open === null ? undefined : pieces[open.piece];
  const blocks = Array.from({ length: Math.ceil(pieces.length / BLOCK) }, (_, i) => i * BLOCK);
  return (
    <div className="sure" ref={place}>
      <div
        className="pieces"
        role="group"
        aria-label={text.chat.surenessHint}
        onClick={(event: MouseEvent) => show(event.target)}
        onKeyDown={walk}
      >
        {blocks.map((from) => (
          <Block key={from} from={from} pieces={pieces.slice(from, from + BLOCK)} />
        ))}
      </div>
      {open !== null && chosen !== undefined && (
        <Candidates
          key={open.piece}
          piece={chosen}
          top={open.top}
          left={open.left}
          onClose={() => {
            setOpen(null);
            elementOf(open.piece)?.focus();
          }}
          onChoose={
            onBranch &&
            ((instead) => {
              setOpen(null);
              onBranch(open.piece, instead);
            })
          }
        />
      )}
    </div>
  );
}
