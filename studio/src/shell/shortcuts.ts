// Keys, and what they do: those of the shell and those of the screen that is shown. `?` lists them.
import { useEffect, useSyncExternalStore } from "react";
import { changing } from "../api/changing";

export interface Shortcut {
  /** As `event.key` has it, with `Control+` before it where that is held; `g c` is two keys, one after the other. */
  keys: string;
  does: string;
  /** Without it the key is only listed: who has the focus hears it. */
  run?: () => void;
  /** Also while something is typed. */
  whileTyping?: boolean;
}

let known: readonly (readonly Shortcut[])[] = [];
const told = changing();

export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  useEffect(() => {
    known = [...known, shortcuts];
    told.tell();
    return () => {
      known = known.filter((one) => one !== shortcuts);
      told.tell();
    };
  }, [shortcuts]);
}

export function useKnownShortcuts(): readonly Shortcut[] {
  return useSyncExternalStore(told.listen, () => known).flat();
}

const PAUSE = 1200; // milliseconds within which the second key has to come

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** Hear the keyboard, until the function that comes back is called. */
export function hearKeys(): () => void {
  let before = "";
  let at = 0;
  const heard = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.altKey || event.metaKey || event.isComposing) return;
    const typed = `${event.ctrlKey ? "Control+" : ""}${event.key}`;
    const both = Date.now() - at < PAUSE ? `${before} ${typed}` : typed;
    const typing = isTyping(event.composedPath()[0] ?? null) || document.querySelector("dialog[open]") !== null;
    const all = known.flat().reverse();
    const found = all.find((one) => one.keys === both) ?? all.find((one) => one.keys === typed);
    before = typed;
    at = Date.now();
    if (found?.run === undefined || (typing && found.whileTyping !== true)) return;
    event.preventDefault();
    before = "";
    found.run();
  };
  document.addEventListener("keydown", heard);
  return () => document.removeEventListener("keydown", heard);
}
