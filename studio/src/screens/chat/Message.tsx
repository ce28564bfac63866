import { Check, ChevronLeft, ChevronRight, Copy, Pencil, RotateCw, Square, StepForward } from "lucide-react";
import { lazy, memo, Suspense, useRef, useState, type CSSProperties } from "react";
import { Area } from "../../parts/Field";
import { Button } from "../../parts/Button";
import { Markdown } from "../../parts/Markdown";
import { Progress } from "../../parts/Meter";
import { text } from "../../text";
import { copy } from "./copy";
import { Sure } from "./Sure";
import type { Mode } from "./request";
import type { Piece, Standing, Turn } from "./tree";
import { useNear } from "./useNear";

const Formed = lazy(() => import("./Formed"));

export interface Acts {
  choose: (id: string) => void;
  edit: (turn: Turn, words: string) => void;
  retry: (turn: Turn) => void;
  goOn: (turn: Turn) => void;
  /** Go on with what broke off. */
  resume: (turn: Turn) => void;
  stop: (id: string) => void;
  branch: (turn: Turn, piece: number, instead: Piece) => void;
  lockSeed: (seed: string) => void;
}

interface Props {
  turn: Turn;
  standing: Standing;
  mode: Mode;
  sure: boolean;
  writing: boolean;
  /** Something is being written somewhere, so that nothing else is begun. */
  busy: boolean;
  acts: Acts;
  /** Of two beside each other: whether the conversation goes on from it. */
  taken?: boolean | undefined;
  /** It is among the last, which are drawn first; one far out of sight is drawn as bare text. */
  late?: boolean;
}

const sameStanding = (a: Standing, b: Standing): boolean =>
  a.at === b.at && a.of === b.of && a.earlier?.id === b.earlier?.id && a.later?.id === b.later?.id;

export const Message = memo(function Message({ turn, standing, mode, sure, writing, busy, acts, taken, late = true }: Props) {
  const [edited, setEdited] = useState<string | null>(null);
  const place = useRef<HTMLLIElement>(null);
  const near = useNear(place, late);
  const own = turn.role === "user";
  const who = own ? text.chat.you : (turn.model ?? "");
  return (
    <li className={`turn ${own ? "own" : "answer"} mode-${mode} ${taken === true ? "taken" : ""}`} style={fits(turn)} ref={place}>
      <h2 className="who">{who}</h2>
      {near || edited !== null ? (
        <>
          {edited === null ? (
            <Body turn={turn} mode={mode} sure={sure} writing={writing} onBranch={(piece, instead) => acts.branch(turn, piece, instead)} />
          ) : (
            <form
              className="editing"
              onSubmit={(event) => {
                event.preventDefault();
                setEdited(null);
                acts.edit(turn, edited);
              }}
            >
              <Area name={text.chat.edit} value={edited} onValue={setEdited} rows={Math.min(12, edited.split("\n").length + 1)} autoFocus />
              {turn.form !== undefined && (
                <Suspense fallback={null}>
                  <Formed words={edited} form={turn.form} writing={false} told />
                </Suspense>
              )}
              <span className="acts">
                <Button look="primary" little type="submit" disabled={busy || edited.trim() === ""}>
                  {text.chat.save}
                </Button>
                <Button little onClick={() => setEdited(null)}>
                  {text.chat.cancel}
                </Button>
              </span>
            </form>
          )}
          <Told turn={turn} busy={busy} acts={acts} />
          <div className="acts">
            {taken !== undefined && writing && (
              <Button little icon={Square} onClick={() => acts.stop(turn.id)}>{text.chat.stopOf(who)}</Button>
            )}
            {taken !== undefined && !writing && (
              <Button little icon={Check} aria-pressed={taken} disabled={busy} onClick={() => acts.choose(turn.id)}>
                {taken ? text.chat.taken : text.chat.take(who)}
              </Button>
            )}
            {taken === undefined && standing.of > 1 && (
              <span className="branches">
                <Button look="quiet" little icon={ChevronLeft} name={text.chat.earlier} disabled={busy || !standing.earlier}
                  onClick={() => standing.earlier && acts.choose(standing.earlier.id)} />
                <span className="small soft">
                  <span aria-hidden>{standing.at} / {standing.of}</span>
                  <span className="out-of-sight">{text.chat.branch(standing.at, standing.of)}</span>
                </span>
                <Button look="quiet" little icon={ChevronRight} name={text.chat.later} disabled={busy || !standing.later}
                  onClick={() => standing.later && acts.choose(standing.later.id)} />
              </span>
            )}
            <Button look="quiet" little icon={Copy} name={text.chat.copy} onClick={() => void copy(turn.text)} />
            <Button look="quiet" little icon={Pencil} name={text.chat.edit} disabled={busy} onClick={() => setEdited(turn.text)} />
            {!own && <Button look="quiet" little icon={RotateCw} name={text.chat.retry} disabled={busy} onClick={() => acts.retry(turn)} />}
            {!own && mode === "complete" && (
              <Button look="quiet" little icon={StepForward} name={text.chat.more} disabled={busy} onClick={() => acts.goOn(turn)} />
            )}
          </div>
        </>
      ) : (
        <div className="plain">{turn.text}</div>
      )}
    </li>
  );
}, same);

function same(a: Props, b: Props): boolean {
  return (
    a.turn === b.turn && a.mode === b.mode && a.sure === b.sure && a.writing === b.writing && a.busy === b.busy &&
    a.acts === b.acts && a.taken === b.taken && sameStanding(a.standing, b.standing)
  );
}

interface BodyProps {
  turn: Turn;
  mode: Mode;
  sure: boolean;
  writing: boolean;
  onBranch: (piece: number, instead: Piece) => void;
}

function Body({ turn, mode, sure, writing, onBranch }: BodyProps) {
  const hasPieces = (turn.pieces ?? []).length > 0;
  if (writing && turn.text === "") {
    return (
      <div className="thinking">
        <Progress name={text.chat.thinking} />
        <span className="soft small">
          {text.chat.thinking} {text.chat.firstTime}
        </span>
      </div>
    );
  }
  const shown = turn.role === "assistant" && mode === "chat" ? <Markdown source={turn.text} /> : <div className="plain" dir="auto">{turn.text}</div>;
  const pieces = turn.role === "assistant" && sure && hasPieces;
  return (
    <>
      {pieces ? <Sure turn={turn} onBranch={turn.form === undefined ? onBranch : null} /> : turn.form === undefined && shown}
      {turn.form !== undefined && (
        <Suspense fallback={pieces ? null : <div className="plain">{turn.text}</div>}>
          <Formed words={turn.text} form={turn.form} writing={writing} told={pieces} />
        </Suspense>
      )}
      {turn.role === "assistant" && sure && !writing && !hasPieces && <p className="soft small">{text.chat.unsure}</p>}
    </>
  );
}

const LINE = 26; // pixels of a line of text, and about so many letters stand in it:
const LETTERS = 75;

/** About how high it is, for as long as it is out of sight and the browser lays nothing of it out. */
function fits({ text: words }: Turn): CSSProperties {
  const lines = words.split("\n").reduce((all, line) => all + 1 + Math.floor(line.length / LETTERS), 0);
  return { containIntrinsicBlockSize: `auto ${90 + LINE * lines}px` };
}

/** How it ended, and what it took. */
function Told({ turn, busy, acts }: { turn: Turn; busy: boolean; acts: Acts }) {
  if (turn.role === "user" || turn.ending === undefined) return null;
  const { ending, tokens, seconds, seed = "" } = turn;
  const ended = ending === "length" ? text.chat.cut : ending === "stopped" ? text.chat.stopped : null;
  const speed = tokens !== undefined && seconds ? (tokens / seconds).toFixed(0) : null;
  return (
    <>
      {ending === "broken" && (
        <div className="fault" role="alert">
          {text.chat.broken}
          <span className="acts">
            {turn.text !== "" && turn.form === undefined && (
              <Button little icon={StepForward} disabled={busy} onClick={() => acts.resume(turn)}>{text.chat.resume}</Button>
            )}
            <Button little icon={RotateCw} disabled={busy} onClick={() => acts.retry(turn)}>{text.chat.restart}</Button>
          </span>
        </div>
      )}
      {ending === "failed" && (
        <div className="fault" role="alert">
          <span>
            <strong>{text.faults.refused}</strong> {turn.why}
          </span>
        </div>
      )}
      {(ended !== null || speed !== null) && (
        <p className="told soft small">
          {speed !== null && tokens !== undefined && text.chat.stats(tokens, speed, seed)} {ended}{" "}
          {seed !== "" && (
            <button type="button" className="link" onClick={() => acts.lockSeed(seed)}>
              {text.chat.useSeed}
            </button>
          )}
        </p>
      )}
    </>
  );
}
