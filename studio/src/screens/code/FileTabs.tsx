import { Download, FilePlus2, Files, FolderOpen, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Button } from "../../parts/Button";
import { Field } from "../../parts/Field";
import { toast } from "../../parts/Toast";
import { text } from "../../text";
import type { CodeFile } from "./files";

const { code } = text;
const LARGEST = 1 << 19; // bytes of a file that is opened

interface Props {
  files: readonly CodeFile[];
  file: CodeFile;
  onChoose: (id: string) => void;
  onNew: () => void;
  onOpen: (opened: { name: string; text: string }[]) => void;
  onClose: (id: string) => void;
  onAll: () => void;
  onSave: () => void;
}

/** The chosen files as texts; what is too large or no text is told of. */
async function read(chosen: FileList): Promise<{ name: string; text: string }[]> {
  const found: { name: string; text: string }[] = [];
  for (const one of chosen) {
    const content = one.size > LARGEST ? "\0" : await one.text();
    if (content.includes("\0")) toast(code.tooLarge(one.name));
    else found.push({ name: one.name, text: content.replace(/\r\n?/g, "\n") });
  }
  return found;
}

export function FileTabs({ files, file, onChoose, onNew, onOpen, onClose, onAll, onSave }: Props) {
  const chooser = useRef<HTMLInputElement>(null);
  return (
    <div className="file-bar">
      <ul className="file-tabs" aria-label={code.files}>
        {files.filter((one) => one.open).map((one) => (
          <li key={one.id} className={one.id === file.id ? "here" : ""}>
            <button type="button" className="file-tab" aria-current={one.id === file.id ? "true" : undefined} onClick={() => onChoose(one.id)}>{one.name}</button>
            <Button little look="quiet" icon={X} name={code.closeFile(one.name)} onClick={() => onClose(one.id)} />
          </li>
        ))}
      </ul>
      <div className="acts">
        <Button little look="quiet" icon={FilePlus2} name={code.newFile} onClick={onNew} />
        <Button little look="quiet" icon={FolderOpen} name={code.openFile} onClick={() => chooser.current?.click()} />
        <Button little look="quiet" icon={Download} name={code.save} onClick={onSave} />
        <Button little look="quiet" icon={Files} name={code.allFiles} onClick={onAll} />
      </div>
      <input ref={chooser} type="file" multiple hidden aria-label={code.openFile}
        onChange={(event) => {
          const { files: chosen } = event.target;
          if (chosen === null) return;
          void read(chosen).then((opened) => { if (opened.length > 0) onOpen(opened); }).finally(() => { event.target.value = ""; });
        }} />
    </div>
  );
}

/** A file's name, which becomes what is typed once that can be a name. */
export function NameField({ file, files, onName }: { file: CodeFile; files: readonly CodeFile[]; onName: (name: string) => void }) {
  const [typed, setTyped] = useState(file.name);
  useEffect(() => setTyped(file.name), [file.id, file.name]);
  const name = typed.trim();
  const taken = files.some((one) => one.id !== file.id && one.name === name);
  const wrong = name === "" || name.includes("/") ? code.nameWrong : taken ? code.nameTaken : null;
  const settle = (): void => {
    if (wrong === null && name !== file.name) onName(name);
    else if (wrong !== null) setTyped(file.name);
  };
  return (
    <Field name={code.fileName} value={typed} wrong={wrong} spellCheck={false} autoComplete="off" maxLength={100} onValue={setTyped} onBlur={settle}
      onKeyDown={(event) => { if (event.key === "Enter") settle(); }} />
  );
}
