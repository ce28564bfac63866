import { Trash2 } from "lucide-react";
import { useState } from "react";
import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { text } from "../../text";
import type { CodeFile } from "./files";

const { code } = text;

interface Props {
  files: readonly CodeFile[];
  here: string;
  onChoose: (id: string) => void;
  onDelete: (id: string) => void;
  onClose: () => void;
}

/** Every file that is kept, also those that are closed. Deleting takes two steps, since nothing brings one back. */
export function AllFiles({ files, here, onChoose, onDelete, onClose }: Props) {
  const [asked, setAsked] = useState<string | null>(null);
  return (
    <Dialog heading={code.allFiles} open onClose={onClose}>
      <p className="soft small">{code.allFilesHint}</p>
      <ul className="all-files">
        {files.map((one) => (
          <li key={one.id}>
            <button type="button" className="file-tab" aria-current={one.id === here ? "true" : undefined} onClick={() => onChoose(one.id)}>
              {one.name} {!one.open && <span className="soft small">{code.closed}</span>}
            </button>
            {asked === one.id ? (
              <Button little onClick={() => { setAsked(null); onDelete(one.id); }}>{code.reallyDelete(one.name)}</Button>
            ) : (
              <Button little look="quiet" icon={Trash2} name={code.deleteFile(one.name)} onClick={() => setAsked(one.id)} />
            )}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
