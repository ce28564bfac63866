// The key that somebody typed: in this tab's session alone, never in an address and never on the disk.
import { changing } from "./changing";

const PLACE = "anew.key";
const told = changing();

export const keyChanged = told.listen;

export function key(): string | null {
  return sessionStorage.getItem(PLACE);
}

export function setKey(value: string | null): void {
  if (value === null) sessionStorage.removeItem(PLACE);
  else sessionStorage.setItem(PLACE, value);
  told.tell();
}
