// The one place that talks HTTP. What the server said is passed on in its own words; that it said nothing is, too.
import { Fault, asFault, faultOf } from "./fault";
import { key } from "./key";
import { heardFrom, heardNothing, keyWanted } from "./life";

export interface Asking {
  method?: "GET" | "POST" | "PATCH" | "DELETE";
  /** Sent as JSON, or as it is where it is a form or a file. */
  body?: unknown;
  signal?: AbortSignal | undefined;
}

function headersFor(body: unknown): Headers {
  const headers = new Headers();
  const held = key();
  if (held !== null) headers.set("authorization", `Bearer ${held}`);
  if (body !== undefined && !(body instanceof FormData) && !(body instanceof Blob)) {
    headers.set("content-type", "application/json");
  }
  return headers;
}

function bodyOf(body: unknown): BodyInit | null {
  if (body === undefined) return null;
  return body instanceof FormData || body instanceof Blob ? body : JSON.stringify(body);
}

/** An answer that is none of an error. Fault otherwise. */
export async function ask(path: string, asking: Asking = {}): Promise<Response> {
  const { method = "GET", body, signal } = asking;
  let answer: Response;
  try {
    answer = await fetch(path.replace(/^\//, ""), {
      method,
      headers: headersFor(body),
      body: bodyOf(body),
      credentials: "omit",
      signal: signal ?? null,
    });
  } catch (thrown) {
    const fault = asFault(thrown);
    if (fault.kind === "away") heardNothing();
    throw fault;
  }
  heardFrom();
  if (answer.ok) return answer;
  const told: unknown = await answer.json().catch(() => null);
  const after = Number(answer.headers.get("retry-after") ?? Number.NaN);
  const fault = faultOf(told, answer.status, `${answer.status} ${answer.statusText}`, Number.isNaN(after) ? null : after);
  if (fault.kind === "key") keyWanted();
  throw fault;
}

/** An answer's JSON, which has the shape that the server's document tells of. */
export async function json<Shape>(path: string, asking: Asking = {}): Promise<Shape> {
  const answer = await ask(path, asking);
  try {
    return (await answer.json()) as Shape;
  } catch (thrown) {
    const fault = asFault(thrown);
    if (fault.kind === "away") heardNothing();
    throw fault.kind === "stopped" ? fault : new Fault("away", fault.message);
  }
}
