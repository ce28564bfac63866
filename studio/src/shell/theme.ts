// Light, dark, or what the system says.
import { changing } from "../api/changing";
import { readKept, writeKept } from "../parts/kept";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const told = changing();
export const themeChanged = told.listen;

export function theme(): Theme {
  const kept = readKept("theme");
  return THEMES.find((one) => one === kept) ?? "system";
}

export function showTheme(): void {
  const chosen = theme();
  if (chosen === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = chosen;
}

export function setTheme(chosen: Theme): void {
  writeKept("theme", chosen === "system" ? null : chosen);
  showTheme();
  told.tell();
}
