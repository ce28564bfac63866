// A sound as its waveform and its spectrogram, with a line where it is.
import { useCallback, useMemo, useRef, type PointerEvent } from "react";
import { text } from "../../text";
import { colour, usePicture, type Draw } from "../../parts/picture";
import type { Player } from "./Player";
import { useMoving } from "./usePlayer";
import { peaks, spectrogram } from "./wave";

const COLUMNS = 240;

/** Of `rgb(1, 2, 3)`, or of what else the browser spells. */
const numbersOf = (spelled: string): number[] => (spelled.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);

interface Props {
  player: Player;
  name: string;
  /** A stretch that is chosen, in seconds, where one can be. */
  stretch?: readonly [number, number] | null;
  onStretch?: (stretch: readonly [number, number]) => void;
}

const SLIP = 4; // pixels that a click may move

export function Pictures({ player, name, stretch = null, onStretch }: Props) {
  const wave = useRef<HTMLCanvasElement>(null);
  const bands = useRef<HTMLCanvasElement>(null);
  const line = useRef<HTMLDivElement>(null);
  const samples = useMemo(() => player.buffer.getChannelData(0), [player]);
  const columns = useMemo(() => spectrogram(samples, COLUMNS), [samples]);
  const drawWave = useCallback<Draw>(
    (context, width, height, element) => {
      context.clearRect(0, 0, width, height);
      context.fillStyle = colour(element, "--accent");
      peaks(samples, Math.floor(width)).forEach(({ least, most }, x) => {
        const top = ((1 - most) * height) / 2;
        context.fillRect(x, top, 1, Math.max(1, ((1 - least) * height) / 2 - top));
      });
    },
    [samples],
  );
  const drawBands = useCallback<Draw>(
    (context, width, height, element) => {
      const ground = numbersOf(colour(element, "--sunken"));
      const ink = numbersOf(colour(element, "--ink"));
      const rows = columns[0]?.length ?? 0;
      if (rows === 0) return;
      const picture = new ImageData(columns.length, rows);
      columns.forEach((column, x) =>
        column.forEach((share, y) => {
          const at = 4 * ((rows - 1 - y) * columns.length + x);
          for (let i = 0; i < 3; i += 1) picture.data[at + i] = (ground[i] ?? 0) + share * ((ink[i] ?? 0) - (ground[i] ?? 0));
          picture.data[at + 3] = 255;
        }),
      );
      const small = document.createElement("canvas");
      small.width = columns.length;
      small.height = rows;
      small.getContext("2d")?.putImageData(picture, 0, 0);
      context.drawImage(small, 0, 0, width, height);
    },
    [columns],
  );
  usePicture(wave, drawWave);
  usePicture(bands, drawBands);
  const moved = useCallback(
    (position: number) => {
      const width = wave.current?.clientWidth ?? 0;
      if (line.current) line.current.style.transform = `translateX(${(position / player.seconds) * width}px)`;
    },
    [player],
  );
  useMoving(player, moved);
  const begun = useRef<number | null>(null);
  const place = (event: PointerEvent<HTMLElement>): number => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * player.seconds;
  };
  const pressed = (event: PointerEvent<HTMLElement>): void => {
    if (onStretch === undefined) {
      player.seek(place(event));
      return;
    }
    event.currentTarget.setPointerCapture(event.pointerId);
    begun.current = place(event);
  };
  const dragged = (event: PointerEvent<HTMLElement>): void => {
    const from = begun.current;
    if (from === null || onStretch === undefined) return;
    const to = place(event);
    const slip = (SLIP / event.currentTarget.clientWidth) * player.seconds;
    if (Math.abs(to - from) > slip) onStretch([Math.min(from, to), Math.max(from, to)]);
  };
  const ended = (event: PointerEvent<HTMLElement>): void => {
    const from = begun.current;
    begun.current = null;
    const slip = (SLIP / event.currentTarget.clientWidth) * player.seconds;
    if (from !== null && Math.abs(place(event) - from) <= slip) player.seek(from);
  };
  const { sound } = text;
  return (
    <div className={`pictures ${onStretch === undefined ? "" : "choosing-stretch"}`} onPointerDown={pressed} onPointerMove={dragged} onPointerUp={ended}
      onPointerCancel={() => { begun.current = null; }}>
      <canvas className="wave" ref={wave} role="img" aria-label={sound.waveOf(name)} />
      <canvas className="bands" ref={bands} role="img" aria-label={sound.bandsOf(name, Math.round(player.buffer.sampleRate / 2000))} />
      {stretch !== null && (
        <div className="stretch-shown" aria-hidden
          style={{ left: `${(100 * stretch[0]) / player.seconds}%`, width: `${(100 * (stretch[1] - stretch[0])) / player.seconds}%` }} />
      )}
      <div className="moving-line" ref={line} aria-hidden />
    </div>
  );
}
