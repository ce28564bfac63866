// A round: two sides that bear no names, and the keys by which one is chosen.
import { ArrowDown, ArrowLeft, ArrowRight, Flag, SkipForward } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { asFault, type Fault as Failed } from "../../api/fault";
import type { Model } from "../../api/shapes";
import { useLife } from "../../api/use";
import { Button } from "../../parts/Button";
import { Progress } from "../../parts/Meter";
import { Fault, Waiting } from "../../parts/states";
import { useShortcuts, type Shortcut } from "../../shell/shortcuts";
import { text } from "../../text";
import { Made, type Sounding } from "./Made";
import { pair, type Pair } from "./pairs";
import { allChat, promptOf, roundOf, tossed, type Choice, type Settings, type Trial } from "./trial";

interface Props {
  settings: Settings;
  models: readonly Model[];
  trial: Trial;
  onKeep: (trial: Trial) => void;
  onLeave: () => void;
}

interface Round {
  round: number;
  pair: Pair;
  left: "a" | "b";
}

/** The pair of a round, and the next one's meanwhile. */
function useRound(settings: Settings, chat: boolean, round: number): { shown: Round | null; fault: Failed | null; again: () => void } {
  const asked = useRef(new Map<number, Promise<Pair>>());
  const leaving = useRef<AbortController | null>(null);
  const [shown, setShown] = useState<Round | null>(null);
  const [fault, setFault] = useState<Failed | null>(null);
  const [times, setTimes] = useState(0);
  const { returns } = useLife();
  useEffect(() => {
    const mine = new AbortController();
    const known = asked.current;
    leaving.current = mine;
    return () => {
      mine.abort();
      known.clear();
    };
  }, []);
  useEffect(() => {
    let gone = false;
    const ask = (which: number): Promise<Pair> => {
      const before = asked.current.get(which);
      if (before !== undefined) return before;
      const begun = pair(settings, chat, which, leaving.current?.signal ?? new AbortController().signal);
      begun.catch(() => asked.current.delete(which));
      asked.current.set(which, begun);
      return begun;
    };
    setFault(null);
    ask(round).then(
      (found) => {
        if (gone) return;
        setShown({ round, pair: found, left: tossed() });
        asked.current.delete(round - 1);
        ask(round + 1).catch(() => undefined);
      },
      (thrown: unknown) => {
        const failed = asFault(thrown);
        if (!gone && failed.kind !== "stopped") setFault(failed);
      },
    );
    return () => {
      gone = true;
    };
  }, [settings, chat, round, times, returns]);
  const again = useCallback(() => setTimes((before) => before + 1), []);
  return { shown: shown?.round === round ? shown : null, fault, again };
}

export function Arena({ settings, models, trial, onKeep, onLeave }: Props) {
  const { compare } = text;
  const chat = useMemo(() => allChat(models, [settings.a, settings.b]), [models, settings]);
  const round = roundOf(trial);
  const { shown, fault, again } = useRound(settings, chat, round);
  const place = useRef<HTMLElement>(null);
  const first = useRef<Sounding | null>(null);
  const second = useRef<Sounding | null>(null);
  useEffect(() => place.current?.focus(), []);
  const choose = useCallback(
    (side: "left" | "right" | "equal") => {
      if (shown === null) return;
      const right = shown.left === "a" ? "b" : "a";
      const choice: Choice = side === "equal" ? "equal" : side === "left" ? shown.left : right;
      place.current?.focus();
      onKeep({ ...trial, judged: [...trial.judged, { round: shown.round, choice, left: shown.left }] });
    },
    [shown, trial, onKeep],
  );
  const skip = useCallback(() => {
    place.current?.focus();
    onKeep({ ...trial, skipped: trial.skipped + 1 });
  }, [trial, onKeep]);
  const shortcuts = useMemo<Shortcut[]>(() => {
    const heard = settings.kind === "audio" || settings.kind === "music";
    return [
      { keys: "ArrowLeft", does: compare.keys.left, run: () => choose("left") },
      { keys: "ArrowRight", does: compare.keys.right, run: () => choose("right") },
      { keys: "ArrowDown", does: compare.keys.equal, run: () => choose("equal") },
      // A button that has the focus is pressed by this key, as everywhere.
      { keys: " ", does: compare.keys.skip, run: () => (document.activeElement instanceof HTMLButtonElement ? document.activeElement.click() : skip()) },
      ...(heard
        ? [
            { keys: "1", does: compare.hear.left, run: () => first.current?.toggle() },
            { keys: "2", does: compare.hear.right, run: () => second.current?.toggle() },
          ]
        : []),
    ];
  }, [settings.kind, compare, choose, skip]);
  useShortcuts(shortcuts);
  const prompt = promptOf(settings, round);
  const none = shown === null;
  const sides = shown === null ? [] : ([["left", shown.left, first], ["right", shown.left === "a" ? "b" : "a", second]] as const);
  return (
    <section ref={place} tabIndex={-1} className="compare-arena" aria-label={compare.arena}>
      <header>
        <p role="status"><strong>{compare.roundOf(trial.judged.length + 1, settings.rounds)}</strong>{trial.skipped > 0 && <span className="soft"> · {compare.skipped(trial.skipped)}</span>}</p>
        {prompt !== "" && settings.kind !== "text" && <p className="compare-prompt">{prompt}</p>}
        {settings.kind === "text" && chat && <p className="compare-prompt">{prompt}</p>}
        <Progress name={compare.arena} value={trial.judged.length / settings.rounds} />
      </header>
      {fault !== null && shown === null ? (
        <Fault fault={fault} again={again} />
      ) : (
        <div className="compare-blind-sides">
          {shown === null ? (["left", "right"] as const).map((side) => <div key={side} className="compare-blind-side"><Waiting height={HEIGHTS[settings.kind]} /></div>) : sides.map(([side, which, sounding]) => (
            <div key={`${side} ${round}`} className="compare-blind-side">
              <h2>{compare.sides[side]}</h2>
              <Made made={shown.pair[which]} side={side} sounding={sounding} />
            </div>
          ))}
        </div>
      )}
      <div className="compare-choices">
        <Button icon={ArrowLeft} disabled={none} onClick={() => choose("left")}>{compare.choices.left}</Button>
        <Button icon={ArrowDown} disabled={none} onClick={() => choose("equal")}>{compare.choices.equal}</Button>
        <Button icon={ArrowRight} disabled={none} onClick={() => choose("right")}>{compare.choices.right}</Button>
        <Button look="quiet" icon={SkipForward} onClick={skip}>{compare.choices.skip}</Button>
      </div>
      <p className="soft small">{settings.kind === "audio" || settings.kind === "music" ? compare.keysSaidHeard : compare.keysSaid}</p>
      <div className="compare-acts">
        <Button look="quiet" little icon={Flag} disabled={trial.judged.length === 0} onClick={() => onKeep({ ...trial, ended: true })}>{compare.endNow}</Button>
        <Button look="quiet" little onClick={onLeave}>{compare.other2}</Button>
      </div>
    </section>
  );
}

const HEIGHTS = { image: "24rem", text: "16rem", audio: "5rem", music: "5rem" };
