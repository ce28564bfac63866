import { CircleCheck, CircleX, ShieldAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { Ran } from "../../api/code";
import { text } from "../../text";
import { measureOf, TONES, type Tone } from "./measures";

const { code } = text;
const ICONS = { good: CircleCheck, bad: CircleX, warn: ShieldAlert };

/** How something ended, in a word and a sign. */
export function Mark({ tone, children }: { tone: Tone; children: ReactNode }) {
  const Icon = ICONS[tone];
  return (
    <span className={`mark-of ${tone}`}>
      <Icon size={18} aria-hidden />
      <span>{children}</span>
    </span>
  );
}

interface Limits {
  seconds: number;
  megabytes: number;
}

export function measured(ran: Pick<Ran, "outcome" | "why">, limits: Limits): string | null {
  const measure = measureOf(ran);
  if (measure === null) return null;
  if (measure === "time") return code.measures.time(limits.seconds);
  return measure === "memory" ? code.measures.memory(limits.megabytes) : code.measures[measure];
}

const MOST = 20_000; // characters of an output that are shown

export function Output({ name, content }: { name: string; content: string }) {
  if (content === "") return null;
  return (
    <div className="output">
      <h3 className="soft">{name}</h3>
      <pre tabIndex={0}>{content.slice(0, MOST)}</pre>
      {content.length > MOST && <p className="soft small">{code.cutShort}</p>}
    </div>
  );
}

/** The sandbox's verdict of a run: how it ended, by which measure, what it wrote, and each test. */
export function Verdict({ ran, limits }: { ran: Ran; limits: Limits }) {
  const measure = measured(ran, limits);
  const tests = Object.entries(ran.tests);
  const passed = tests.filter(([, why]) => why === "").length;
  return (
    <div className="verdict">
      <p>
        <Mark tone={TONES[ran.outcome]}>
          <strong>{code.outcomes[ran.outcome]}</strong>
          {tests.length > 0 && ` · ${code.testsPassed(passed, tests.length)}`} · <span className="soft">{code.took(ran.seconds.toFixed(2))}</span>
        </Mark>
      </p>
      {ran.why !== "" && <p className="why">{ran.why}</p>}
      {measure !== null && <p className="soft">{measure}</p>}
      {tests.length > 0 && (
        <ul className="trials">
          {tests.map(([name, why]) => (
            <li key={name}>
              <Mark tone={why === "" ? "good" : "bad"}>
                <code>{name}</code> {why === "" ? code.passes : why}
              </Mark>
            </li>
          ))}
        </ul>
      )}
      <Output name={code.stdout} content={ran.stdout} />
      <Output name={code.stderr} content={ran.stderr} />
      {ran.stdout === "" && ran.stderr === "" && tests.length === 0 && <p className="soft">{code.wroteNothing}</p>}
    </div>
  );
}
