import "./connect.css";
import { Tabs } from "../../parts/Tabs";
import { setParams, useRoute } from "../../shell/route";
import { text } from "../../text";
import { Keys } from "./Keys";
import { Programs } from "./Programs";

const TABS = [
  { id: "programs", shown: text.connect.tabs.programs },
  { id: "keys", shown: text.connect.tabs.keys },
] as const;

export function Connect() {
  const words = text.connect;
  const { params } = useRoute();
  const tab = TABS.find((each) => each.id === params["tab"])?.id ?? "programs";
  return (
    <div className="connect">
      <header className="connect-head">
        <h1>{words.heading}</h1>
        <p className="soft">{words.intro}</p>
      </header>
      <div>
        <Tabs name={words.heading} tabs={TABS} chosen={tab} onChoose={(next) => setParams({ tab: next === "programs" ? null : next })}>
          <div className="connect-panel">{tab === "programs" ? <Programs /> : <Keys />}</div>
        </Tabs>
      </div>
    </div>
  );
}
