import { Suspense, useEffect, useMemo, useRef, useState } from "react";
import { watch } from "../api/life";
import { Waiting } from "../parts/states";
import { Toasts } from "../parts/Toast";
import { text } from "../text";
import { Away } from "./Away";
import { Boundary } from "./Boundary";
import { KeyPrompt } from "./KeyPrompt";
import { Navigation } from "./Navigation";
import { go, useRoute } from "./route";
import { SCREENS } from "./screens";
import { hearKeys, useShortcuts, type Shortcut } from "./shortcuts";
import { Shortcuts } from "./Shortcuts";

export function App() {
  const { screen } = useRoute();
  const [listed, setListed] = useState(false);
  const place = useRef<HTMLElement>(null);
  const before = useRef(screen);
  const shown = SCREENS.find((one) => one.id === screen) ?? SCREENS[0];
  useEffect(watch, []);
  useEffect(hearKeys, []);
  useEffect(() => {
    document.title = shown === undefined ? text.shell.mark : `${text.screens[shown.id]} · ${text.shell.mark}`;
    if (before.current !== screen) place.current?.focus();
    before.current = screen;
  }, [screen, shown]);
  const shortcuts = useMemo<Shortcut[]>(
    () => [
      { keys: "?", does: text.shell.shortcuts, run: () => setListed(true) },
      ...SCREENS.map(({ id }) => ({
        keys: `g ${text.letters[id]}`,
        does: text.shell.goTo(text.screens[id]),
        run: () => go(id),
      })),
    ],
    [],
  );
  useShortcuts(shortcuts);
  return (
    <div className="shell">
      <a className="skip" href="#main" onClick={(event) => { event.preventDefault(); place.current?.focus(); }}>
        {text.shell.skip}
      </a>
      <Navigation here={shown?.id ?? "home"} onShortcuts={() => setListed(true)} />
      <div className="column">
        <Away />
        <main ref={place} tabIndex={-1} id="main">
          {shown && (
            <Boundary key={shown.id}>
              <Suspense fallback={<Waiting height="60vh" />}>
                <shown.Body />
              </Suspense>
            </Boundary>
          )}
        </main>
      </div>
      <Shortcuts open={listed} onClose={() => setListed(false)} />
      <KeyPrompt />
      <Toasts />
    </div>
  );
}
