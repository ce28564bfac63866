// The one who is asked for suggestions, the same for as long as the screen is there, whatever model and dials are chosen.
import { useEffect, useMemo, useRef, useState } from "react";
import { text } from "../../text";
import type { Dials } from "./dials";
import type { GhostState, Suggester } from "./editor/ghost";
import { Suggestions } from "./suggesting";

export interface Suggesting {
  suggester: Suggester;
  state: GhostState;
  /** Whether the model was found to look at what stands before the cursor alone. */
  looksBefore: boolean;
}

export function useSuggester(model: string, dials: Dials): Suggesting {
  const [state, setState] = useState<GhostState>({ kind: "off" });
  const [suggestions] = useState(() => new Suggestions());
  const chosen = useRef({ model, dials });
  useEffect(() => {
    chosen.current = { model, dials };
  }, [model, dials]);
  const suggester = useMemo<Suggester>(
    () => ({
      byItself: () => chosen.current.dials.byItself,
      between: (before, after, signal) => suggestions.between(chosen.current.model, before, after, chosen.current.dials, signal),
      told: setState,
      shownAs: text.code.isShown,
      takenAs: text.code.isTaken,
    }),
    [suggestions],
  );
  return { suggester, state, looksBefore: suggestions.looksBefore(model) };
}
