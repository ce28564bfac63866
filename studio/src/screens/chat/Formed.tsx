// An answer that is held to a form: whether it is valid, at each moment, and what it says as a tree.
import { CircleAlert, CircleCheck, CircleDashed, CircleSlash } from "lucide-react";
import { useMemo } from "react";
import { text } from "../../text";
import type { Value } from "./beginning";
import type { Form } from "./form";
import type { Problem } from "./schema";
import { checkerOf, type Validity } from "./validity";

const ICONS = { good: CircleDashed, whole: CircleCheck, cut: CircleSlash, wrong: CircleAlert, unknown: CircleSlash };

function placeOf(path: Problem["path"]): string {
  return path.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("").replace(/^\./, "");
}

interface Props {
  words: string;
  form: Form;
  writing: boolean;
  /** Whether the text itself stands elsewhere already. */
  told: boolean;
}

export default function Formed({ words, form, writing, told }: Props) {
  const check = useMemo(() => checkerOf(form), [form]);
  const now = useMemo(() => check(words, !writing), [check, words, writing]);
  const wrong = useMemo(() => new Set(now.problems.map(({ path }) => placeOf(path))), [now.problems]);
  return (
    <div className="formed">
      {!told && (now.value === null ? <Raw words={words} at={now.at} /> : <div className="json"><Tree value={now.value} path="" wrong={wrong} /></div>)}
      <Said now={now} writing={writing} kind={form.kind} />
    </div>
  );
}

/** The text as it is; what stands behind the place where it went wrong is marked. */
function Raw({ words, at }: { words: string; at: number | null }) {
  return (
    <div className="plain">
      {at === null ? words : words.slice(0, at)}
      {at !== null && <mark className="wrong">{words.slice(at)}</mark>}
    </div>
  );
}

function Said({ now, writing, kind }: { now: Validity; writing: boolean; kind: Form["kind"] }) {
  const Icon = ICONS[now.state];
  const { validity } = text.chat;
  const said = now.state === "whole" ? (writing ? validity.wholeSoFar : validity.whole[kind]) : validity[now.state];
  return (
    <div className={`validity ${now.state}`}>
      <p role="status">
        <Icon size={16} aria-hidden /> {said}
      </p>
      {now.problems.length > 0 && (
        <ul>
          {now.problems.map((one, i) => (
            <li key={i}>
              <code>{placeOf(one.path) || validity.root}</code> {(validity.whys[one.why] ?? validity.otherwise)(one.wanted)}
            </li>
          ))}
        </ul>
      )}
      {now.unlooked.length > 0 && <p className="soft">{validity.unlooked(now.unlooked.join(", "))}</p>}
    </div>
  );
}

interface TreeProps {
  value: Value;
  path: string;
  wrong: ReadonlySet<string>;
}

/** A value as coloured JSON, each part of it on a line of its own; what is still growing has no end yet. */
function Tree({ value, path, wrong }: TreeProps) {
  const bad = wrong.has(path) ? "wrong" : "";
  const end = value.whole ? "" : "…";
  if (value.kind === "object") {
    return (
      <>
        <span className={bad}>{"{"}</span>
        <ul>
          {value.fields.map((field, i) => {
            const at = path === "" ? field.name : `${path}.${field.name}`;
            return (
              <li key={i}>
                <span className={`name ${field.value === null && wrong.has(at) ? "wrong" : ""}`}>
                  {JSON.stringify(field.name)}
                  {!field.named && "…"}
                </span>
                {field.named && ": "}
                {field.value !== null && <Tree value={field.value} path={at} wrong={wrong} />}
                {i < value.fields.length - 1 && ","}
              </li>
            );
          })}
        </ul>
        {value.whole ? <span className={bad}>{"}"}</span> : end}
      </>
    );
  }
  if (value.kind === "array") {
    return (
      <>
        <span className={bad}>[</span>
        <ul>
          {value.items.map((item, i) => (
            <li key={i}>
              <Tree value={item} path={`${path}[${i}]`} wrong={wrong} />
              {i < value.items.length - 1 && ","}
            </li>
          ))}
        </ul>
        {value.whole ? <span className={bad}>]</span> : end}
      </>
    );
  }
  return (
    <span className={`${value.kind} ${bad}`}>
      {value.kind === "string" ? JSON.stringify(value.text) : value.text}
      {end}
    </span>
  );
}
