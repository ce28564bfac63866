import { useId, type ReactNode } from "react";

interface Props {
  name: string;
  hint?: ReactNode;
  value: number;
  onValue: (value: number) => void;
  min: number;
  max: number;
  step: number;
  shown?: string;
}

export function Slider({ name, hint, value, onValue, min, max, step, shown }: Props) {
  const id = useId();
  return (
    <div className="slider">
      <div className="row">
        <label htmlFor={id}>{name}</label>
        <output htmlFor={id}>{shown ?? value}</output>
      </div>
      <input
        type="range"
        id={id}
        min={min}
        max={max}
        step={step}
        value={value}
        aria-valuetext={shown}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onChange={(event) => onValue(event.target.valueAsNumber)}
      />
      {hint !== undefined && (
        <span className="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
    </div>
  );
}
