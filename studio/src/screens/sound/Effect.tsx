import { Download, Repeat, Scissors } from "lucide-react";
import { useState } from "react";
import type { MadeSound } from "../../api/shapes";
import { Button } from "../../parts/Button";
import { text } from "../../text";
import { ofBase64, save } from "../../parts/files";
import { Pictures } from "./Pictures";
import type { Player } from "./Player";
import { Stretch } from "./Stretch";
import { Transport } from "./Transport";

export interface Heard {
  told: MadeSound;
  player: Player;
}

interface Props {
  heard: Heard;
  model: string;
  /** Which of the two that are compared it is. */
  side: "a" | "b" | null;
  onSide: (side: "a" | "b") => void;
  busy: boolean;
  onChange: (how: "inpaint" | "continue", span: readonly [number, number]) => void;
}

export function Effect({ heard: { told, player }, model, side, onSide, busy, onChange }: Props) {
  const { sound } = text;
  const [loop, setLoop] = useState(player.loop);
  const [changing, setChanging] = useState(false);
  const [stretch, setStretch] = useState<readonly [number, number]>([player.seconds / 3, (2 * player.seconds) / 3]);
  const name = `${told.label ?? model} ${told.seed}`;
  return (
    <article className="card effect" aria-label={name}>
      <header>
        <h2>{name}</h2>
        <span className="soft small">
          {sound.lasts(told.seconds.toFixed(2))}
          {told.loudness !== null && ` · ${sound.loudnessOf(told.loudness.toFixed(1))}`}
        </span>
      </header>
      {changing ? <Pictures player={player} name={name} stretch={stretch} onStretch={setStretch} /> : <Pictures player={player} name={name} />}
      <Transport player={player} />
      <div className="acts">
        <Button little icon={Repeat} aria-pressed={loop} onClick={() => { player.setLoop(!loop); setLoop(!loop); }}>{sound.loop}</Button>
        {(["a", "b"] as const).map((one) => (
          <Button little key={one} aria-pressed={side === one} name={sound.sideName(sound.sides[one], name)} onClick={() => onSide(one)}>
            {sound.sides[one]}
          </Button>
        ))}
        <Button little icon={Scissors} aria-expanded={changing} onClick={() => setChanging(!changing)}>{sound.change}</Button>
        <Button little icon={Download} onClick={() => save(`${told.label ?? model}-${told.seed}.wav`, new Blob([ofBase64(told.b64_audio)], { type: "audio/wav" }))}>
          {sound.formats.wav}
        </Button>
      </div>
      {changing && <Stretch seconds={player.seconds} stretch={stretch} onStretch={setStretch} busy={busy} onChange={onChange} />}
    </article>
  );
}
