// A picture or a sound of a report, with what it shows and whether it is the file that the evidence names.
import { BadgeCheck, CircleAlert } from "lucide-react";
import { addressOf, type Clip, type Figure, type SampleText, type Source } from "../../api/compare";
import { Waiting } from "../../parts/states";
import { text } from "../../text";
import { useFile, type Held } from "./useFile";

function Same({ held, sha256 }: { held: Held; sha256: string | undefined }) {
  const { compare } = text;
  if (sha256 === undefined || held.sha256 === null) return null;
  const same = held.sha256 === sha256;
  return (
    <span className={same ? "compare-same" : "compare-same not"}>
      {same ? <BadgeCheck size={14} aria-hidden /> : <CircleAlert size={14} aria-hidden />}
      {same ? compare.sameFile : compare.otherFile}
    </span>
  );
}

function Missing({ why, file }: { why: string; file: string }) {
  return (
    <p className="compare-gone small">
      {text.compare.notKept} <code>{file}</code> {why}
    </p>
  );
}

export function Picture({ source, figure }: { source: Source; figure: Figure }) {
  const { held, url, fault } = useFile(addressOf(source, figure.file));
  return (
    <figure className="compare-figure">
      {fault ? <Missing why={fault.status === 404 ? "" : fault.parts.said} file={figure.file} /> : url === null ? <Waiting height="12rem" /> : <img src={url} alt={figure.alt} />}
      <figcaption>
        <strong>{figure.title}</strong>
        {figure.caption !== "" && <span>{figure.caption}</span>}
        {held && <Same held={held} sha256={figure.sha256} />}
      </figcaption>
    </figure>
  );
}

export function Heard({ source, clip }: { source: Source; clip: Clip }) {
  const { held, url, fault } = useFile(addressOf(source, clip.file));
  return (
    <figure className="compare-clip">
      <figcaption>
        <strong>{clip.title}</strong> {clip.note !== "" && <span className="soft">{clip.note}</span>}
      </figcaption>
      {fault ? <Missing why={fault.status === 404 ? "" : fault.parts.said} file={clip.file} /> : url === null ? <Waiting height="2.5rem" /> : <audio controls src={url} aria-label={clip.title} />}
      {held && <Same held={held} sha256={clip.sha256} />}
    </figure>
  );
}

export function Written({ sample }: { sample: SampleText }) {
  return (
    <figure className="compare-text">
      <figcaption>
        <strong>{sample.title}</strong> {sample.note !== "" && <span className="soft">{sample.note}</span>}
      </figcaption>
      <pre tabIndex={0}>{sample.content}</pre>
    </figure>
  );
}
