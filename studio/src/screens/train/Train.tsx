import "./train.css";
import { useMemo } from "react";
import { Tabs } from "../../parts/Tabs";
import { setParams, useRoute } from "../../shell/route";
import { text } from "../../text";
import { Begin } from "./Begin";
import { Overlay } from "./Overlay";
import { RunList } from "./RunList";
import { RunView } from "./RunView";

const TABS = [
  { id: "new", shown: text.train.tabs.begin },
  { id: "runs", shown: text.train.tabs.runs },
] as const;

export function Train() {
  const { train } = text;
  const { params } = useRoute();
  const { run, runs, tab } = params;
  const several = useMemo(() => (runs ?? "").split(",").filter((name) => name !== ""), [runs]);
  if (run) return <RunView key={run} name={run} />;
  if (several.length > 0) return <Overlay names={several} />;
  const chosen = tab === "runs" ? "runs" : "new";
  return (
    <div className="train">
      <header className="train-head">
        <h1>{train.heading}</h1>
        <p className="soft">{train.intro}</p>
      </header>
      <div>
        <Tabs name={train.heading} tabs={TABS} chosen={chosen} onChoose={(next) => setParams({ tab: next === "runs" ? next : null }, false)}>
          <div className="train-panel">{chosen === "runs" ? <RunList /> : <Begin />}</div>
        </Tabs>
      </div>
    </div>
  );
}
