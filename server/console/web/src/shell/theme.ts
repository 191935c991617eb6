import { useSyncExternalStore } from "react";

export type Theme = "light" | "dark";
type Choice = Theme | "system";

const place = "fieldgate-theme"; // the only thing that the console stores in the browser
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

let choice: Choice = stored();

function stored(): Choice {
  const value = localStorage.getItem(place);
  return value === "light" || value === "dark" ? value : "system";
}

const current = (): Theme => (choice === "system" ? (dark.matches ? "dark" : "light") : choice);

/** applyTheme shows the theme that was chosen, else the system's, and follows the system from then on. */
export function applyTheme() {
  document.documentElement.dataset.theme = current();
  for (const listener of listeners) listener();
}

dark.addEventListener("change", applyTheme);

export function chooseTheme(next: Theme) {
  // Choosing what the system has anyway is following the system again.
  choice = next === (dark.matches ? "dark" : "light") ? "system" : next;
  if (choice === "system") localStorage.removeItem(place);
  else localStorage.setItem(place, choice);
  applyTheme();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useTheme = () => useSyncExternalStore(subscribe, current);
