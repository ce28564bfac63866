// A recipe's settings, and what the server says of those that were changed: asked a moment after the last change.
import { useCallback, useEffect, useState } from "react";
import { asFault, type Fault } from "../../api/fault";
import { check, settings, type Setting, type Shown } from "../../api/train";
import { useLife } from "../../api/use";
import { useLoaded } from "../../api/use";
import { settingOf, type Overrides } from "./settings";

const PAUSE = 350;

export interface Checked {
  settings: readonly Setting[];
  loading: boolean;
  shown: Shown | undefined;
  fault: Fault | undefined;
  /** The setting that the fault is about. */
  wrong: string | null;
  /** The changes as they were found in order last; null while that is not known. */
  valid: Overrides | null;
}

const NONE = { data: [] as Setting[] };

export function useChecked(recipe: string | undefined, overrides: Overrides): Checked {
  const load = useCallback((signal: AbortSignal) => (recipe === undefined ? Promise.resolve(NONE) : settings(recipe, signal)), [recipe]);
  const listed = useLoaded(load);
  const all = listed.data?.data ?? NONE.data;
  const { returns } = useLife();
  const [state, setState] = useState<{ of: string | undefined; overrides?: Overrides; shown?: Shown; fault?: Fault }>({ of: recipe });
  useEffect(() => {
    if (recipe === undefined) return undefined;
    const leaving = new AbortController();
    const waiting = setTimeout(() => {
      check(recipe, overrides, leaving.signal).then(
        (shown) => setState({ of: recipe, overrides, shown }),
        (thrown: unknown) => {
          const fault = asFault(thrown);
          if (fault.kind === "stopped") return;
          setState(({ shown, of }) => ({ of: recipe, overrides, fault, ...(shown && of === recipe ? { shown } : {}) }));
        },
      );
    }, PAUSE);
    return () => {
      clearTimeout(waiting);
      leaving.abort();
    };
  }, [recipe, overrides, returns]);
  const current = state.of === recipe ? state : { of: recipe };
  const fault = current.fault ?? listed.fault;
  return {
    settings: all,
    loading: listed.data === undefined,
    shown: current.shown,
    fault,
    wrong: fault?.kind === "refused" ? settingOf(fault.parts.said, all) : null,
    valid: fault === undefined && current.shown !== undefined && current.overrides === overrides ? overrides : null,
  };
}
