import { Dialog } from "../parts/Dialog";
import { text } from "../text";
import { useKnownShortcuts } from "./shortcuts";

export function Shortcuts({ open, onClose }: { open: boolean; onClose: () => void }) {
  const known = useKnownShortcuts();
  return (
    <Dialog heading={text.shell.shortcuts} open={open} onClose={onClose}>
      <dl className="shortcuts">
        {known.map((one) => (
          <div key={`${one.keys} ${one.does}`}>
            <dt>
              {one.keys.split(" ").map((part) => (
                <kbd key={part}>{part.replace("Control+", "Ctrl ")}</kbd>
              ))}
            </dt>
            <dd>{one.does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
