import { BookOpen, FlaskConical, ListChecks, Play, Quote, Wrench } from "lucide-react";
import { Button } from "../../parts/Button";
import { text } from "../../text";
import type { Scope } from "./scope";
import type { WorkKind } from "./useWork";

const { code } = text;

export type Act = Exclude<WorkKind, "run"> | "run" | "runTests";

/** Why each cannot be done now; what can is not named. */
export type Refusals = Partial<Record<Act, string>>;

const ACTS = [
  { act: "run", name: code.run, icon: Play },
  { act: "runTests", name: code.runTests, icon: FlaskConical },
  { act: "explain", name: code.explain, icon: BookOpen },
  { act: "docstring", name: code.docstring, icon: Quote },
  { act: "tests", name: code.writeTests, icon: ListChecks },
  { act: "fix", name: code.fix, icon: Wrench },
] as const;

export function scopeName(scope: Scope): string {
  if (scope.kind === "function") return code.functionAt(scope.name);
  return scope.kind === "lines" ? code.linesAt(scope.first, scope.last) : code.whole;
}

/** One that cannot be done can still be reached, and says why. */
export function Actions({ refusals, busy, scope, onAct }: { refusals: Refusals; busy: boolean; scope: Scope; onAct: (act: Act) => void }) {
  return (
    <div className="actions">
      <div className="acts" role="group" aria-label={code.results}>
        {ACTS.map(({ act, name, icon }) => {
          const why = refusals[act];
          return (
            <Button key={act} little look={act === "run" ? "primary" : "plain"} icon={icon} aria-disabled={why !== undefined || busy} title={why}
              className={why !== undefined || busy ? "refused" : ""} onClick={() => onAct(act)}>
              {name}
            </Button>
          );
        })}
      </div>
      <span className="soft small">{code.scope} {scopeName(scope)}</span>
    </div>
  );
}
