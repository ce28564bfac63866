// What the gallery is searched for: it stands in the address.
import { useMemo } from "react";
import type { Search } from "../../api/creations";
import { useRoute } from "../../shell/route";

export function useSearch(): Search {
  const { params } = useRoute();
  const q = params["q"] ?? "";
  const favourite = params["show"] === "favourites";
  const deleted = params["show"] === "deleted";
  return useMemo(() => ({ modality: "image", q, favourite, deleted }), [q, favourite, deleted]);
}
