import { useEffect, useRef, useState } from "react";
import { Fault } from "../../api/fault";
import { Fault as Failed, Waiting } from "../../parts/states";
import { text } from "../../text";
import type { Editor, Place } from "./editor/create";
import type { Suggester } from "./editor/ghost";

interface Props {
  /** What the undoing belongs to. */
  file: string;
  value: string;
  isPython: boolean;
  label: string;
  hint: string;
  empty: string;
  suggester?: Suggester;
  onValue: (value: string) => void;
  onPlace?: (place: Place) => void;
  onRun: () => void;
  /** The editor, once it is there. */
  onEditor?: (editor: Editor | null) => void;
  className?: string;
}

/** A place for the editor, which is fetched when the screen is there already, in the same height. */
export function Pane(props: Props) {
  const { file, value, isPython, className = "" } = props;
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor | null>(null);
  const latest = useRef(props);
  /** What was typed and is not drawn yet: the drawing is behind whoever types fast, and is no other text. */
  const ahead = useRef<string[]>([]);
  const [failed, setFailed] = useState<string | null>(null);
  const [there, setThere] = useState(false);
  const [times, setTimes] = useState(0);
  useEffect(() => {
    latest.current = props;
  });
  useEffect(() => {
    let left = false;
    setFailed(null);
    import("./editor/create").then(
      ({ createEditor }) => {
        if (left || host.current === null) return;
        const now = latest.current;
        editor.current = createEditor(host.current, {
          label: now.label,
          hint: now.hint,
          empty: now.empty,
          file: now.file,
          text: now.value,
          isPython: now.isPython,
          suggester: now.suggester ?? null,
          typed: (typed) => {
            ahead.current.push(typed);
            latest.current.onValue(typed);
          },
          placed: (place) => latest.current.onPlace?.(place),
          run: () => latest.current.onRun(),
        });
        setThere(true);
        now.onEditor?.(editor.current);
      },
      (thrown: unknown) => { if (!left) setFailed(thrown instanceof Error ? thrown.message : String(thrown)); },
    );
    return () => {
      left = true;
      latest.current.onEditor?.(null);
      editor.current?.destroy();
      editor.current = null;
    };
  }, [times]);
  useEffect(() => {
    ahead.current = [];
    editor.current?.show(file, latest.current.value, isPython, latest.current.label);
  }, [file, isPython, props.label]);
  useEffect(() => {
    const typed = ahead.current.lastIndexOf(value);
    if (typed >= 0) ahead.current.splice(0, typed + 1);
    else if (editor.current !== null && editor.current.text() !== value) editor.current.become(value); // taken, or of another tab
  }, [value, file]);
  return (
    <div className={`pane ${className}`}>
      <div className="pane-host" ref={host} />
      {!there && failed === null && <Waiting height="100%" />}
      {failed !== null && <Failed fault={new Fault("refused", `${text.code.editorFailed} ${failed}`)} again={() => setTimes((before) => before + 1)} />}
    </div>
  );
}
