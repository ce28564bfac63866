// A score to begin from: dropped or chosen, and what is to be done with it.
import { FileMusic, X } from "lucide-react";
import { useCallback, useRef } from "react";
import { Button } from "../../parts/Button";
import { Field, Select } from "../../parts/Field";
import { toast } from "../../parts/Toast";
import { useDropped } from "../../parts/useDropped";
import { text } from "../../text";
import { isGap, isVoices, NoScore, scoreOf, WAYS, type Given } from "./scores";

export function GivenScore({ given, onGiven }: { given: Given | null; onGiven: (given: Given | null) => void }) {
  const { sound } = text;
  const chooser = useRef<HTMLInputElement>(null);
  const read = useCallback(
    async (file: File | undefined): Promise<void> => {
      if (file === undefined) return;
      try {
        onGiven(await scoreOf(file));
      } catch (thrown) {
        if (!(thrown instanceof NoScore)) throw thrown;
        toast(thrown.message);
      }
    },
    [onGiven],
  );
  const over = useDropped(useCallback((files) => void read(files[0]), [read]));
  const set = (more: Partial<Given>): void => { if (given !== null) onGiven({ ...given, ...more }); };
  return (
    <fieldset className="given">
      <legend>{sound.given}</legend>
      <div className="acts">
        <Button little icon={FileMusic} onClick={() => chooser.current?.click()}>{sound.chooseScore}</Button>
        {given !== null && <Button little look="quiet" icon={X} name={sound.noGiven} onClick={() => onGiven(null)} />}
      </div>
      <input ref={chooser} type="file" hidden aria-label={sound.chooseScore} accept=".mid,.midi,.musicxml,.xml,.mxl,.abc,.krn"
        onChange={(event) => { void read(event.target.files?.[0]); event.target.value = ""; }} />
      {given === null ? (
        <p className="soft small">{sound.givenHint}</p>
      ) : (
        <>
          <p className="small given-name">{given.name}</p>
          <Select name={sound.way} value={given.way} hint={sound.wayHints[given.way]} options={WAYS.map((way) => ({ value: way, shown: sound.ways[way] }))}
            onValue={(chosen) => set({ way: WAYS.find((way) => way === chosen) ?? "melody" })} />
          {given.way === "fill" && (
            <div className="pair">
              <Field name={sound.gap} value={given.gap} placeholder="5-6" wrong={given.gap === "" || isGap(given.gap) ? null : sound.gapWrong} onValue={(gap) => set({ gap })} />
              <Field name={sound.keepVoices} value={given.keep} placeholder="1" wrong={isVoices(given.keep) ? null : sound.voicesWrong} onValue={(keep) => set({ keep })} />
            </div>
          )}
        </>
      )}
      {over && <div className="sound-over" aria-hidden>{sound.dropHere}</div>}
    </fieldset>
  );
}
