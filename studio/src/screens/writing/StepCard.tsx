import { ChevronLeft, ChevronRight, Square, WandSparkles } from "lucide-react";
import type { ReactNode } from "react";
import type { Fault as Failed } from "../../api/fault";
import { Button } from "../../parts/Button";
import { Area } from "../../parts/Field";
import { Progress } from "../../parts/Meter";
import { Fault } from "../../parts/states";
import { text } from "../../text";
import { choose, edited, isStale, STEPS, versionOf, type Path, type Step } from "./path";

interface Props {
  step: Step;
  path: Path;
  change: (change: (path: Path) => Path) => void;
  /** What has come of it, while it is made. */
  growing: string | null;
  /** Another step is being made. */
  busy: boolean;
  /** Why it cannot be made yet. */
  lacks: string | null;
  fault: Failed | null;
  onMake: () => void;
  onStop: () => void;
  children?: ReactNode;
}

/** A step: how it is made, its text to be edited, and the versions of it that there were. */
export function StepCard({ step, path, change, growing, busy, lacks, fault, onMake, onStop, children }: Props) {
  const { writing } = text;
  const stage = path.stages[step];
  const version = versionOf(stage);
  const at = stage.versions.findIndex((one) => one.id === stage.at);
  const [earlier, later] = [stage.versions[at - 1], stage.versions[at + 1]];
  const name = writing.steps[step];
  const words = version?.text ?? "";
  return (
    <section className="card step" id={`step-${step}`} aria-label={name}>
      <header>
        <h2>
          <span className="number" aria-hidden>{STEPS.indexOf(step) + 1}</span> {name}
        </h2>
        {stage.versions.length > 1 && (
          <span className="branches">
            <Button look="quiet" little icon={ChevronLeft} name={writing.earlier(name)} disabled={earlier === undefined || growing !== null}
              onClick={() => earlier && change((now) => choose(now, step, earlier.id))} />
            <span className="small soft">{writing.versionOf(at + 1, stage.versions.length)}</span>
            <Button look="quiet" little icon={ChevronRight} name={writing.later(name)} disabled={later === undefined || growing !== null}
              onClick={() => later && change((now) => choose(now, step, later.id))} />
          </span>
        )}
      </header>
      <p className="soft small">{writing.hints[step]}</p>
      {children}
      <span className="acts">
        {growing === null ? (
          <Button look={version === undefined ? "primary" : "plain"} icon={WandSparkles} disabled={busy || lacks !== null} onClick={onMake}>
            {version === undefined ? writing.make[step] : writing.again}
          </Button>
        ) : (
          <Button look="primary" icon={Square} onClick={onStop}>{text.chat.stop}</Button>
        )}
        {lacks !== null && growing === null && <span className="soft small">{lacks}</span>}
      </span>
      {fault !== null && growing === null && <Fault fault={fault} again={onMake} />}
      {growing !== null && (
        <div className="growing" aria-busy="true">
          <Progress name={writing.making(name)} />
          <div className="plain">{growing}</div>
        </div>
      )}
      {growing === null && (version !== undefined || step !== "brainstorm") && (
        <Area name={writing.textOf(name)} className="entry step-text" rows={Math.min(24, Math.max(4, words.split("\n").length + Math.floor(words.length / 90)))}
          value={words} onValue={(next) => change((now) => edited(now, step, next))} />
      )}
      {growing === null && version !== undefined && (
        <div className="told soft small">
          <p>{version.by === "person" ? writing.byYou : writing.byModel(version.model ?? "", String(version.seed ?? ""))}</p>
          {version.ending !== undefined && <p>{writing.endings[version.ending]}</p>}
          {isStale(path, step) && <p className="stale">{writing.stale[step]}</p>}
          {version.notes?.map((note, i) => <p key={i}>{note}</p>)}
        </div>
      )}
    </section>
  );
}
