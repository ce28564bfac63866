// What is asked of a model of pictures: the settings as they are typed, what is wrong with them, and the request.
import type { PictureRequest } from "../../api/shapes";
import { text } from "../../text";

/** Numbers as they were typed; what is empty is as the model has it. */
export interface Settings {
  prompt: string;
  negative: string;
  n: number;
  size: string;
  steps: string;
  guidance: string;
  sampler: string;
  temperature: string;
  seed: string;
  locked: boolean;
  keepAll: boolean;
}

export const USUAL: Settings = {
  prompt: "", negative: "", n: 4, size: "", steps: "", guidance: "", sampler: "", temperature: "", seed: "1", locked: false, keepAll: true,
};

export const MOST = 10; // pictures of one request
export const LOOKS = 3; // what the server shows at most of a picture while it is made

type Typed = { [Name in keyof Settings]: Settings[Name] extends string ? Name : never }[keyof Settings];
const TYPED: readonly Typed[] = ["prompt", "negative", "size", "steps", "guidance", "sampler", "temperature", "seed"];

/** Settings from whatever was kept: what is none is as usual. */
export function readSettings(kept: unknown): Settings {
  if (typeof kept !== "object" || kept === null) return USUAL;
  const given = kept as Record<string, unknown>;
  const read: Settings = { ...USUAL, locked: given["locked"] === true, keepAll: given["keepAll"] !== false };
  for (const name of TYPED) {
    const value = given[name];
    if (typeof value === "string") read[name] = value;
  }
  const { n } = given;
  if (typeof n === "number" && Number.isInteger(n) && n >= 1 && n <= MOST) read.n = n;
  return read;
}

/** Whether it is a seed that the server takes, and that a number of JavaScript holds exactly. */
export const isSeed = (typed: string): boolean => /^\d{1,16}$/.test(typed) && Number.isSafeInteger(Number(typed) + MOST);

export const drawnSeed = (): number => Math.floor(Math.random() * 2 ** 31);

const isNumber = (typed: string): boolean => typed.trim() !== "" && Number.isFinite(Number(typed));

/** What is wrong with what was typed, by the server's names of the fields. */
export function wrongs(settings: Settings): Readonly<Record<string, string | undefined>> {
  const found: Record<string, string> = {};
  const { images } = text;
  if (settings.locked && !isSeed(settings.seed)) found["seed"] = images.seedWrong;
  for (const name of ["steps", "guidance", "temperature"] as const) {
    if (settings[name].trim() !== "" && !isNumber(settings[name])) found[name] = images.numberWrong;
  }
  if (settings.size.trim() !== "" && !/^[1-9]\d{0,4}x[1-9]\d{0,4}$/.test(settings.size.trim())) found["size"] = images.sizeWrong;
  return found;
}

export function requestFor(settings: Settings, model: string, seed: number): PictureRequest {
  const asked: PictureRequest = { model, prompt: settings.prompt.trim(), n: settings.n, seed };
  if (isNumber(settings.steps)) asked.steps = Number(settings.steps);
  if (isNumber(settings.guidance)) asked.guidance = Number(settings.guidance);
  if (isNumber(settings.temperature)) asked.temperature = Number(settings.temperature);
  if (settings.negative.trim() !== "") asked.negative_prompt = settings.negative.trim();
  if (settings.sampler !== "") asked.sampler = settings.sampler;
  if (settings.size.trim() !== "") asked.size = settings.size.trim();
  return asked;
}

/** The request that draws one of several alone: picture i is drawn from seed + i. */
export function aloneOf<Request extends PictureRequest>(request: Request, i: number): Request {
  return { ...request, n: 1, seed: (request.seed ?? 0) + i };
}

/** The settings behind a request that was kept, whatever is in it; null where it is none for pictures. */
export function settingsOf(body: unknown, now: Settings): { model: string | null; settings: Settings } | null {
  if (typeof body !== "object" || body === null) return null;
  const given = body as Record<string, unknown>;
  const word = (name: string): string => {
    const value = given[name];
    return typeof value === "string" || typeof value === "number" ? String(value) : "";
  };
  const seed = word("seed");
  const settings: Settings = {
    ...now,
    prompt: word("prompt") || word("class"),
    negative: word("negative_prompt"),
    n: 1,
    size: word("size") === "auto" ? "" : word("size"),
    steps: word("steps"),
    guidance: word("guidance"),
    sampler: word("sampler"),
    temperature: word("temperature"),
    ...(isSeed(seed) ? { seed, locked: true } : {}),
  };
  return { model: word("model") || null, settings };
}
