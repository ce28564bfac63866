import "./sound.css";
import { models } from "../../api/answers";
import type { Model } from "../../api/shapes";
import { useLoaded } from "../../api/use";
import { Empty, Fault, Waiting } from "../../parts/states";
import { Tabs } from "../../parts/Tabs";
import { go, useRoute } from "../../shell/route";
import { text } from "../../text";
import { Compose } from "./Compose";
import { Effects } from "./Effects";
import { Speak } from "./Speak";

const TABS = [
  { id: "compose", shown: text.sound.tabs.compose },
  { id: "effects", shown: text.sound.tabs.effects },
  { id: "speak", shown: text.sound.tabs.speak },
] as const;

type Tab = (typeof TABS)[number]["id"];

export const composers = (all: readonly Model[]): Model[] => all.filter((one) => one.anew.modality === "music");

/** Models of sounds that are no voices: a voice is listed once more, as one that speaks. */
export function makers(all: readonly Model[]): Model[] {
  const voices = new Set(all.filter((one) => one.anew.modality === "speech").map((one) => one.id));
  return all.filter((one) => one.anew.modality === "audio" && !voices.has(one.id));
}

/** The tab that the address says, or the one that has its model. */
export function tabOf(params: Readonly<Record<string, string>>, all: readonly Model[]): Tab {
  const asked = TABS.find((one) => one.id === params["tab"]);
  if (asked) return asked.id;
  return makers(all).some((one) => one.id === params["model"]) ? "effects" : "compose";
}

function None({ say, command }: { say: string; command: string }) {
  return (
    <Empty>
      <p>{say}</p>
      <code>{command}</code>
    </Empty>
  );
}

export function Sound() {
  const { sound } = text;
  const { params } = useRoute();
  const listed = useLoaded(models);
  if (listed.data === undefined) {
    return listed.fault ? <Fault fault={listed.fault} again={listed.again} /> : <Waiting height="70vh" />;
  }
  const all = listed.data.data;
  const tab = tabOf(params, all);
  const able = tab === "compose" ? composers(all) : makers(all);
  const model = able.find((one) => one.id === params["model"]) ?? able[0];
  return (
    <div className="sound">
      <h1>{sound.heading}</h1>
      <div>
        <Tabs name={sound.heading} tabs={TABS} chosen={tab} onChoose={(next) => go("sound", { tab: next })}>
          <div className="sound-panel">
            {tab === "speak" ? (
              <Speak />
            ) : model === undefined ? (
              tab === "compose" ? <None say={sound.noComposer} command={sound.noComposerCommand} /> : <None say={sound.noMaker} command={sound.noMakerCommand} />
            ) : tab === "compose" ? (
              <Compose models={able} model={model} />
            ) : (
              <Effects models={able} model={model} />
            )}
          </div>
        </Tabs>
      </div>
    </div>
  );
}
