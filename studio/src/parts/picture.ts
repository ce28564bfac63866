// What all pictures on a canvas need: sharp pixels, and the colours of the theme that is shown.
import { useEffect, type RefObject } from "react";
import { themeChanged } from "../shell/theme";

/** A colour by its name among the custom properties, as the canvas takes it. */
export function colour(near: Element, name: string): string {
  const asked = document.createElement("span");
  asked.style.color = `var(${name})`;
  near.parentElement?.append(asked);
  const found = getComputedStyle(asked).color;
  asked.remove();
  return found;
}

export type Draw = (context: CanvasRenderingContext2D, width: number, height: number, canvas: HTMLCanvasElement) => void;

/** Draws when its size, the theme or `draw` changes. */
export function usePicture(held: RefObject<HTMLCanvasElement | null>, draw: Draw): void {
  useEffect(() => {
    const canvas = held.current;
    if (canvas === null) return undefined;
    const again = (): void => {
      const { clientWidth: width, clientHeight: height } = canvas;
      const context = width > 0 ? canvas.getContext("2d") : null;
      if (context === null) return;
      const sharp = Math.min(window.devicePixelRatio, 16_000 / width);
      canvas.width = Math.round(width * sharp);
      canvas.height = Math.round(height * sharp);
      context.scale(sharp, sharp);
      draw(context, width, height, canvas);
    };
    again();
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    const sized = typeof ResizeObserver === "undefined" ? null : new ResizeObserver(again);
    sized?.observe(canvas);
    dark.addEventListener("change", again);
    const off = themeChanged(again);
    return () => {
      sized?.disconnect();
      dark.removeEventListener("change", again);
      off();
    };
  }, [held, draw]);
}
