import { Check, Copy, RotateCcw } from "lucide-react";
import { useMemo, useState } from "react";
import type { Ready, Setting } from "../../api/train";
import { Button } from "../../parts/Button";
import { Field, Select } from "../../parts/Field";
import { Fault, Waiting } from "../../parts/states";
import { toast } from "../../parts/Toast";
import { text } from "../../text";
import { entryOf, FIRST, groupsOf, typed, type Overrides } from "./settings";
import { toml } from "./toml";
import type { Checked } from "./useChecked";

const words = text.train.recipe;

interface Props {
  recipe: Ready;
  modality: string | undefined;
  checked: Checked;
  overrides: Overrides;
  onOverrides: (overrides: Overrides) => void;
}

/** A recipe, a form of its settings, and its file beside that. */
export function Recipe({ recipe, modality, checked, overrides, onOverrides }: Props) {
  const groups = useMemo(() => groupsOf(checked.settings, modality ?? recipe.modality), [checked.settings, modality, recipe]);
  const set = (key: string, value: string): void => {
    onOverrides(Object.fromEntries(Object.entries({ ...overrides, [key]: value }).filter(([, given]) => given !== "")));
  };
  const changed = Object.keys(overrides).length;
  const entry = (one: Setting) => <Entry key={one.key} setting={one} value={overrides[one.key] ?? ""} wrong={checked.wrong === one.key ? (checked.fault?.parts.said ?? null) : null} onValue={(value) => set(one.key, value)} />;
  return (
    <>
      {modality !== undefined && modality !== recipe.modality && <p className="train-wrong">{words.other(recipe.modality, modality)}</p>}
      <div className="train-recipe">
        <div className="train-form">
          {checked.loading ? <Waiting height="14rem" /> : <div className="train-first">{FIRST.flatMap((key) => checked.settings.filter((one) => one.key === key)).map(entry)}</div>}
          {groups.map(({ name, settings }) => {
            const many = settings.filter((one) => one.key in overrides).length;
            return (
              <details key={name} open={settings.some((one) => one.key === checked.wrong) || undefined}>
                <summary>
                  {words.groups[name] ?? name} {many > 0 && <span className="tag">{words.changed(many)}</span>}
                </summary>
                <div className="train-entries">{settings.map(entry)}</div>
              </details>
            );
          })}
          {checked.fault !== undefined && checked.wrong === null && <Fault fault={checked.fault} />}
          {changed > 0 && (
            <div>
              <Button little icon={RotateCcw} onClick={() => onOverrides({})}>
                {words.reset(changed)}
              </Button>
            </div>
          )}
        </div>
        <File values={checked.shown?.values} />
      </div>
    </>
  );
}

function Entry({ setting, value, wrong, onValue }: { setting: Setting; value: string; wrong: string | null; onValue: (value: string) => void }) {
  const { key } = setting;
  const kind = entryOf(setting.kind);
  const name = words.names[key] ?? key;
  const hint = words.hints[key] ?? (setting.about === "" ? undefined : setting.about);
  const usual = typed(setting.value);
  const shared = { name, wrong, value, onValue, ...(hint === undefined ? {} : { hint }) };
  if (kind.kind === "choice" || kind.kind === "yes") {
    const values = kind.kind === "yes" ? ["true", "false"] : kind.values;
    const shown = (one: string): string => words.values[one] ?? one;
    return <Select {...shared} options={[{ value: "", shown: words.usual(usual === "" ? words.open : shown(usual)) }, ...values.map((one) => ({ value: one, shown: shown(one) }))]} />;
  }
  return <Field {...shared} inputMode={kind.kind === "number" ? "decimal" : "text"} placeholder={usual === "" ? words.open : usual} spellCheck={false} autoComplete="off" />;
}

function File({ values }: { values: Record<string, unknown> | undefined }) {
  const [copied, setCopied] = useState(false);
  const file = useMemo(() => (values === undefined ? "" : toml(values)), [values]);
  const copy = (): void => {
    navigator.clipboard.writeText(file).then(
      () => setCopied(true),
      () => toast(words.notCopied),
    );
  };
  return (
    <section className="train-toml">
      <header>
        <h3>{words.file}</h3>
        <Button little look="quiet" icon={copied ? Check : Copy} disabled={file === ""} onClick={copy}>
          {copied ? words.copied : words.copy}
        </Button>
      </header>
      <pre tabIndex={0}>{file}</pre>
    </section>
  );
}
