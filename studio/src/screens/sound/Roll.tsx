// A piano roll: time to the right, pitch upwards, a colour a voice, a line a bar.
import { useCallback, useMemo, useRef, type PointerEvent } from "react";
import { text } from "../../text";
import { pitchName, type Score } from "./midi";
import { colour, usePicture, type Draw } from "../../parts/picture";
import type { Player } from "./Player";
import { useMoving } from "./usePlayer";

const LEAST = 28; // pixels a second
const MOST = 15_000; // pixels of a canvas that every browser draws
const COLOURS = 6;
const BLACK = new Set([1, 3, 6, 8, 10]);

function span({ notes }: Score): { low: number; high: number } {
  const pitches = notes.map((note) => note.pitch);
  return { low: pitches.reduce((a, b) => Math.min(a, b), 127) - 2, high: pitches.reduce((a, b) => Math.max(a, b), 0) + 2 };
}

interface Props {
  score: Score;
  player: Player | null;
  seconds: number;
  /** What is new of it, where the rest was given. */
  fresh?: readonly [number, number] | null;
}

export function Roll({ score, player, seconds, fresh = null }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const line = useRef<HTMLDivElement>(null);
  const around = useRef<HTMLDivElement>(null);
  const { low, high } = useMemo(() => span(score), [score]);
  const draw = useCallback<Draw>(
    (context, width, height, element) => {
      const row = height / (high - low + 1);
      const x = (at: number): number => (at / seconds) * width;
      const y = (pitch: number): number => (high - pitch) * row;
      context.fillStyle = colour(element, "--raised");
      context.fillRect(0, 0, width, height);
      context.fillStyle = colour(element, "--sunken");
      for (let pitch = low; pitch <= high; pitch += 1) if (BLACK.has(pitch % 12)) context.fillRect(0, y(pitch), width, row);
      if (fresh !== null) {
        context.fillStyle = colour(element, "--accent-soft");
        context.fillRect(x(fresh[0]), 0, x(fresh[1] - fresh[0]), height);
      }
      context.fillStyle = colour(element, "--line");
      for (const bar of score.bars) context.fillRect(Math.round(x(bar)), 0, 1, height);
      const voices = Array.from({ length: COLOURS }, (_, i) => colour(element, `--voice-${i + 1}`));
      for (const note of score.notes) {
        context.fillStyle = voices[note.voice % COLOURS] ?? "";
        context.beginPath();
        context.roundRect(x(note.begin) + 0.5, y(note.pitch) + 0.5, Math.max(2, x(note.end - note.begin) - 1.5), Math.max(2, row - 1), 3);
        context.fill();
      }
    },
    [score, seconds, low, high, fresh],
  );
  usePicture(canvas, draw);
  const moved = useCallback(
    (position: number) => {
      const width = canvas.current?.clientWidth ?? 0;
      const at = (position / seconds) * width;
      if (line.current) line.current.style.transform = `translateX(${at}px)`;
      const view = around.current;
      if (view && player?.playing && (at < view.scrollLeft || at > view.scrollLeft + view.clientWidth - 24)) view.scrollLeft = at - 24;
    },
    [player, seconds],
  );
  useMoving(player, moved);
  const point = (event: PointerEvent<HTMLCanvasElement>): void => {
    const box = event.currentTarget.getBoundingClientRect();
    player?.seek(((event.clientX - box.left) / box.width) * seconds);
  };
  const { sound } = text;
  const width = Math.min(MOST, Math.ceil(seconds * LEAST));
  return (
    <div className="roll">
      <div className="roll-view" ref={around} tabIndex={0} role="group" aria-label={sound.roll}>
        <canvas ref={canvas} style={{ minWidth: `${width}px` }} role="img" onPointerDown={point}
          aria-label={sound.rollOf(score.voices.length, score.notes.length, pitchName(low + 2), pitchName(high - 2))} />
        <div className="moving-line" ref={line} aria-hidden />
      </div>
      {fresh !== null && <p className="small soft">{sound.fresh}</p>}
      <ul className="voices small">
        {score.voices.map((name, i) => (
          <li key={i}>
            <i className={`voice-${(i % COLOURS) + 1}`} aria-hidden />
            {name || sound.voiceOf(i + 1)}
          </li>
        ))}
      </ul>
    </div>
  );
}
