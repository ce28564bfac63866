// What a blind trial asks, and of whom.
import { EyeOff } from "lucide-react";
import { useMemo } from "react";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Area, Field, Select } from "../../parts/Field";
import { useKept } from "../../parts/kept";
import { Empty } from "../../parts/states";
import { text } from "../../text";
import { KINDS, linesOf, MOST, type Kind, type Settings } from "./trial";

interface Words {
  kind: string;
  a: string;
  b: string;
  rounds: string;
  say: Partial<Record<string, string>>;
}

function readWords(kept: unknown): Words {
  const given = typeof kept === "object" && kept !== null ? (kept as Record<string, unknown>) : {};
  const word = (name: string, usual: string): string => (typeof given[name] === "string" ? given[name] : usual);
  const said = typeof given["say"] === "object" && given["say"] !== null ? (given["say"] as Record<string, unknown>) : {};
  const say = Object.fromEntries(Object.entries(said).filter((one): one is [string, string] => typeof one[1] === "string"));
  return { kind: word("kind", ""), a: word("a", ""), b: word("b", ""), rounds: word("rounds", "10"), say };
}

export function BlindForm({ able, onBegin }: { able: Record<Kind, string[]>; onBegin: (settings: Settings) => void }) {
  const { compare } = text;
  const [words, setWords] = useKept("compare.blind", readWords);
  const there = useMemo(() => KINDS.filter((kind) => able[kind].length > 1), [able]);
  const kind = there.find((one) => one === words.kind) ?? there[0];
  if (kind === undefined) return <Empty><p>{compare.noPair}</p><code>{compare.noPairCommand}</code></Empty>;
  const names = able[kind];
  const a = names.includes(words.a) ? words.a : (names[0] ?? "");
  const b = names.includes(words.b) && words.b !== a ? words.b : (names.find((one) => one !== a) ?? "");
  const say = words.say[kind] ?? compare.blindSay[kind];
  const lines = kind === "music" ? [] : linesOf(say);
  const rounds = /^\d{1,3}$/.test(words.rounds.trim()) ? Number(words.rounds) : 0;
  const wrong = { rounds: rounds < 1 || rounds > MOST ? compare.roundsWrong(MOST) : null, say: lines.length === 0 && (kind === "image" || kind === "text") ? compare.sayWrong : null };
  const can = wrong.rounds === null && wrong.say === null;
  return (
    <Card heading={compare.blindBegin} className="compare-blind-form">
      <p className="soft">{compare.blindWhy}</p>
      <form
        className="compare-form"
        onSubmit={(event) => {
          event.preventDefault();
          const seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
          if (can) onBegin({ a, b, kind, prompts: lines, rounds, seed });
        }}
      >
        <Select name={compare.what2} value={kind} options={there.map((value) => ({ value, shown: compare.makes[value] }))} onValue={(next) => setWords({ ...words, kind: next })} />
        <div className="compare-pair">
          <Select name={compare.one} value={a} options={names.map((value) => ({ value, shown: value }))} onValue={(next) => setWords({ ...words, a: next, b: next === b ? a : b })} />
          <Select name={compare.other} value={b} options={names.filter((one) => one !== a).map((value) => ({ value, shown: value }))} onValue={(next) => setWords({ ...words, b: next })} />
        </div>
        {kind !== "music" && (
          <Area name={compare.say} rows={5} value={say} hint={compare.sayHint[kind]} wrong={wrong.say} onValue={(next) => setWords({ ...words, say: { ...words.say, [kind]: next } })} />
        )}
        <Field name={compare.rounds} inputMode="numeric" value={words.rounds} hint={compare.roundsHint} wrong={wrong.rounds} onValue={(next) => setWords({ ...words, rounds: next })} />
        <div>
          <Button type="submit" look="primary" icon={EyeOff} disabled={!can}>{compare.blindStart}</Button>
        </div>
      </form>
    </Card>
  );
}
