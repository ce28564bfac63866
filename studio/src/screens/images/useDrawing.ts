// What is drawn now, picture by picture, as the server tells it.
import { useCallback, useEffect, useRef, useState } from "react";
import { keep } from "../../api/creations";
import { asFault, type Fault } from "../../api/fault";
import type { Creation, PictureEvent, PictureRequest } from "../../api/shapes";
import { DRAWN } from "../../api/images";
import { draw } from "./asking";
import { aloneOf } from "./settings";

export interface Tile {
  seed: number;
  /** The picture, or the last look at it, in base64. */
  content: string | null;
  looks: number;
  done: boolean;
  kept: Creation | null;
}

export interface Drawing {
  request: PictureRequest;
  /** Where it went to. */
  address: string;
  tiles: readonly Tile[];
  state: "drawing" | "done" | "stopped" | "failed";
  fault: Fault | null;
  /** What was asked for and nothing is made of, as the server calls it. */
  ignored: string;
}

const IGNORED = "x-anew-ignored";

/** Looks are none of what somebody asked for. */
export const ignoredIn = (headers: Headers): string =>
  (headers.get(IGNORED) ?? "").split(", ").filter((one) => one !== "" && one !== "partial_images").join(", ");

export function begun(request: PictureRequest, address = DRAWN): Drawing {
  const tiles = Array.from({ length: request.n ?? 1 }, (_, i) => ({
    seed: (request.seed ?? 0) + i, content: null, looks: 0, done: false, kept: null,
  }));
  return { request, address, tiles, state: "drawing", fault: null, ignored: "" };
}

const withTile = (drawing: Drawing, at: number, more: Partial<Tile>): Drawing => ({
  ...drawing,
  tiles: drawing.tiles.map((tile, i) => (i === at ? { ...tile, ...more } : tile)),
});

/** A finished picture names no place where there is but one, nor does it need to. */
export const placeOf = (drawing: Drawing, event: PictureEvent): number =>
  event.index ?? Math.max(0, drawing.tiles.findIndex((tile) => !tile.done));

export function told(drawing: Drawing, event: PictureEvent): Drawing {
  const at = placeOf(drawing, event);
  if (event.type.endsWith(".completed")) return withTile(drawing, at, { content: event.b64_json, done: true });
  return withTile(drawing, at, { content: event.b64_json, looks: (event.partial_image_index ?? 0) + 1 });
}

export interface Drawn {
  drawing: Drawing | null;
  begin: (request: PictureRequest, keepAll: boolean, address?: string) => void;
  stop: () => void;
  keepTile: (at: number) => void;
}

/** `onKept` hears of each picture that the server has taken into the gallery, `onFault` of one that it has not. */
export function useDrawing(onKept: (kept: Creation) => void, onFault: (fault: Fault) => void): Drawn {
  const [drawing, setDrawing] = useState<Drawing | null>(null);
  const now = useRef<Drawing | null>(null);
  const leaving = useRef<AbortController | null>(null);
  const hears = useRef({ onKept, onFault });
  hears.current = { onKept, onFault };
  const show = useCallback((next: Drawing) => {
    now.current = next;
    setDrawing(next);
  }, []);
  useEffect(() => () => leaving.current?.abort(), []);

  const keepOf = useCallback(
    async (request: PictureRequest, at: number): Promise<void> => {
      const tile = now.current?.tiles[at];
      if (now.current?.request !== request || tile?.content == null || !tile.done || tile.kept !== null) return;
      try {
        const kept = await keep({ address: now.current.address, body: aloneOf(request, at) }, tile.content);
        if (now.current.request === request) show(withTile(now.current, at, { kept }));
        hears.current.onKept(kept);
      } catch (thrown) {
        hears.current.onFault(asFault(thrown));
      }
    },
    [show],
  );

  const begin = useCallback<Drawn["begin"]>(
    (request, keepAll, address = DRAWN) => {
      leaving.current?.abort();
      const mine = new AbortController();
      leaving.current = mine;
      show(begun(request, address));
      const follow = async (): Promise<void> => {
        const keeping: Promise<void>[] = [];
        const ends = (state: Drawing["state"], fault: Fault | null): void => {
          if (leaving.current === mine && now.current !== null) show({ ...now.current, state, fault });
        };
        try {
          const { events, headers } = await draw(request, mine.signal, address);
          const ignored = ignoredIn(headers);
          if (ignored !== "" && now.current?.request === request) show({ ...now.current, ignored });
          for await (const event of events) {
            if (leaving.current !== mine || now.current === null) return;
            const at = placeOf(now.current, event);
            show(told(now.current, event));
            if (keepAll && now.current.tiles[at]?.done === true) keeping.push(keepOf(request, at));
          }
          ends("done", null);
        } catch (thrown) {
          const fault = asFault(thrown);
          ends(fault.kind === "stopped" ? "stopped" : "failed", fault);
        }
        await Promise.all(keeping);
      };
      void follow();
    },
    [keepOf, show],
  );
  const stop = useCallback(() => leaving.current?.abort(), []);
  const keepTile = useCallback(
    (at: number) => {
      if (now.current !== null) void keepOf(now.current.request, at);
    },
    [keepOf],
  );
  return { drawing, begin, stop, keepTile };
}
