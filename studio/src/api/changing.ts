// Something that changes, and whoever wants to hear of it.

export interface Changing {
  listen: (heard: () => void) => () => void;
  tell: () => void;
}

export function changing(): Changing {
  const listeners = new Set<() => void>();
  return {
    listen(heard) {
      listeners.add(heard);
      return () => listeners.delete(heard);
    },
    tell() {
      for (const heard of [...listeners]) heard();
    },
  };
}
