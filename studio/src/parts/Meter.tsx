import type { ReactNode } from "react";

interface Props {
  name: ReactNode;
  shown: ReactNode;
  value: number;
  most: number;
}

/** How much of something there is. The numbers beside it say the same to who does not see the bar. */
export function Meter({ name, shown, value, most }: Props) {
  const share = most > 0 ? Math.min(1, Math.max(0, value / most)) : 0;
  return (
    <div className="meter">
      <div className="row">
        <span className="soft">{name}</span>
        <span>{shown}</span>
      </div>
      <div className="bar" aria-hidden>
        <i style={{ width: `${100 * share}%` }} />
      </div>
    </div>
  );
}

/** How far something is, from 0 to 1; without a value it runs and nobody knows how far. */
export function Progress({ name, value }: { name: string; value?: number }) {
  return (
    <div
      className={`bar ${value === undefined ? "running" : ""}`}
      role="progressbar"
      aria-label={name}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={value === undefined ? undefined : Math.round(100 * value)}
    >
      <i style={value === undefined ? undefined : { width: `${100 * value}%` }} />
    </div>
  );
}
