// One side of a round, without anything that tells whose it is: a picture's pixels alone, a sound behind a button.
import { Play, Square } from "lucide-react";
import { useEffect, useRef, useState, type RefObject } from "react";
import { Button } from "../../parts/Button";
import { text } from "../../text";
import type { Made as Content } from "./pairs";

export interface Sounding {
  toggle: () => void;
}

export function Made({ made, side, sounding }: { made: Content; side: "left" | "right"; sounding: RefObject<Sounding | null> }) {
  if ("text" in made) return <pre className="compare-blind-text" tabIndex={0} role="region" aria-label={text.compare.sides[side]}>{made.text}</pre>;
  if ("picture" in made) return <Pixels picture={made.picture} side={side} />;
  return <Sound sound={made.sound} side={side} sounding={sounding} />;
}

const SIZE = 384;

/** The file says how it was made; its pixels do not. */
function Pixels({ picture, side }: { picture: Blob; side: "left" | "right" }) {
  const held = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let left = false;
    void createImageBitmap(picture).then((bitmap) => {
      const context = held.current?.getContext("2d");
      if (left || !context) return;
      const scale = SIZE / Math.max(bitmap.width, bitmap.height);
      const [width, height] = [bitmap.width * scale, bitmap.height * scale];
      context.imageSmoothingEnabled = scale < 1;
      context.clearRect(0, 0, SIZE, SIZE);
      context.drawImage(bitmap, (SIZE - width) / 2, (SIZE - height) / 2, width, height);
    });
    return () => {
      left = true;
    };
  }, [picture]);
  return <canvas className="compare-blind-picture" ref={held} width={SIZE} height={SIZE} role="img" aria-label={text.compare.sides[side]} />;
}

/** One at a time: whoever plays one side wants to hear that. */
let heard: HTMLAudioElement | null = null;

function Sound({ sound, side, sounding }: { sound: Blob; side: "left" | "right"; sounding: RefObject<Sounding | null> }) {
  const { compare } = text;
  const [plays, setPlays] = useState(false);
  useEffect(() => {
    const address = URL.createObjectURL(sound);
    const audio = new Audio(address);
    audio.onplay = () => {
      if (heard !== audio) heard?.pause();
      heard = audio;
      setPlays(true);
    };
    audio.onpause = () => setPlays(false);
    sounding.current = {
      toggle: () => {
        if (audio.paused) {
          audio.currentTime = 0;
          void audio.play().catch(() => undefined);
        } else audio.pause();
      },
    };
    return () => {
      audio.pause();
      if (heard === audio) heard = null;
      sounding.current = null;
      URL.revokeObjectURL(address);
    };
  }, [sound, sounding]);
  return (
    <div className="compare-blind-sound">
      <Button icon={plays ? Square : Play} onClick={() => sounding.current?.toggle()}>{plays ? compare.silence[side] : compare.hear[side]}</Button>
    </div>
  );
}
