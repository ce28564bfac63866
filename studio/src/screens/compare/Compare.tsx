import "./compare.css";
import "./report.css";
import "./evidence.css";
import "./bakeoffs.css";
import "./beside.css";
import "./blind.css";
import "./map.css";
import { models } from "../../api/answers";
import { useLoaded } from "../../api/use";
import { Fault, Waiting } from "../../parts/states";
import { Tabs } from "../../parts/Tabs";
import { go, useRoute } from "../../shell/route";
import { text } from "../../text";
import { Bakeoffs } from "./Bakeoffs";
import { Beside } from "./Beside";
import { Blind } from "./Blind";
import { LatentMaps } from "./LatentMaps";
import { Report } from "./Report";

const TABS = (["beside", "blind", "report", "bakeoffs", "map"] as const).map((id) => ({ id, shown: text.compare.tabs[id] }));

const BODIES = { beside: Beside, bakeoffs: Bakeoffs, report: Report, blind: Blind, map: LatentMaps };

export function Compare() {
  const { compare } = text;
  const { params } = useRoute();
  const listed = useLoaded(models);
  const tab = TABS.find((one) => one.id === params["tab"])?.id ?? (params["of"] === undefined ? "beside" : "report");
  const Body = BODIES[tab];
  return (
    <div className="compare">
      <h1>{compare.heading}</h1>
      {listed.data === undefined ? (
        listed.fault ? <Fault fault={listed.fault} again={listed.again} /> : <Waiting height="70vh" />
      ) : (
        <div>
          <Tabs name={compare.heading} tabs={TABS} chosen={tab} onChoose={(next) => go("compare", { tab: next })}>
            <div className="compare-panel">
              <Body models={listed.data.data} />
            </div>
          </Tabs>
        </div>
      )}
    </div>
  );
}
