import { Area, Field, Select } from "../../parts/Field";
import { text } from "../../text";
import { formOf, parsedSchema, type FormSet } from "./form";
import { EXAMPLES } from "./schemas";

interface Props {
  set: FormSet;
  onSet: (set: FormSet) => void;
}

/** Why nothing can be asked for in this form, or null. */
export function wrongOf(set: FormSet): string | null {
  if (set.kind === "free" || formOf(set) !== null) return null;
  if (set.kind === "regex") return text.chat.noPattern;
  return set.schema.trim() === "" ? text.chat.noSchema : text.chat.schemaWrong(parsedSchema(set.schema).wrong ?? "");
}

export function FormPanel({ set, onSet }: Props) {
  const { chat } = text;
  const kinds = Object.entries(chat.formKinds).map(([value, shown]) => ({ value, shown }));
  const examples = EXAMPLES[set.kind === "regex" ? "regex" : "json"];
  const typed = set.kind === "regex" ? set.pattern : set.schema;
  const here = examples.find((one) => one.source === typed)?.id ?? "";
  return (
    <div className="dials">
      <Select name={chat.formKind} hint={set.kind === "free" ? chat.formHint : chat.formHeld} value={set.kind} options={kinds}
        onValue={(kind) => onSet({ ...set, kind: kind as FormSet["kind"] })} />
      {set.kind !== "free" && (
        <Select name={chat.formExample} value={here}
          options={[{ value: "", shown: chat.formOwn }, ...examples.map((one) => ({ value: one.id, shown: chat.formExamples[one.id] ?? one.id }))]}
          onValue={(id) => {
            const source = examples.find((one) => one.id === id)?.source;
            if (source !== undefined) onSet(set.kind === "regex" ? { ...set, pattern: source } : { ...set, schema: source });
          }} />
      )}
      {set.kind === "json" && (
        <Area name={chat.schema} className="entry code-entry" rows={10} spellCheck={false} value={set.schema} wrong={wrongOf(set)}
          onValue={(schema) => onSet({ ...set, schema })} />
      )}
      {set.kind === "regex" && (
        <Field name={chat.pattern} className="entry code-entry" spellCheck={false} autoComplete="off" value={set.pattern} wrong={wrongOf(set)}
          onValue={(pattern) => onSet({ ...set, pattern })} />
      )}
    </div>
  );
}
