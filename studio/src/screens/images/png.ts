// What a PNG says of how it was made: the notes that every picture of anew's holds, or the line that other tools write.
// Nothing is unpacked, and no pixel is looked at.

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const NOTE = "anew";
const PARAMETERS = "parameters";
const MOST = 1 << 20; // bytes of one note
export const MOST_FILE = 20_000_000; // bytes, as the server takes them

/** What a request for the same picture says, under the server's names. */
export type Found = Readonly<Record<string, string | number>>;

/** Keyword and text of the chunks of text that are not packed. */
export function notesOf(bytes: Uint8Array): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  if (!SIGNATURE.every((byte, i) => bytes[i] === byte)) return found;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = SIGNATURE.length; at + 12 <= bytes.length; ) {
    const size = view.getUint32(at);
    const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (at + 12 + size > bytes.length || kind === "IEND") break;
    if ((kind === "iTXt" || kind === "tEXt") && size <= MOST) {
      const note = noteOf(kind, bytes.subarray(at + 8, at + 8 + size));
      if (note !== null) found.set(...note);
    }
    at += 12 + size;
  }
  return found;
}

function noteOf(kind: string, body: Uint8Array): [string, string] | null {
  const end = body.indexOf(0);
  if (end < 0) return null;
  const keyword = new TextDecoder("latin1").decode(body.subarray(0, end));
  if (kind === "tEXt") return [keyword, new TextDecoder("latin1").decode(body.subarray(end + 1))];
  if (body[end + 1] !== 0) return null; // packed
  const language = body.indexOf(0, end + 3);
  const translated = language < 0 ? -1 : body.indexOf(0, language + 1);
  return translated < 0 ? null : [keyword, new TextDecoder().decode(body.subarray(translated + 1))];
}

/** The settings in a PNG's notes; null where there are none that could be asked for. */
export function foundIn(bytes: Uint8Array): Found | null {
  const notes = notesOf(bytes);
  return ofNote(notes.get(NOTE)) ?? ofParameters(notes.get(PARAMETERS));
}

const CALLED: Readonly<Record<string, string | undefined>> = {
  steps: "steps", guidance: "guidance", solver: "sampler", temperature: "temperature", negative: "negative_prompt", size: "size",
};

function ofNote(note: string | undefined): Found | null {
  let told: unknown;
  try {
    told = JSON.parse(note ?? "");
  } catch {
    return null;
  }
  if (typeof told !== "object" || told === null) return null;
  const { model, seed, labels, options } = told as Record<string, unknown>;
  if (typeof seed !== "number") return null;
  const found: Record<string, string | number> = { seed };
  if (typeof model === "string") found["model"] = model;
  const label: unknown = Array.isArray(labels) ? labels[0] : null;
  if (typeof label === "string") found["prompt"] = label;
  for (const [name, value] of Object.entries(typeof options === "object" && options !== null ? options : {})) {
    const called = CALLED[name];
    if (called !== undefined && (typeof value === "string" || typeof value === "number")) found[called] = value;
  }
  return found;
}

const SPELLED: Readonly<Record<string, string | undefined>> = {
  steps: "steps", "cfg scale": "guidance", seed: "seed", model: "model",
};

function ofParameters(note: string | undefined): Found | null {
  const at = note?.search(/(^|\n)Steps: /) ?? -1;
  if (note === undefined || at < 0) return null;
  const [prompt = "", negative = ""] = note.slice(0, at).split("\nNegative prompt: ", 2);
  const found: Record<string, string | number> = { prompt: prompt.trim() };
  if (negative.trim() !== "") found["negative_prompt"] = negative.trim();
  for (const part of note.slice(at).trim().split(", ")) {
    const [name = "", value = ""] = part.split(": ", 2);
    const called = SPELLED[name.toLowerCase()];
    if (called !== undefined && value !== "") found[called] = called === "model" || Number.isNaN(Number(value)) ? value : Number(value);
  }
  return "seed" in found ? found : null;
}
