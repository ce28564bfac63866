// Play, where it is, and a slider to be elsewhere.
import { Pause, Play } from "lucide-react";
import { useCallback, useId, useState } from "react";
import { Button } from "../../parts/Button";
import { text } from "../../text";
import type { Player } from "./Player";
import { useMoving, usePlaying } from "./usePlayer";

export function clockOf(seconds: number): string {
  const tenths = Math.floor(seconds * 10 + 1e-6);
  return `${Math.floor(tenths / 600)}:${String(Math.floor(tenths / 10) % 60).padStart(2, "0")}.${tenths % 10}`;
}

export function Transport({ player, primary = false }: { player: Player | null; primary?: boolean }) {
  const playing = usePlaying(player);
  const [at, setAt] = useState(0);
  const moved = useCallback((position: number) => setAt(Math.round(position * 20) / 20), []);
  useMoving(player, moved);
  const id = useId();
  const seconds = player?.seconds ?? 0;
  const shown = text.sound.positionOf(clockOf(at), clockOf(seconds));
  return (
    <div className="transport">
      <Button look={primary ? "primary" : "plain"} icon={playing ? Pause : Play} disabled={player === null} onClick={() => player?.toggle()}>
        {playing ? text.sound.pause : text.sound.play}
      </Button>
      <label className="out-of-sight" htmlFor={id}>{text.sound.position}</label>
      <input type="range" id={id} min={0} max={seconds || 1} step={0.05} value={at} disabled={player === null} aria-valuetext={shown}
        onChange={(event) => player?.seek(event.target.valueAsNumber)} />
      <output htmlFor={id} className="small" aria-live="off">{shown}</output>
    </div>
  );
}
