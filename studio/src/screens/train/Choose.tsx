import { FolderUp, Upload } from "lucide-react";
import { useRef, useState, type DragEvent, type SyntheticEvent } from "react";
import { asFault, type Fault as Failed } from "../../api/fault";
import { upload, type Known } from "../../api/train";
import { bytes } from "../../parts/amounts";
import { Button } from "../../parts/Button";
import { Field, Select } from "../../parts/Field";
import { readText, useKept } from "../../parts/kept";
import { Progress } from "../../parts/Meter";
import { Fault } from "../../parts/states";
import { Tabs } from "../../parts/Tabs";
import { text } from "../../text";
import { CHOICES, type Choice, type Source } from "./source";
import { zip, type Entry } from "./zip";

const { choose } = text.train;
const TABS = CHOICES.map((id) => ({ id, shown: choose.kinds[id] }));
const isChoice = (name: string | undefined): name is Choice => CHOICES.some((one) => one === name);

interface Props {
  source: Source | null;
  sets: readonly Known[];
  from: string | undefined;
  onChoose: (source: Source | null) => void;
}

export function Choose({ source, sets, from, onChoose }: Props) {
  const [tab, setTab] = useState<Choice>(isChoice(from) ? from : (source?.kind ?? "set"));
  return (
    <>
      <div>
        <Tabs name={text.train.steps.data} tabs={TABS} chosen={tab} onChoose={setTab}>
          <div className="train-choice">
            {tab === "file" && <Uploading onChoose={onChoose} />}
            {tab === "folder" && <OfMachine onChoose={onChoose} />}
            {tab === "set" && <Sets sets={sets} chosen={source?.kind === "set" ? source.name : ""} onChoose={onChoose} />}
          </div>
        </Tabs>
      </div>
      {source !== null && (
        <p className="train-chosen" role="status">
          {choose.chosen} <strong>{source.kind === "folder" ? source.path : source.name}</strong>
        </p>
      )}
    </>
  );
}

function Sets({ sets, chosen, onChoose }: { sets: readonly Known[]; chosen: string; onChoose: (source: Source | null) => void }) {
  const [wanted, setWanted] = useState<string | null>(null);
  const value = wanted ?? chosen;
  const one = sets.find(({ name }) => name === value);
  const pick = (name: string): void => {
    setWanted(name);
    if (sets.some((each) => each.name === name && each.here)) onChoose({ kind: "set", name });
    if (name === "") onChoose(null);
  };
  const options = [
    { value: "", shown: choose.noSet },
    ...[...sets].sort((a, b) => Number(b.here) - Number(a.here)).map(({ name, modality, here }) => ({ value: name, shown: choose.set(name, text.modalities[modality] ?? modality, here) })),
  ];
  return (
    <>
      <Select name={choose.setName} value={value} onValue={pick} options={options} />
      {one && (
        <p className="soft small">
          {one.about}. {choose.licence}: {one.licence}
        </p>
      )}
      {one && !one.here && (
        <p>
          {choose.fetch} <code>anew data get {one.name}</code>
        </p>
      )}
    </>
  );
}

function OfMachine({ onChoose }: { onChoose: (source: Source) => void }) {
  const [path, setPath] = useKept("train.folder", readText);
  const take = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (path.trim() !== "") onChoose({ kind: "folder", path: path.trim() });
  };
  return (
    <form className="train-path" onSubmit={take}>
      <Field name={choose.path} hint={choose.pathWhy} value={path} onValue={setPath} spellCheck={false} autoComplete="off" placeholder={choose.pathLike} />
      <Button type="submit" disabled={path.trim() === ""}>
        {choose.take}
      </Button>
    </form>
  );
}

function Uploading({ onChoose }: { onChoose: (source: Source) => void }) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const [going, setGoing] = useState<string | null>(null);
  const [fault, setFault] = useState<Failed | null>(null);
  const leaving = useRef<AbortController>(null);
  const send = async (given: FileList | null, called?: string): Promise<void> => {
    if (given === null || given.length === 0) return;
    leaving.current?.abort();
    leaving.current = new AbortController();
    setFault(null);
    const all = [...given];
    setGoing(choose.sending(all.length, bytes(all.reduce((sum, one) => sum + one.size, 0))));
    try {
      const [only] = all;
      const alone = all.length === 1 && only !== undefined && called === undefined;
      const entries: Entry[] = all.filter((one) => !one.name.startsWith(".")).map((one) => ({ path: one.webkitRelativePath || one.name, content: one }));
      const name = alone ? only.name : `${called ?? choose.several}.zip`;
      const kept = await upload(alone ? only : await zip(entries), name, leaving.current.signal);
      onChoose({ kind: "file", id: kept.id, name: kept.filename });
    } catch (thrown) {
      const why = asFault(thrown);
      if (why.kind !== "stopped") setFault(why);
    } finally {
      setGoing(null);
    }
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    void send(event.dataTransfer.files);
  };
  return (
    <div className="train-drop" onDragOver={(event) => event.preventDefault()} onDrop={drop}>
      <p className="soft">{choose.drop}</p>
      <div className="train-acts">
        <Button icon={Upload} onClick={() => files.current?.click()}>
          {choose.files}
        </Button>
        <Button icon={FolderUp} onClick={() => folder.current?.click()}>
          {choose.folder}
        </Button>
        {going !== null && <Button onClick={() => leaving.current?.abort()}>{text.train.stopUpload}</Button>}
      </div>
      <input ref={files} type="file" multiple hidden aria-label={choose.files} onChange={(event) => void send(event.target.files)} />
      <input
        ref={(input) => {
          folder.current = input;
          input?.setAttribute("webkitdirectory", "");
        }}
        type="file"
        hidden
        aria-label={choose.folder}
        onChange={(event) => void send(event.target.files, event.target.files?.[0]?.webkitRelativePath.split("/")[0] ?? choose.several)}
      />
      {going !== null && (
        <>
          <p role="status">{going}</p>
          <Progress name={going} />
        </>
      )}
      {fault && <Fault fault={fault} />}
      <p className="soft small">{choose.takes}</p>
    </div>
  );
}
