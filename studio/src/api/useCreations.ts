// What is kept, page by page, as it is searched for; what is changed in it is changed here too.
import { useCallback, useEffect, useRef, useState } from "react";
import { find, type Search } from "./creations";
import { asFault, type Fault } from "./fault";
import type { Creation } from "./shapes";
import { useLife } from "./use";

export interface Creations {
  /** Undefined until the first answer. */
  items: readonly Creation[] | undefined;
  hasMore: boolean;
  loading: boolean;
  fault: Fault | undefined;
  again: () => void;
  more: () => void;
  /** One that is new, or has changed, or belongs here no more. */
  take: (one: Creation) => void;
}

export function belongs(one: Creation, search: Search): boolean {
  if ((one.deleted_at !== null) !== search.deleted || one.modality !== search.modality) return false;
  if (search.favourite && !one.favourite) return false;
  const words = `${one.title}\n${one.model}\n${one.prompt}`.toLowerCase();
  return search.q.toLowerCase().split(/\s+/).every((word) => words.includes(word));
}

export function taken(items: readonly Creation[], one: Creation, search: Search): readonly Creation[] {
  const stood = items.some((item) => item.id === one.id);
  if (!belongs(one, search)) return stood ? items.filter((item) => item.id !== one.id) : items;
  return stood ? items.map((item) => (item.id === one.id ? one : item)) : [one, ...items];
}

interface Held {
  items?: readonly Creation[];
  hasMore: boolean;
  fault?: Fault;
  loading: boolean;
}

/** `search` has to stay the same object as long as it asks the same. */
export function useCreations(search: Search): Creations {
  const { returns } = useLife();
  const [times, setTimes] = useState(0);
  const [held, setHeld] = useState<Held>({ hasMore: false, loading: true });
  const leaving = useRef<AbortController | null>(null);
  const ask = useCallback(
    (after: string | null) => {
      leaving.current?.abort();
      const mine = new AbortController();
      leaving.current = mine;
      setHeld(({ items, hasMore }) => ({ ...(items === undefined ? {} : { items }), hasMore, loading: true }));
      find(search, after, mine.signal).then(
        ({ data, has_more: hasMore }) =>
          setHeld((before) => {
            const known = after === null ? [] : (before.items ?? []);
            const ids = new Set(known.map((one) => one.id));
            return { items: [...known, ...data.filter((one) => !ids.has(one.id))], hasMore, loading: false };
          }),
        (thrown: unknown) => {
          const fault = asFault(thrown);
          if (fault.kind !== "stopped") setHeld((before) => ({ ...before, fault, loading: false }));
        },
      );
    },
    [search],
  );
  useEffect(() => {
    ask(null);
    return () => leaving.current?.abort();
  }, [ask, returns, times]);
  const last = held.items?.at(-1)?.id;
  const more = useCallback(() => {
    if (last !== undefined) ask(last);
  }, [ask, last]);
  const take = useCallback(
    (one: Creation) =>
      setHeld((before) => (before.items === undefined ? before : { ...before, items: taken(before.items, one, search) })),
    [search],
  );
  const again = useCallback(() => setTimes((before) => before + 1), []);
  return { items: held.items, hasMore: held.hasMore, loading: held.loading, fault: held.fault, again, more, take };
}
