import { useId, type InputHTMLAttributes, type ReactNode, type Ref, type TextareaHTMLAttributes } from "react";

interface Around {
  name: string;
  hint?: ReactNode;
  wrong?: string | null | undefined;
}

interface Entered extends Around {
  value: string;
  onValue: (value: string) => void;
}

interface FieldProps extends Entered, Omit<InputHTMLAttributes<HTMLInputElement>, "value" | "name"> {}

/** What an entry, its name, its hint and its fault are to each other. */
function useNamed({ hint, wrong }: Pick<Around, "hint" | "wrong">) {
  const id = useId();
  const told = [hint !== undefined && `${id}-hint`, Boolean(wrong) && `${id}-wrong`].filter(Boolean).join(" ");
  const entry = { id, "aria-describedby": told || undefined, "aria-invalid": wrong ? true : undefined } as const;
  const below = (
    <>
      {hint !== undefined && (
        <span className="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      {wrong && (
        <span className="wrong" id={`${id}-wrong`}>
          {wrong}
        </span>
      )}
    </>
  );
  return { id, entry, below };
}

export function Field({ name, hint, wrong, value, onValue, ...rest }: FieldProps) {
  const { id, entry, below } = useNamed({ hint, wrong });
  return (
    <div className="field">
      <label htmlFor={id}>{name}</label>
      <input className="entry" {...entry} value={value} onChange={(event) => onValue(event.target.value)} {...rest} />
      {below}
    </div>
  );
}

interface AreaProps extends Entered, Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, "value" | "name"> {
  ref?: Ref<HTMLTextAreaElement>;
}

export function Area({ name, hint, wrong, value, onValue, ...rest }: AreaProps) {
  const { id, entry, below } = useNamed({ hint, wrong });
  return (
    <div className="field">
      <label htmlFor={id}>{name}</label>
      <textarea className="entry" {...entry} value={value} onChange={(event) => onValue(event.target.value)} {...rest} />
      {below}
    </div>
  );
}

interface SelectProps extends Entered {
  options: readonly { value: string; shown: string }[];
  disabled?: boolean;
}

export function Select({ name, hint, wrong, value, onValue, options, disabled = false }: SelectProps) {
  const { id, entry, below } = useNamed({ hint, wrong });
  return (
    <div className="field">
      <label htmlFor={id}>{name}</label>
      <select className="entry" {...entry} value={value} disabled={disabled} onChange={(event) => onValue(event.target.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.shown}
          </option>
        ))}
      </select>
      {below}
    </div>
  );
}
