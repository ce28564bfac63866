// Two models answer the same words, and nobody says which is which until all rounds are judged.
import { useCallback, useMemo, useState } from "react";
import type { Model } from "../../api/shapes";
import { useKept } from "../../parts/kept";
import { go, setParams, useRoute } from "../../shell/route";
import { Arena } from "./Arena";
import { BlindForm } from "./BlindForm";
import { isOver, keyOf, kindsOf, paramsOf, readSettings, readTrials, trialOf, withTrial, type Settings, type Trial } from "./trial";
import { Verdict } from "./Verdict";

export function Blind({ models }: { models: readonly Model[] }) {
  const { params } = useRoute();
  const able = useMemo(() => kindsOf(models), [models]);
  const settings = useMemo(() => readSettings(params, able), [params, able]);
  const [trials, setTrials] = useKept("compare.trials", readTrials);
  const begin = (asked: Settings): void => setParams({ tab: "blind", ...paramsOf(asked) }, false);
  if (settings === null) return <BlindForm able={able} onBegin={begin} />;
  const key = keyOf(settings);
  return <One key={key} settings={settings} models={models} kept={trialOf(trials, key)} onKeep={(trial) => setTrials(withTrial(trials, key, trial))} onAgain={begin} />;
}

interface Props {
  settings: Settings;
  models: readonly Model[];
  kept: Trial;
  onKeep: (trial: Trial) => void;
  onAgain: (settings: Settings) => void;
}

function One({ settings, models, kept, onKeep, onAgain }: Props) {
  const [trial, setTrial] = useState(kept);
  const keep = useCallback(
    (next: Trial) => {
      setTrial(next);
      onKeep(next);
    },
    [onKeep],
  );
  const leave = (): void => go("compare", { tab: "blind" });
  if (isOver(trial, settings)) return <Verdict settings={settings} trial={trial} onAgain={onAgain} onLeave={leave} />;
  return <Arena settings={settings} models={models} trial={trial} onKeep={keep} onLeave={leave} />;
}
