// Where the reader is: `#/chat?c=…&at=…`. Each screen keeps its state behind its name, so that an address restores it.
import { useMemo, useSyncExternalStore } from "react";

export interface Route {
  screen: string;
  params: Readonly<Record<string, string>>;
}

export type Params = Readonly<Record<string, string | null | undefined>>;

export function parseRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const params: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(query)) params[name] = value;
  return { screen: /^[a-z]+$/.test(path) ? path : "home", params };
}

export function spellRoute(screen: string, params: Params = {}): string {
  const query = new URLSearchParams();
  for (const name of Object.keys(params).sort()) {
    const value = params[name];
    if (value !== null && value !== undefined && value !== "") query.set(name, value);
  }
  const spelled = query.toString();
  return `#/${screen}${spelled === "" ? "" : `?${spelled}`}`;
}

export function go(screen: string, params: Params = {}): void {
  location.hash = spellRoute(screen, params);
}

/** Change what stands behind the screen's name. Null takes a parameter out; `replace` leaves no step to go back to. */
export function setParams(changed: Params, replace = true): void {
  const { screen, params } = parseRoute(location.hash);
  const next = spellRoute(screen, { ...params, ...changed });
  if (next === location.hash) return;
  if (replace) {
    history.replaceState(history.state, "", next);
    window.dispatchEvent(new HashChangeEvent("hashchange"));
  } else {
    location.hash = next;
  }
}

function listen(heard: () => void): () => void {
  window.addEventListener("hashchange", heard);
  return () => window.removeEventListener("hashchange", heard);
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(listen, () => location.hash);
  return useMemo(() => parseRoute(hash), [hash]);
}
