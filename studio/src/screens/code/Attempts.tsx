import type { Draft, Tested, Trial } from "../../api/code";
import { text } from "../../text";
import { isOutcome, TONES, type Tone } from "./measures";
import { Mark, Output } from "./Verdict";

const { code } = text;

/** What a test of a draft was worth, as one line of its own. */
const assertion = (test: string): string => test.replace(/^def [^\n]*\n/, "").trim();

/** Without the colon behind an exception that says nothing more. */
const plain = (why: string): string => why.trim().replace(/:$/, "");

function worth({ why, notices }: Trial, mutants: number): { tone: Tone; words: string } {
  if (why !== "") return { tone: "bad", words: code.testFails(plain(why)) };
  if (notices.length === 0) return { tone: "warn", words: code.testEmpty };
  return { tone: "good", words: code.testNotices(notices.length, mutants) };
}

/** Each test that was drawn, and what the sandbox said of it. */
export function Trials({ tested }: { tested: Tested }) {
  return (
    <details className="attempts">
      <summary>{code.tried(tested.trials.length)}</summary>
      <ol>
        {tested.trials.map((trial, i) => {
          const { tone, words } = worth(trial, tested.mutants);
          return (
            <li key={i}>
              <pre>{assertion(trial.test)}</pre>
              <Mark tone={tone}>{words}</Mark>
            </li>
          );
        })}
      </ol>
    </details>
  );
}

export function outcomeOf(draft: Draft): { tone: Tone; words: string } {
  if (isOutcome(draft.outcome)) return { tone: TONES[draft.outcome], words: code.outcomes[draft.outcome] };
  return { tone: "bad", words: draft.outcome === "unchanged" ? code.unchanged : code.unfit };
}

/** Each body that was drawn, and how it fared in the tests. */
export function Drafts({ drafts, tests }: { drafts: readonly Draft[]; tests: number }) {
  return (
    <details className="attempts">
      <summary>{code.tried(drafts.length)}</summary>
      <ol>
        {drafts.map((draft, i) => {
          const { tone, words } = outcomeOf(draft);
          const ran = isOutcome(draft.outcome);
          return (
            <li key={i}>
              <pre>{draft.body.trimEnd()}</pre>
              <Mark tone={tone}>
                {words}
                {ran && ` · ${code.passedOf(draft.passed, tests)}`}
                {draft.why.trim() !== "" && ` · ${plain(draft.why)}`}
              </Mark>
              <Output name={code.stdout} content={draft.output} />
            </li>
          );
        })}
      </ol>
    </details>
  );
}
