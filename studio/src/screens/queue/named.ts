// What the server calls things, in words: addresses that are asked, states, acts of the log.
import { text } from "../../text";

export function named(address: string): string {
  const { asked, asTask } = text.queue;
  const task = /^\/v1\/anew\/tasks\/([a-z-]+)$/.exec(address)?.[1];
  return task === undefined ? (asked[address] ?? address) : asTask(task);
}

export const stateOf = (status: string): string => text.queue.states[status] ?? status;

export const actOf = (act: string): string => text.queue.acts[act] ?? act;
