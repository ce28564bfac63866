// Whether the server answers. It is asked every few seconds, at once when a request went unanswered, and often while it
// is away; whoever shows something hears when it is back.
import { changing } from "./changing";

const CALM = 5000;
const AWAY = 1500;
const PATIENCE = 4000;

export interface Life {
  away: boolean;
  /** It has answered 401, and no other key was given since. */
  wantsKey: boolean;
  /** How often it came back. */
  returns: number;
}

let life: Life = { away: false, wantsKey: false, returns: 0 };
let timer: ReturnType<typeof setTimeout> | undefined;
const told = changing();

export const lifeChanged = told.listen;
export const lifeNow = (): Life => life;

function becomes(next: Partial<Life>): void {
  const changed = { ...life, ...next };
  if (changed.away === life.away && changed.wantsKey === life.wantsKey && changed.returns === life.returns) return;
  life = changed;
  told.tell();
}

export function heardFrom(): void {
  if (life.away) becomes({ away: false, returns: life.returns + 1 });
}

export function heardNothing(): void {
  if (!life.away) soon(0);
}

export function keyWanted(): void {
  becomes({ wantsKey: true });
}

/** After another key: what failed is asked again. */
export function keyGiven(): void {
  becomes({ wantsKey: false, returns: life.returns + 1 });
}

function soon(milliseconds: number): void {
  if (timer === undefined) return;
  clearTimeout(timer);
  timer = setTimeout(() => void look(), milliseconds);
}

async function look(): Promise<void> {
  if (!document.hidden || life.away) {
    try {
      await fetch("healthz", { cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(PATIENCE) });
      heardFrom();
    } catch {
      becomes({ away: true });
    }
  }
  soon(life.away ? AWAY : CALM);
}

/** Begin to look, until the function that comes back is called. */
export function watch(): () => void {
  timer = setTimeout(() => void look(), CALM);
  const seen = (): void => {
    if (!document.hidden) soon(0);
  };
  document.addEventListener("visibilitychange", seen);
  return () => {
    clearTimeout(timer);
    timer = undefined;
    document.removeEventListener("visibilitychange", seen);
  };
}
