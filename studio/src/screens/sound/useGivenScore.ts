// A score that was given, as notes and as sound; refused in the server's words where it is none.
import { useEffect, useState } from "react";
import { asFault, type Fault } from "../../api/fault";
import { useLife } from "../../api/use";
import { notesOf, played } from "./hearing";
import type { Score } from "./midi";
import type { Player } from "./Player";

interface Shown {
  score: Score | null;
  player: Player | null;
  fault: Fault | null;
}

const NOTHING: Shown = { score: null, player: null, fault: null };

/** `content`: the file, in base64. */
export function useGivenScore(content: string | null): Shown {
  const { returns } = useLife();
  const [shown, setShown] = useState(NOTHING);
  useEffect(() => {
    setShown(NOTHING);
    if (content === null) return undefined;
    const leaving = new AbortController();
    const look = async (): Promise<void> => {
      try {
        const score = await notesOf(content, leaving.signal);
        setShown({ score, player: null, fault: null });
        const player = await played(content, leaving.signal);
        if (!leaving.signal.aborted) setShown({ score, player, fault: null });
      } catch (thrown) {
        const fault = asFault(thrown);
        if (fault.kind !== "stopped") setShown((before) => ({ ...before, fault }));
      }
    };
    void look();
    return () => leaving.abort();
  }, [content, returns]);
  return shown;
}
