import { Keyboard, Monitor, Moon, Sun } from "lucide-react";
import { useEffect, useRef, useSyncExternalStore } from "react";
import { text } from "../text";
import { Button } from "../parts/Button";
import { spellRoute } from "./route";
import { SCREENS } from "./screens";
import { setTheme, theme, themeChanged, THEMES } from "./theme";

const ICONS = { system: Monitor, light: Sun, dark: Moon };

export function Navigation({ here, onShortcuts }: { here: string; onShortcuts: () => void }) {
  const chosen = useSyncExternalStore(themeChanged, theme);
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    const show = (): void => {
      const shown = list.current?.querySelector("[aria-current]");
      if (list.current && shown instanceof HTMLElement) list.current.scrollLeft = shown.offsetLeft - list.current.offsetLeft;
    };
    show();
    window.addEventListener("resize", show);
    return () => window.removeEventListener("resize", show);
  }, [here]); // on a narrow page the list is wider than its place
  const next = THEMES[(THEMES.indexOf(chosen) + 1) % THEMES.length] ?? "system";
  return (
    <nav className="navigation" aria-label={text.shell.navigation}>
      <a className="mark" href={spellRoute("home")}>
        {text.shell.mark}
      </a>
      <ul ref={list}>
        {SCREENS.map(({ id, icon: Icon, load }) => (
          <li key={id}>
            <a
              href={spellRoute(id)}
              aria-current={here === id ? "page" : undefined}
              onPointerEnter={() => void load()}
              onFocus={() => void load()}
            >
              <Icon size={18} aria-hidden />
              <span>{text.screens[id]}</span>
            </a>
          </li>
        ))}
      </ul>
      <div className="switches">
        <Button
          look="quiet"
          icon={ICONS[chosen]}
          name={text.shell.theme(text.shell.themes[chosen], text.shell.themes[next])}
          onClick={() => setTheme(next)}
        />
        <Button look="quiet" icon={Keyboard} name={text.shell.shortcuts} onClick={onShortcuts} />
      </div>
    </nav>
  );
}
