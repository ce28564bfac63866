// What the gallery is searched for: it stands in the address.
import { useMemo } from "react";
import { useRoute } from "../../shell/route";
import type { Search } from "./asking";

export function useSearch(): Search {
  const { params } = useRoute();
  const q = params["q"] ?? "";
  const favourite = params["show"] === "favourites";
  const deleted = params["show"] === "deleted";
  return useMemo(() => ({ q, favourite, deleted }), [q, favourite, deleted]);
}
