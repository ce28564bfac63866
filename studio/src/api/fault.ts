// What went wrong, in the server's own words.

/** away: no answer came; key: one is needed, or this one opens nothing; stopped: whoever asked has left. */
export type FaultKind = "away" | "key" | "refused" | "stopped";

export class Fault extends Error {
  readonly kind: FaultKind;
  readonly status: number;
  readonly code: string | null;
  readonly param: string | null;
  readonly retryAfter: number | null;

  constructor(kind: FaultKind, message: string, more: Partial<Pick<Fault, "status" | "code" | "param" | "retryAfter">> = {}) {
    super(message);
    this.name = "Fault";
    this.kind = kind;
    this.status = more.status ?? 0;
    this.code = more.code ?? null;
    this.param = more.param ?? null;
    this.retryAfter = more.retryAfter ?? null;
  }

  /** What the server said, and the command that it names behind that. */
  get parts(): { said: string; command: string | null } {
    const [said = "", command] = this.message.split(/;?\s*(?:next|try): /, 2);
    return { said, command: command ?? null };
  }
}

interface ErrorBody {
  error?: { message?: unknown; code?: unknown; param?: unknown };
}

const words = (value: unknown): string | null => (typeof value === "string" ? value : null);

/** The fault that an error's body tells of, whole or as the last event of a stream. */
export function faultOf(body: unknown, status: number, fallback: string, retryAfter: number | null = null): Fault {
  const told = typeof body === "object" && body !== null ? (body as ErrorBody).error : undefined;
  return new Fault(status === 401 ? "key" : "refused", words(told?.message) ?? fallback, {
    status,
    code: words(told?.code),
    param: words(told?.param),
    retryAfter,
  });
}

/** Anything that was thrown, as a fault. */
export function asFault(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  if (thrown instanceof DOMException && thrown.name === "AbortError") return new Fault("stopped", "");
  return new Fault("away", thrown instanceof Error ? thrown.message : String(thrown));
}
