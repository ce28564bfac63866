// A recipe's values as TOML, as `anew recipe show` writes them: a file that `anew run` takes.
type Table = Record<string, unknown>;

const BARE = /^[A-Za-z0-9_-]+$/;
const isTable = (value: unknown): value is Table => typeof value === "object" && value !== null && !Array.isArray(value);
const keyOf = (name: string): string => (BARE.test(name) ? name : JSON.stringify(name));

function spelled(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spelled).join(", ")}]`;
  if (isTable(value)) return `{ ${Object.entries(value).map(([name, inner]) => `${keyOf(name)} = ${spelled(inner)}`).join(", ")} }`;
  return JSON.stringify(value);
}

export function toml(values: Table, path: readonly string[] = []): string {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined);
  const lines = given.filter(([, value]) => !isTable(value)).map(([name, value]) => `${keyOf(name)} = ${spelled(value)}`);
  const head = path.length > 0 && lines.length > 0 ? [`[${path.map(keyOf).join(".")}]`] : [];
  const own = [...head, ...lines].join("\n");
  const tables = given.filter(([, value]) => isTable(value)).map(([name, value]) => toml(value as Table, [...path, name]));
  return [own, ...tables].filter((piece) => piece !== "").join("\n\n");
}
