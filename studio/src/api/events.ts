// Server-sent events as they come. The reader starts nothing again by itself: it says how the stream ended.
import { ask, type Asking } from "./call";
import { Fault, asFault, faultOf } from "./fault";
import { heardNothing } from "./life";

export interface ServerEvent {
  event: string;
  data: string;
}

/** Text in, events out, however the text was cut. */
export class EventParser {
  private rest = "";
  private event = "";
  private data: string[] = [];

  push(text: string): ServerEvent[] {
    const found: ServerEvent[] = [];
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "") {
        if (this.data.length > 0) found.push({ event: this.event || "message", data: this.data.join("\n") });
        this.event = "";
        this.data = [];
      } else if (!line.startsWith(":")) {
        this.field(line);
      }
    }
    return found;
  }

  private field(line: string): void {
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") this.data.push(value);
    else if (name === "event") this.event = value;
  }
}

export interface Stream<Shape> {
  headers: Headers;
  /** Each event's JSON. It ends after [DONE], or after what is the last word of its kind; a stream that broke off before,
   * or an error within it, is thrown as a Fault. */
  events: AsyncGenerator<Shape, void>;
}

export async function stream<Shape>(path: string, asking: Asking): Promise<Stream<Shape>> {
  const answer = await ask(path, asking);
  return { headers: answer.headers, events: events<Shape>(answer) };
}

interface Ending {
  type?: unknown;
  index?: unknown;
  of?: unknown;
}

const LAST = new Set([
  "speech.audio.done", "transcript.text.done", "response.completed", "response.incomplete", "response.failed",
]);

/** Whether nothing comes behind this event: streams of typed events have no [DONE]. Of pictures each is completed, the
 * last of them last. */
export function isLast(told: unknown): boolean {
  if (typeof told !== "object" || told === null) return false;
  const { type, index, of } = told as Ending;
  if (typeof type !== "string") return false;
  if (/^image_\w+\.completed$/.test(type)) return typeof of !== "number" || typeof index !== "number" || index + 1 >= of;
  return LAST.has(type);
}

export async function* events<Shape>(answer: Response): AsyncGenerator<Shape, void> {
  if (answer.body === null) throw new Fault("away", "");
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  const parser = new EventParser();
  let over = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      for (const { data } of parser.push(value)) {
        if (data === "[DONE]") return;
        const told: unknown = JSON.parse(data);
        if (typeof told === "object" && told !== null && "error" in told) throw faultOf(told, answer.status, data);
        over = isLast(told);
        yield told as Shape;
      }
    }
  } catch (thrown) {
    const fault = asFault(thrown);
    if (over && fault.kind === "away") return;
    if (fault.kind === "away") heardNothing();
    throw fault;
  } finally {
    void reader.cancel().catch(() => undefined);
  }
  if (over) return;
  heardNothing();
  throw new Fault("away", "");
}
