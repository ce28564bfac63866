// What a model makes of places, one question at a time: of those that came meanwhile only the last is asked.
import { useEffect, useRef, useState } from "react";
import { decode, type LatentMap } from "../../api/compare";
import { asFault, type Fault } from "../../api/fault";
import { latentAt, nearest, spellPlace, type Place } from "./mapping";

export interface Decoded {
  pictures: string[] | null;
  /** Those that are shown are of other places. */
  stale: boolean;
  fault: Fault | null;
}

const KEPT = 300;

/** Of a model whose space needs a label, that of the nearest item. */
function labelsFor(told: LatentMap, places: readonly Place[]): (string | null)[] | null {
  if (told.space === "codec") return null;
  return places.map((place) => told.labels[nearest(told.places, place, 1)[0] ?? -1] ?? null);
}

/** `places` have to stay the same array as long as they are the same. */
export function usePlaces(model: string, told: LatentMap, places: readonly Place[]): Decoded {
  const known = useRef(new Map<string, string[]>());
  const wanted = useRef<{ key: string; places: readonly Place[] } | null>(null);
  const [state, setState] = useState<{ key: string; pictures: string[] | null; fault: Fault | null }>({ key: "", pictures: null, fault: null });
  const key = places.map(spellPlace).join(" ");
  const leaving = useRef<AbortController | null>(null);
  const works = useRef(false);
  useEffect(() => {
    const mine = new AbortController();
    const before = known.current;
    leaving.current = mine;
    works.current = false;
    return () => {
      mine.abort();
      before.clear();
      setState({ key: "", pictures: null, fault: null });
    };
  }, [model, told]);
  useEffect(() => {
    wanted.current = key === "" ? null : { key, places };
    const kept = known.current.get(key);
    if (kept !== undefined) setState({ key, pictures: kept, fault: null });
    const work = async (signal: AbortSignal): Promise<void> => {
      const left = (): boolean => signal.aborted;
      let now = wanted.current;
      while (now !== null && !left()) {
        const asked = now;
        try {
          const latents = asked.places.map((one) => latentAt(told, one));
          const made = known.current.get(asked.key) ?? (await decode(model, told.space, latents, labelsFor(told, asked.places), signal)).b64_png;
          if (left()) return;
          known.current.set(asked.key, made);
          if (known.current.size > KEPT) known.current.delete(known.current.keys().next().value ?? "");
          setState({ key: asked.key, pictures: made, fault: null });
        } catch (thrown) {
          const fault = asFault(thrown);
          if (fault.kind !== "stopped" && !left()) setState({ key: asked.key, pictures: null, fault });
        }
        now = wanted.current?.key === asked.key ? null : wanted.current;
      }
    };
    const mine = leaving.current;
    if (works.current || mine === null || wanted.current === null) return;
    works.current = true;
    void work(mine.signal).finally(() => {
      if (leaving.current === mine) works.current = false;
    });
  }, [key, places, model, told]);
  return { pictures: state.pictures, stale: state.key !== key, fault: state.key === key ? state.fault : null };
}
