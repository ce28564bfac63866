// A picture or a sound of a report, with what it shows and whether it is the file that the evidence names.
import { BadgeCheck, CircleAlert } from "lucide-react";
import { createContext, useContext, type ReactNode } from "react";
import { addressOf, type Clip, type Figure, type SampleText, type Source } from "../../api/compare";
import { Fault, Waiting } from "../../parts/states";
import { text } from "../../text";
import { useFile, type Held } from "./useFile";

/** The files of the report that are there; null: all that it names. */
export const KeptFiles = createContext<ReadonlySet<string> | null>(null);

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

interface FileProps {
  source: Source;
  file: string;
  sha256: string | undefined;
  height: string;
  children: (url: string) => ReactNode;
}

function There({ source, file, sha256, height, children }: FileProps) {
  const { held, url, fault, again } = useFile(addressOf(source, file));
  if (fault) return <Fault fault={fault} again={again} />;
  if (url === null) return <Waiting height={height} />;
  return (
    <>
      {children(url)}
      {held && <Same held={held} sha256={sha256} />}
    </>
  );
}

/** A file that was not kept is asked for by nobody. */
function File(props: FileProps) {
  const kept = useContext(KeptFiles);
  if (kept === null || kept.has(props.file)) return <There {...props} />;
  return (
    <p className="compare-gone small">
      {text.compare.notKept} <code>{props.file}</code>
    </p>
  );
}

export function Picture({ source, figure }: { source: Source; figure: Figure }) {
  return (
    <figure className="compare-figure">
      <File source={source} file={figure.file} sha256={figure.sha256} height="12rem">{(url) => <img src={url} alt={figure.alt} />}</File>
      <figcaption>
        <strong>{figure.title}</strong>
        {figure.caption !== "" && <span>{figure.caption}</span>}
      </figcaption>
    </figure>
  );
}

export function Heard({ source, clip }: { source: Source; clip: Clip }) {
  return (
    <figure className="compare-clip">
      <figcaption>
        <strong>{clip.title}</strong> {clip.note !== "" && <span className="soft">{clip.note}</span>}
      </figcaption>
      <File source={source} file={clip.file} sha256={clip.sha256} height="2.5rem">{(url) => <audio controls src={url} aria-label={clip.title} />}</File>
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
