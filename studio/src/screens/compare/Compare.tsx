import "./compare.css";
import { models } from "../../api/answers";
import { useLoaded } from "../../api/use";
import { Fault, Waiting } from "../../parts/states";
import { Tabs } from "../../parts/Tabs";
import { go, useRoute } from "../../shell/route";
import { text } from "../../text";
import { Bakeoffs } from "./Bakeoffs";
import { Report } from "./Report";

const TABS = (["report", "bakeoffs"] as const).map((id) => ({ id, shown: text.compare.tabs[id] }));

export function Compare() {
  const { compare } = text;
  const { params } = useRoute();
  const listed = useLoaded(models);
  const tab = TABS.find((one) => one.id === params["tab"])?.id ?? "report";
  return (
    <div className="compare">
      <h1>{compare.heading}</h1>
      {listed.data === undefined ? (
        listed.fault ? <Fault fault={listed.fault} again={listed.again} /> : <Waiting height="70vh" />
      ) : (
        <div>
          <Tabs name={compare.heading} tabs={TABS} chosen={tab} onChoose={(next) => go("compare", { tab: next })}>
            <div className="compare-panel">
              {tab === "report" ? <Report models={listed.data.data} /> : <Bakeoffs />}
            </div>
          </Tabs>
        </div>
      )}
    </div>
  );
}
