// A file of a report, asked for with the key where there is one, and held as long as it is shown.
import { useCallback, useEffect, useState } from "react";
import { blobAt } from "../../api/compare";
import type { Fault } from "../../api/fault";
import { useLoaded } from "../../api/use";

async function digest(content: Blob): Promise<string | null> {
  // A page that came over plain HTTP from another machine has no digests.
  const subtle = (crypto as Partial<Crypto>).subtle;
  if (subtle === undefined) return null;
  const found = new Uint8Array(await subtle.digest("SHA-256", await content.arrayBuffer()));
  return Array.from(found, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export interface Held {
  content: Blob;
  sha256: string | null;
}

export function useFile(address: string): { held: Held | undefined; url: string | null; fault: Fault | undefined; again: () => void } {
  const load = useCallback(
    async (signal: AbortSignal): Promise<Held> => {
      const content = await blobAt(address, signal);
      return { content, sha256: await digest(content) };
    },
    [address],
  );
  const { data, fault, again } = useLoaded(load);
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (data === undefined) return undefined;
    const made = URL.createObjectURL(data.content);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [data]);
  return { held: data, url, fault, again };
}
