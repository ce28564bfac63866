// What turns one label's pictures into another's: a direction among the latents.
import { Shuffle } from "lucide-react";
import { useCallback, useState } from "react";
import { turn } from "../../api/compare";
import { useLoaded } from "../../api/use";
import { Button } from "../../parts/Button";
import { Select } from "../../parts/Field";
import { Fault } from "../../parts/states";
import { text } from "../../text";
import { Strip } from "./Strip";

const SHARES = [-0.5, 0, 0.25, 0.5, 0.75, 1, 1.25, 1.5];

export function Turning({ model, data, labels }: { model: string; data: string | null; labels: readonly string[] }) {
  const { compare } = text;
  const [from, setFrom] = useState(labels[0] ?? "");
  const [to, setTo] = useState(labels[1] ?? "");
  const [start, setStart] = useState(1);
  const load = useCallback(
    (signal: AbortSignal) => turn({ model, towards: to, away: from, start, shares: SHARES, ...(data === null ? {} : { data }) }, signal),
    [model, data, from, to, start],
  );
  const { data: told, fault, loading } = useLoaded(load);
  const options = labels.map((value) => ({ value, shown: value }));
  return (
    <section className="compare-turning">
      <h2>{compare.turning}</h2>
      <p className="soft small">{compare.turningWhy}</p>
      <div className="compare-turning-form">
        <Select name={compare.from} value={from} options={options} onValue={(next) => { setFrom(next); if (next === to) setTo(from); }} />
        <Select name={compare.to} value={to} options={options} onValue={(next) => { setTo(next); if (next === from) setFrom(to); }} />
        <Button icon={Shuffle} onClick={() => setStart((crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % 10_000)}>{compare.otherStart}</Button>
      </div>
      {fault ? <Fault fault={fault} /> : <Strip pictures={loading ? null : (told?.b64_png ?? null)} count={SHARES.length} alt={(i) => compare.turned(from, to, Math.round(100 * (SHARES[i] ?? 0)))} />}
    </section>
  );
}
