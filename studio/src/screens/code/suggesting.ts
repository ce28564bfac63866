// Suggestions by a model: asked with what stands before the cursor and behind it, told word by word, and without a last
// word that was cut off.
import { behind, between, type Between, type Piece } from "../../api/code";
import { asFault } from "../../api/fault";
import { isSeed, type Dials } from "./dials";

const BEFORE = 12_000; // characters that are sent of either side: more than a model here has room for
const AFTER = 6_000;
const LIKELY = 0.05; // what is less likely than this share of the likeliest is not drawn
const PARTED = "\n\n\n"; // what comes behind is another part of the file

export function askedFor(model: string, before: string, after: string, dials: Dials): Between {
  const restOfLine = /^[^\n]*/.exec(after)?.[0] ?? "";
  return {
    model,
    prompt: before.slice(-BEFORE),
    suffix: after.slice(0, AFTER),
    max_tokens: dials.length,
    temperature: dials.temperature,
    min_p: LIKELY,
    stop: restOfLine.trim() === "" ? [PARTED] : ["\n"],
    ...(dials.locked && isSeed(dials.seed) ? { seed: Number(dials.seed) } : {}),
  };
}

/** The same text in pieces that end where a word does; one that its greatest length cut off is left out, and so is what
 * is blank at the end. */
export async function* words(pieces: AsyncIterable<Piece>): AsyncGenerator<string, void> {
  let held = "";
  let ending: string | null = null;
  for await (const piece of pieces) {
    held += piece.text;
    ending = piece.ending ?? ending;
    const whole = /^[\s\S]*(?:[^\p{L}\p{N}_\s]|[\p{L}\p{N}_](?=\s))/u.exec(held)?.[0] ?? "";
    if (whole !== "") yield whole;
    held = held.slice(whole.length);
  }
  if (held.trim() !== "" && ending !== "length") yield held.trimEnd();
}

/** Asks models that learnt to look at both sides in that way, and others with what stands before alone. */
export class Suggestions {
  private readonly lookBefore = new Set<string>();

  /** Whether a model was found to look at what stands before alone. */
  looksBefore(model: string): boolean {
    return this.lookBefore.has(model);
  }

  async *between(model: string, before: string, after: string, dials: Dials, signal: AbortSignal): AsyncGenerator<string, void> {
    const asked = askedFor(model, before, after, dials);
    if (!this.lookBefore.has(model)) {
      try {
        yield* words(between(asked, signal));
        return;
      } catch (thrown) {
        if (asFault(thrown).param !== "suffix") throw thrown;
        this.lookBefore.add(model);
      }
    }
    const rest: Omit<Between, "suffix"> & { suffix?: string } = { ...asked };
    delete rest.suffix;
    yield* words(behind(rest, signal));
  }
}
