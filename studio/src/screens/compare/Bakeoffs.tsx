// Bake-offs: begin one, watch it, and what came of those before.
import { Plus } from "lucide-react";
import { useCallback, useEffect, useMemo } from "react";
import { bakeoffs, type Listed } from "../../api/compare";
import { useLoaded } from "../../api/use";
import { Button } from "../../parts/Button";
import { when } from "../../parts/amounts";
import { Empty, Fault, Waiting } from "../../parts/states";
import { setParams, spellRoute, useRoute } from "../../shell/route";
import { useShortcuts, type Shortcut } from "../../shell/shortcuts";
import { text } from "../../text";
import { Begin } from "./Begin";
import { Result } from "./Result";
import { Running } from "./Running";

const CALM = 4000;

export function Bakeoffs() {
  const { compare } = text;
  const { params } = useRoute();
  const { data, fault, again } = useLoaded(bakeoffs);
  const list = useMemo(() => [...(data?.data ?? [])].sort((a, b) => b.changed_at - a.changed_at), [data]);
  const runs = list.some((one) => one.state === "running");
  useEffect(() => {
    if (!runs) return undefined;
    const timer = setInterval(again, CALM);
    return () => clearInterval(timer);
  }, [runs, again]);
  const begin = useCallback(() => setParams({ begin: "1", bakeoff: null }, false), []);
  const shortcuts = useMemo<Shortcut[]>(() => [{ keys: "n", does: compare.shortcuts.begin, run: begin }], [compare, begin]);
  useShortcuts(shortcuts);
  const begun = useCallback(
    (name: string) => {
      setParams({ begin: null, bakeoff: name }, false);
      again();
    },
    [again],
  );
  if (data === undefined) return fault ? <Fault fault={fault} again={again} /> : <Waiting height="60vh" />;
  const asked = params["begin"] === "1" ? undefined : (list.find((one) => one.name === params["bakeoff"]) ?? (params["bakeoff"] === undefined ? list[0] : undefined));
  const isForm = params["begin"] === "1" || list.length === 0;
  return (
    <div className="compare-bakeoffs">
      <aside className="compare-earlier" aria-label={compare.earlier}>
        <Button look={isForm ? "plain" : "primary"} icon={Plus} onClick={begin}>{compare.begin}</Button>
        {list.length > 0 && (
          <ul>
            {list.map((one) => (
              <li key={one.name}>
                <a href={spellRoute("compare", { tab: "bakeoffs", bakeoff: one.name })} aria-current={!isForm && one === asked ? "true" : undefined}>
                  <strong>{one.data}</strong>
                  <span className="soft small">{compare.states[one.state]} · {compare.budget(one.minutes)} · {when(one.changed_at)}</span>
                </a>
              </li>
            ))}
          </ul>
        )}
      </aside>
      <div className="compare-one">
        {isForm ? <Begin onBegun={begun} /> : asked === undefined ? <Empty><p>{compare.noBakeoff(params["bakeoff"] ?? "")}</p></Empty> : <One key={asked.name} listed={asked} onEnd={again} />}
      </div>
    </div>
  );
}

function One({ listed, onEnd }: { listed: Listed; onEnd: () => void }) {
  return listed.state === "finished" ? <Result name={listed.name} /> : <Running name={listed.name} onEnd={onEnd} />;
}
