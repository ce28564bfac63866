// One path on the screen: it is kept, and a step of it is made while its words come.
import { useCallback, useEffect, useRef, useState } from "react";
import { asFault, type Fault } from "../../api/fault";
import { task } from "../../api/writing";
import { toast } from "../../parts/Toast";
import { text } from "../../text";
import { bodyOf, grownOf, notesOf, TASKS } from "./making";
import { keepPath, loadPath, markOf, sourceOf, withVersion, type Path, type Step } from "./path";

const PAUSE = 400; // milliseconds after a change until it is kept

export interface Making {
  step: Step;
  text: string;
}

interface Held {
  path: Path;
  change: (change: (path: Path) => Path) => void;
  making: Making | null;
  fault: { step: Step; fault: Fault } | null;
  make: (step: Step, model: string) => Promise<void>;
  stop: () => void;
}

export function usePath(id: string): Held {
  const [path, setPath] = useState(() => loadPath(id));
  const [making, setMaking] = useState<Making | null>(null);
  const [fault, setFault] = useState<Held["fault"]>(null);
  const now = useRef(path);
  const leaving = useRef<AbortController | null>(null);
  const change = useCallback<Held["change"]>((next) => {
    now.current = next(now.current);
    setPath(now.current);
  }, []);
  useEffect(() => {
    const timer = setTimeout(() => {
      if (!keepPath(id, path)) toast(text.writing.full);
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [id, path]);
  useEffect(() => {
    const keep = (): void => void keepPath(id, now.current);
    window.addEventListener("pagehide", keep);
    return () => {
      window.removeEventListener("pagehide", keep);
      leaving.current?.abort();
      keep();
    };
  }, [id]);

  const make = useCallback<Held["make"]>(
    async (step, model) => {
      const begun = now.current;
      const body = bodyOf(begun, step);
      if (body === null || leaving.current !== null) return;
      const controller = new AbortController();
      leaving.current = controller;
      const [drawn = 0] = crypto.getRandomValues(new Uint32Array(1));
      const made = { by: "model" as const, from: markOf(sourceOf(begun, step)), model, seed: drawn };
      let grown = "";
      let drawing = 0;
      const show = (): void => {
        drawing = 0;
        setMaking({ step, text: grown });
      };
      setFault(null);
      show();
      try {
        const done = await task<unknown>(TASKS[step], { model, seed: drawn, ...body }, controller.signal, (answers) => {
          grown = grownOf(begun, step, answers);
          drawing ||= requestAnimationFrame(show);
        });
        change((before) => withVersion(before, step, { ...made, text: done.text, notes: notesOf(step, done.result) }));
      } catch (thrown) {
        const failed = asFault(thrown);
        const ending = failed.kind === "stopped" ? "stopped" : "broken";
        // What came until then is a version like any other.
        if (grown.trim() !== "") change((before) => withVersion(before, step, { ...made, text: grown, ending }));
        if (failed.kind !== "stopped") setFault({ step, fault: failed });
      } finally {
        if (drawing !== 0) cancelAnimationFrame(drawing);
        leaving.current = null;
        setMaking(null);
      }
    },
    [change],
  );
  const stop = useCallback(() => leaving.current?.abort(), []);
  return { path, change, making, fault, make, stop };
}
