import { useCallback, useEffect, useSyncExternalStore } from "react";
import type { Player } from "./Player";

const nothing = (): (() => void) => () => undefined;

export function usePlaying(player: Player | null): boolean {
  return useSyncExternalStore(player?.listen ?? nothing, () => player?.playing ?? false);
}

const CALM = 1000;

/** `moved` hears where the sound is: at each picture of the screen, or once a second where motion is not wanted. */
export function useMoving(player: Player | null, moved: (position: number) => void): void {
  const tell = useCallback(() => moved(player?.position ?? 0), [player, moved]);
  useEffect(() => {
    tell();
    if (player === null) return undefined;
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
    let frame = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const next = (): void => {
      tell();
      cancelAnimationFrame(frame);
      clearTimeout(timer);
      if (!player.playing) return;
      if (calm.matches) timer = setTimeout(next, CALM);
      else frame = requestAnimationFrame(next);
    };
    const off = player.listen(next);
    next();
    return () => {
      off();
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }, [player, tell]);
  useEffect(() => () => player?.pause(), [player]);
}
