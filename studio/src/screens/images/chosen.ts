// Which kept pictures are chosen, to go from one to the other.
import type { Creation } from "../../api/shapes";

const MOST = 2;

export function toggled(chosen: readonly Creation[], one: Creation): readonly Creation[] {
  if (chosen.some(({ id }) => id === one.id)) return chosen.filter(({ id }) => id !== one.id);
  return [...chosen, one].slice(-MOST);
}
