// Whether a value, whole or still growing, is what a JSON schema wants: of one that grows only what no end can mend.
import type { Value } from "./beginning";
import { plain } from "./beginning";
import type { JsonObject } from "./form";

/** `why` names the keyword; `wanted` is what stands behind it in the schema. */
export interface Problem {
  path: readonly (string | number)[];
  why: string;
  wanted: string;
}

type Path = Problem["path"];

const KNOWN = new Set([
  "type", "enum", "const", "properties", "required", "additionalProperties", "patternProperties", "minProperties", "maxProperties", "items",
  "prefixItems", "minItems", "maxItems", "minLength", "maxLength", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
  "multipleOf", "anyOf", "oneOf", "allOf", "$ref", "$defs", "definitions",
  "title", "description", "default", "examples", "$schema", "$id", "$comment", "deprecated", "readOnly", "writeOnly",
]);
const MOST = 5; // problems that are told
const DEEPEST = 100;

const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);
const spelled = (value: unknown): string => (value === undefined ? "" : JSON.stringify(value));

/** Keywords that the server knows or passes over and that are not looked at here. */
export function unlooked(schema: unknown, found = new Set<string>(), depth = 0): string[] {
  if (!isObject(schema) || depth > DEEPEST) return [...found].sort();
  for (const [key, value] of Object.entries(schema)) {
    if (!KNOWN.has(key)) found.add(key);
    const inside = ["properties", "patternProperties", "$defs", "definitions"].includes(key) && isObject(value) ? Object.values(value)
      : ["anyOf", "oneOf", "allOf", "prefixItems"].includes(key) && Array.isArray(value) ? (value as unknown[])
      : ["items", "additionalProperties"].includes(key) ? [value] : [];
    for (const one of inside) unlooked(one, found, depth + 1);
  }
  return [...found].sort();
}

function pointed(root: JsonObject, ref: string): unknown {
  if (!ref.startsWith("#")) return true;
  let at: unknown = root;
  for (const step of ref.slice(1).split("/").slice(1)) {
    if (!isObject(at)) return true;
    at = at[decodeURIComponent(step).replace(/~1/g, "/").replace(/~0/g, "~")];
  }
  return at;
}

/** Whether a number, as it is spelled, is a whole one, or can still be. */
const integral = (value: Value & { text: string }): boolean => (value.whole ? Number.isInteger(Number(value.text)) : !/[.]\d*[1-9]/.test(value.text) || /[eE]/.test(value.text));

function isOf(type: unknown, value: Value): boolean {
  switch (type) {
    case "integer":
      return value.kind === "number" && integral(value);
    case "boolean":
      return value.kind === "literal" && ["true", "false"].some((word) => word.startsWith(value.text));
    case "null":
      return value.kind === "literal" && "null".startsWith(value.text);
    default:
      return value.kind === type;
  }
}

/** Whether a value is this one, or can still become it. */
function becomes(value: Value, wanted: unknown): boolean {
  if (value.whole) return same(plain(value), wanted);
  switch (value.kind) {
    case "string":
      return typeof wanted === "string" && wanted.startsWith(value.text);
    case "number":
      return typeof wanted === "number" && (spelled(wanted).startsWith(value.text) || /[.eE]/.test(value.text) || value.text === "-");
    case "literal":
      return spelled(wanted).startsWith(value.text);
    case "array":
      return Array.isArray(wanted) && value.items.every((item, i) => i < wanted.length && becomes(item, wanted[i]));
    case "object":
      return isObject(wanted) && value.fields.every((one) => !one.named || (one.name in wanted && (one.value === null || becomes(one.value, wanted[one.name]))));
  }
}

function same(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, i) => same(one, b[i]));
  if (isObject(a) && isObject(b)) {
    const names = Object.keys(a);
    return names.length === Object.keys(b).length && names.every((name) => name in b && same(a[name], b[name]));
  }
  return a === b;
}

export function problemsOf(root: JsonObject, value: Value): Problem[] {
  return look(root, root, value, [], 0).slice(0, MOST);
}

function look(root: JsonObject, schema: unknown, value: Value, path: Path, depth: number): Problem[] {
  if (schema === false) return [{ path, why: "false", wanted: "" }];
  if (!isObject(schema) || depth > DEEPEST) return [];
  const inside = (one: unknown, of: Value, at: Path = path): Problem[] => look(root, one, of, at, depth + 1);
  const found: Problem[] = [];
  const wants = (holds: boolean, why: string): void => {
    if (!holds) found.push({ path, why, wanted: spelled(schema[why]) });
  };
  if (typeof schema["$ref"] === "string") found.push(...inside(pointed(root, schema["$ref"]), value));
  const { type } = schema;
  if (type !== undefined) wants((Array.isArray(type) ? (type as unknown[]) : [type]).some((one) => isOf(one, value)), "type");
  if ("const" in schema) wants(becomes(value, schema["const"]), "const");
  const { enum: options } = schema;
  if (Array.isArray(options)) wants(options.some((one) => becomes(value, one)), "enum");
  for (const name of ["allOf", "anyOf", "oneOf"] as const) {
    const all: unknown = schema[name];
    if (!Array.isArray(all)) continue;
    const each = all.map((one) => inside(one, value));
    const fit = each.filter((one) => one.length === 0).length;
    if (name === "allOf") found.push(...each.flat());
    else if (fit === 0) found.push(...(each.length === 1 ? (each[0] ?? []) : [{ path, why: name, wanted: "" }]));
    else if (name === "oneOf" && value.whole) wants(fit === 1, name);
  }
  if (value.kind === "object") found.push(...ofObject(schema, value, path, inside));
  else if (value.kind === "array") found.push(...ofArray(schema, value, path, inside));
  else if (value.kind === "string") ofString(schema, value, wants);
  else if (value.kind === "number" && value.whole) ofNumber(schema, Number(value.text), wants);
  return found;
}

type Inside = (schema: unknown, of: Value, at?: Path) => Problem[];
type Wants = (holds: boolean, why: string) => void;
const bound = (schema: JsonObject, name: string): number | null => (typeof schema[name] === "number" ? schema[name] : null);

function matcher(pattern: string): RegExp | null {
  try {
    return new RegExp(pattern, "u");
  } catch {
    return null;
  }
}

function ofObject(schema: JsonObject, value: Value & { kind: "object" }, path: Path, inside: Inside): Problem[] {
  const found: Problem[] = [];
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  const patterns = Object.entries(isObject(schema["patternProperties"]) ? schema["patternProperties"] : {}).map(([key, one]) => [matcher(key), one] as const);
  const others = schema["additionalProperties"];
  for (const field of value.fields) {
    const at = [...path, field.name];
    if (!field.named) {
      const open = others !== false || patterns.length > 0 || Object.keys(properties).some((name) => name.startsWith(field.name));
      if (!open) found.push({ path: at, why: "additionalProperties", wanted: field.name });
      continue;
    }
    const own = [
      ...(Object.hasOwn(properties, field.name) ? [properties[field.name]] : []),
      ...patterns.filter(([pattern]) => pattern?.test(field.name) === true).map(([, one]) => one),
    ];
    if (own.length === 0 && others === false) found.push({ path: at, why: "additionalProperties", wanted: field.name });
    if (own.length === 0 && others !== undefined && others !== false) own.push(others);
    const inner = field.value;
    if (inner !== null) found.push(...own.flatMap((one) => inside(one, inner, at)));
  }
  const count = new Set(value.fields.map((field) => field.name)).size;
  const most = bound(schema, "maxProperties");
  if (most !== null && count > most) found.push({ path, why: "maxProperties", wanted: String(most) });
  if (!value.whole) return found;
  const least = bound(schema, "minProperties");
  if (least !== null && count < least) found.push({ path, why: "minProperties", wanted: String(least) });
  for (const name of Array.isArray(schema["required"]) ? (schema["required"] as unknown[]) : []) {
    if (!value.fields.some((field) => field.name === name)) found.push({ path, why: "required", wanted: String(name) });
  }
  return found;
}

function ofArray(schema: JsonObject, value: Value & { kind: "array" }, path: Path, inside: Inside): Problem[] {
  const first = Array.isArray(schema["prefixItems"]) ? (schema["prefixItems"] as unknown[]) : [];
  const found = value.items.flatMap((item, i) => inside(i < first.length ? first[i] : schema["items"], item, [...path, i]));
  const [least, most] = [bound(schema, "minItems"), bound(schema, "maxItems")];
  if (most !== null && value.items.length > most) found.push({ path, why: "maxItems", wanted: String(most) });
  if (value.whole && least !== null && value.items.length < least) found.push({ path, why: "minItems", wanted: String(least) });
  return found;
}

function ofString(schema: JsonObject, { text, whole }: Value & { text: string }, wants: Wants): void {
  const { length } = Array.from(text);
  const [least, most] = [bound(schema, "minLength"), bound(schema, "maxLength")];
  if (most !== null) wants(length <= most, "maxLength");
  if (!whole) return;
  if (least !== null) wants(length >= least, "minLength");
  if (typeof schema["pattern"] === "string") wants(matcher(schema["pattern"])?.test(text) !== false, "pattern");
}

function ofNumber(schema: JsonObject, value: number, wants: Wants): void {
  const at = (name: string, holds: (bound: number) => boolean): void => {
    const limit = bound(schema, name);
    if (limit !== null) wants(holds(limit), name);
  };
  at("minimum", (limit) => value >= limit);
  at("maximum", (limit) => value <= limit);
  at("exclusiveMinimum", (limit) => value > limit);
  at("exclusiveMaximum", (limit) => value < limit);
  at("multipleOf", (step) => Math.abs(value / step - Math.round(value / step)) < 1e-9);
}
