// What is made on this screen is kept on the server, unless that is turned off, and found again in the list.
import { useCallback, useMemo } from "react";
import { keep } from "../../api/creations";
import { asFault } from "../../api/fault";
import { useCreations, type Creations } from "../../api/useCreations";
import { useKept } from "../../parts/kept";
import { toast } from "../../parts/Toast";
import { useRoute } from "../../shell/route";
import { text } from "../../text";

const readKeeping = (kept: unknown): boolean => kept !== false;

export interface Keeping {
  list: Creations;
  search: string;
  deleted: boolean;
  on: boolean;
  setOn: (on: boolean) => void;
  /** If it is to be kept: that it could not be is said, and loses nothing that is heard. */
  take: (made: { address: string; body: object; index?: number }, content: string, title: string) => void;
}

export function useKeeping(modality: "audio" | "music"): Keeping {
  const { params } = useRoute();
  const [on, setOn] = useKept("sound.keep", readKeeping);
  const [search, deleted] = [params["q"] ?? "", params["show"] === "deleted"];
  const list = useCreations(useMemo(() => ({ modality, q: search, favourite: false, deleted }), [modality, search, deleted]));
  const { take: put } = list;
  const take = useCallback<Keeping["take"]>(
    (made, content, title) => {
      if (!on) return;
      keep(made, content, title.slice(0, 200)).then(put, (thrown: unknown) => {
        const fault = asFault(thrown);
        toast(fault.kind === "away" ? text.faults.away : fault.message);
      });
    },
    [on, put],
  );
  return { list, search, deleted, on, setOn, take };
}
