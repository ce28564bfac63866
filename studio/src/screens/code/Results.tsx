import { Check, Square, Undo2 } from "lucide-react";
import { Fragment, useEffect, useRef, useState, type ReactNode } from "react";
import type { Documented, Done, Explanation, Fixed, Tested } from "../../api/code";
import { Button } from "../../parts/Button";
import { Progress } from "../../parts/Meter";
import { Empty, Fault } from "../../parts/states";
import { text } from "../../text";
import { Drafts, outcomeOf, Trials } from "./Attempts";
import { DiffView } from "./DiffView";
import type { Of, Work } from "./useWork";
import { Mark, Verdict } from "./Verdict";

const { code } = text;
const LONG = 8000; // milliseconds without a word, after which is said what that can be

interface Taking {
  /** Whether the file is still as it was when this was asked. */
  isAsAsked: (of: Of) => boolean;
  onTake: (of: Of, source: string) => void;
  onTests: (of: Of, tests: string) => void;
}

interface Props extends Taking {
  work: Work;
  again: (() => void) | undefined;
}

/** A change that may be taken or left; the file is only written over as it was when the change was asked for. */
function Proposal({ children, can, act, onTake, onLeave }: { children: ReactNode; can: boolean; act: string; onTake: () => void; onLeave: () => void }) {
  return (
    <>
      {children}
      {!can && <p className="soft small">{code.changed}</p>}
      <div className="acts">
        <Button look="primary" little icon={Check} disabled={!can} onClick={onTake}>{act}</Button>
        <Button little icon={Undo2} onClick={onLeave}>{code.leaveIt}</Button>
      </div>
    </>
  );
}

function OfTests({ tested, of, onTests, onLeave }: { tested: Tested; of: Of; onTests: Taking["onTests"]; onLeave: () => void }) {
  return (
    <>
      <p><Mark tone={tested.kept > 0 ? "good" : "bad"}><strong>{code.kept(tested.kept, tested.distinct)}</strong></Mark></p>
      <p className="soft">{tested.kept > 0 ? code.noticed(tested.noticed, tested.mutants) : code.noneKept}</p>
      {tested.source !== "" && (
        <Proposal can act={code.addTests} onTake={() => onTests(of, tested.source)} onLeave={onLeave}>
          <pre className="proposed" tabIndex={0}>{tested.source}</pre>
        </Proposal>
      )}
      {tested.trials.length > 0 && <Trials tested={tested} />}
    </>
  );
}

function OfFix({ fixed, of, isAsAsked, onTake, onLeave }: { fixed: Fixed; of: Of; onLeave: () => void } & Pick<Taking, "isAsAsked" | "onTake">) {
  const { source, drafts } = fixed;
  const ran = drafts.filter((one) => !["unfit", "unchanged"].includes(one.outcome));
  const nearest = [...ran].sort((a, b) => b.passed - a.passed)[0];
  return (
    <>
      <p><Mark tone={source === null ? "bad" : "good"}><strong>{source === null ? code.notFixed(fixed.function) : code.fixed(fixed.function, drafts.length)}</strong></Mark></p>
      {fixed.before.trim() !== "" && <p className="soft">{code.before(fixed.before.trim())}</p>}
      {source !== null && (
        <Proposal can={isAsAsked(of)} act={code.takeIt} onTake={() => onTake(of, source)} onLeave={onLeave}>
          <DiffView before={of.source} after={source} name={code.proposed} />
        </Proposal>
      )}
      {source === null && nearest !== undefined && (
        <>
          <h3>{code.nearest}</h3>
          <DiffView before={of.source} after={nearest.source} name={code.nearest} />
          <p><Mark tone="bad">{outcomeOf(nearest).words} · {code.passedOf(nearest.passed, fixed.tests)}{nearest.why.trim() !== "" && ` · ${nearest.why.trim()}`}</Mark></p>
        </>
      )}
      {drafts.length > 0 && <Drafts drafts={drafts} tests={fixed.tests} />}
    </>
  );
}

function OfDocstrings({ made, of, isAsAsked, onTake, onLeave }: { made: Documented; of: Of; onLeave: () => void } & Pick<Taking, "isAsAsked" | "onTake">) {
  const written = made.docstrings.filter((one) => one.text !== null).length;
  const none = made.docstrings.filter((one) => one.text === null);
  return (
    <>
      <p>
        <Mark tone={written > 0 || none.length === 0 ? "good" : "bad"}>
          <strong>{written > 0 ? code.documented(written) : none.length === 0 ? code.nothingToDocument : code.notDocumented}</strong>
        </Mark>
      </p>
      {none.map((one) => (
        <p key={one.function} className="soft">{one.unknown.length > 0 ? code.docNames(one.function, one.unknown.join(", ")) : code.docNone(one.function)}</p>
      ))}
      {written > 0 && (
        <Proposal can={isAsAsked(of)} act={code.takeIt} onTake={() => onTake(of, made.source)} onLeave={onLeave}>
          <DiffView before={of.source} after={made.source} name={code.proposed} />
        </Proposal>
      )}
    </>
  );
}

function OfExplanation({ said }: { said: Explanation }) {
  return (
    <>
      {said.text === "" ? <p><Mark tone="bad"><strong>{code.notExplained}</strong></Mark></p> : <p className="explained">{said.text}</p>}
      {said.text !== "" && <p className="soft small">{code.explained}</p>}
      {said.dropped.length > 0 && (
        <details className="attempts">
          <summary>{code.dropped(said.dropped.length)}</summary>
          <ul>
            {said.dropped.map((one, i) => (
              <li key={i}>
                {one.sentence} <span className="soft">{code.droppedWhy(one.missing.join(", "))}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

const signed = ({ model, seed }: Done<"fix" | "tests" | "docstring" | "explain">): ReactNode => <p className="soft small">{code.by(model, String(seed))}</p>;

/** What is written while it is written. */
function Underway({ work }: { work: Work }) {
  const [long, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), LONG);
    return () => clearTimeout(timer);
  }, []);
  return (
    <>
      <p role="status">{work.kind !== null && code.working[work.kind]}</p>
      <Progress name={code.results} />
      {long && work.kind !== "run" && work.drafts.length === 0 && <p className="soft small">{code.firstTime}</p>}
      <div className="acts">
        <Button little icon={Square} onClick={work.stop}>{code.stop}</Button>
        {work.drafts.length > 0 && <span className="soft small">{code.drafted(work.drafts.length)}</span>}
      </div>
      {work.drafts.length > 0 && (
        <dl className="underway">
          {work.drafts.slice(-8).map((draft, i) => (
            <Fragment key={i}>
              <dt className="soft small">{code.draftOf(Math.max(0, work.drafts.length - 8) + i + 1)}</dt>
              <dd><pre>{draft}</pre></dd>
            </Fragment>
          ))}
        </dl>
      )}
    </>
  );
}

export function Results({ work, again, ...taking }: Props) {
  const { found, busy, fault } = work;
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    // What was asked for is looked at: on a small screen it comes below what is seen.
    if (busy || found !== null || fault !== null) place.current?.scrollIntoView({ block: "nearest" });
  }, [busy, found, fault]);
  return (
    <section ref={place} className="results" aria-label={code.results} aria-busy={busy}>
      <div className="out-of-sight" role="status">{found !== null && headline(found)}</div>
      {busy && <Underway work={work} />}
      {!busy && fault !== null && <Fault fault={fault} again={again} />}
      {!busy && fault === null && found === null && <Empty><p>{code.noResults}</p></Empty>}
      {!busy && found !== null && (
        <>
          <h2 className="soft small">{found.of.name}</h2>
          {found.kind === "run" && <Verdict ran={found.ran} limits={found.limits} />}
          {found.kind === "tests" && <OfTests tested={found.done.result} of={found.of} onTests={taking.onTests} onLeave={work.leave} />}
          {found.kind === "fix" && <OfFix fixed={found.done.result} of={found.of} {...taking} onLeave={work.leave} />}
          {found.kind === "docstring" && <OfDocstrings made={found.done.result} of={found.of} {...taking} onLeave={work.leave} />}
          {found.kind === "explain" && <OfExplanation said={found.done.result} />}
          {found.kind !== "run" && signed(found.done)}
        </>
      )}
    </section>
  );
}

/** What came of it, in one sentence, for who does not see it come. */
function headline(found: NonNullable<Work["found"]>): string {
  switch (found.kind) {
    case "run":
      return `${code.outcomes[found.ran.outcome]} ${found.ran.why}`;
    case "tests":
      return code.kept(found.done.result.kept, found.done.result.distinct);
    case "fix":
      return found.done.result.source === null ? code.notFixed(found.done.result.function) : code.fixed(found.done.result.function, found.done.result.drafts.length);
    case "docstring":
      return code.documented(found.done.result.docstrings.filter((one) => one.text !== null).length);
    case "explain":
      return found.done.result.text === "" ? code.notExplained : found.done.result.text;
  }
}
