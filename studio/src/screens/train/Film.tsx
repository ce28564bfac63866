import { Download, Pause, Play } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { ask } from "../../api/call";
import { asFault } from "../../api/fault";
import { fileAddress, type RunFile } from "../../api/train";
import { Button } from "../../parts/Button";
import { Empty, Waiting } from "../../parts/states";
import { Slider } from "../../parts/Slider";
import { text } from "../../text";
import { useAddress } from "./useContent";

const words = text.train.film;
const FRAME = /^train\/samples\/step-(\d+)\.(\w+)$/;
const SHOWN = 900; // milliseconds of a frame while it plays

export interface Frame {
  path: string;
  step: number;
  kind: string;
}

export function framesOf(files: readonly RunFile[]): Frame[] {
  return files
    .flatMap(({ path }): Frame[] => {
      const found = FRAME.exec(path);
      return found?.[1] === undefined || found[2] === undefined ? [] : [{ path, step: Number(found[1]), kind: found[2] }];
    })
    .sort((a, b) => a.step - b.step);
}

/** What it made while it learnt, from the same seeds each time: a strip, a slider over it, the newest unless another is
 * looked at. */
export function Film({ run, frames, live }: { run: string; frames: readonly Frame[]; live: boolean }) {
  const [chosen, setChosen] = useState<number | null>(null);
  const [plays, setPlays] = useState(false);
  const last = frames.length - 1;
  const at = Math.min(chosen ?? last, last);
  const frame = frames[at];
  useEffect(() => {
    if (!plays) return undefined;
    const timer = setTimeout(() => {
      if (at >= last) setPlays(false);
      else setChosen(at + 1 === last ? null : at + 1);
    }, SHOWN);
    return () => clearTimeout(timer);
  }, [plays, at, last]);
  if (frame === undefined) return <Empty>{live ? words.soon : words.none}</Empty>;
  const play = (): void => {
    if (!plays && at === last) setChosen(0);
    setPlays(!plays);
  };
  return (
    <div className="train-film">
      <Shown run={run} frame={frame} />
      <div className="train-scrub">
        <Button icon={plays ? Pause : Play} name={plays ? words.stop : words.play} disabled={last < 1} onClick={play} />
        <Slider name={words.at} min={0} max={Math.max(1, last)} step={1} value={at} shown={words.step(frame.step.toLocaleString(text.locale), at + 1, frames.length)} onValue={(value) => setChosen(value >= last ? null : value)} />
      </div>
      {frames.length > 1 && frame.kind === "png" && (
        <ul className="train-strip">
          {frames.map((one, i) => (
            <li key={one.path}>
              <button type="button" aria-pressed={i === at} aria-label={words.step(one.step.toLocaleString(text.locale), i + 1, frames.length)} onClick={() => setChosen(i === last ? null : i)}>
                <Small run={run} frame={one} />
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** A frame's content; kept while the next one is on its way. A picture that grew in place has another number of bytes. */
function useFrame(run: string, path: string): Blob | null {
  const [held, setHeld] = useState<Blob | null>(null);
  useEffect(() => {
    const leaving = new AbortController();
    ask(fileAddress(run, path), { signal: leaving.signal })
      .then((answer) => answer.blob())
      .then((blob) => {
        if (!leaving.signal.aborted) setHeld(blob);
      })
      .catch((thrown: unknown) => {
        if (asFault(thrown).kind !== "stopped" && !leaving.signal.aborted) setHeld(null);
      });
    return () => leaving.abort();
  }, [run, path]);
  return held;
}

function Small({ run, frame }: { run: string; frame: Frame }) {
  const address = useAddress(useFrame(run, frame.path));
  return address === null ? <span className="bone" /> : <img src={address} alt="" />;
}

function Shown({ run, frame }: { run: string; frame: Frame }) {
  const content = useFrame(run, frame.path);
  const address = useAddress(content);
  if (frame.kind === "png") {
    return <div className="train-frame">{address === null ? <Waiting height="12rem" /> : <img src={address} alt={words.picture(frame.step.toLocaleString(text.locale))} />}</div>;
  }
  if (frame.kind === "txt" || frame.kind === "csv") return <Words content={content} table={frame.kind === "csv"} />;
  return (
    <p>
      {address !== null && (
        <a className="button" href={address} download={frame.path.split("/").pop()}>
          <Download size={18} aria-hidden /> {words.download(frame.path.split("/").pop() ?? "")}
        </a>
      )}
    </p>
  );
}

function Words({ content, table }: { content: Blob | null; table: boolean }) {
  const [said, setSaid] = useState("");
  useEffect(() => {
    let here = true;
    void content?.text().then((read) => {
      if (here) setSaid(read);
    });
    return () => {
      here = false;
    };
  }, [content]);
  const rows = useMemo(() => (table ? said.trim().split(/\r?\n/).slice(0, 21).map((line) => line.split(",")) : []), [said, table]);
  if (!table) {
    return (
      <pre className="train-words" tabIndex={0}>
        {said}
      </pre>
    );
  }
  const [head = [], ...body] = rows;
  return (
    <div className="train-table" tabIndex={0} role="region" aria-label={words.table}>
      <table>
        <thead>
          <tr>
            {head.map((cell, i) => (
              <th key={i} scope="col">
                {cell}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {body.map((row, i) => (
            <tr key={i}>
              {row.map((cell, j) => (
                <td key={j}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
