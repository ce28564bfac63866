// The answers of the server under short names. Those of OpenAI's own addresses stand here by hand, as far as the studio
// reads them.
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Machine = Schemas["Machine"];
export type Speed = Schemas["Speed"];
export type Queue = Schemas["Queue"];
export type Run = Schemas["Run"];
export type Runs = Schemas["Runs"];
export type Creation = Schemas["Listed"];
export type CreationList = Schemas["KeptList"];
/** With the request that makes it. */
export type KeptCreation = Schemas["Kept"];
export type Replayed = Schemas["Replayed"];
export type Walked = Schemas["Walked"];
export type NeighboursFound = Schemas["Found"];
/** The fields that are told of, without "and any other". */
type Declared<Shape> = { [Name in keyof Shape as string extends Name ? never : Name]: Shape[Name] };

/** A request: what has a default may be left out. */
type Asked<Shape, Needed extends keyof Shape> = Partial<Shape> & Pick<Shape, Needed>;

export type CompletionRequest = Asked<Declared<Schemas["CompletionRequest"]>, "model" | "prompt">;
export type ChatRequest = Asked<Omit<Declared<Schemas["ChatRequest"]>, "messages">, "model"> & { messages: Message[] };

export type PictureRequest = Asked<Declared<Schemas["GenerationRequest"]>, "model" | "prompt">;

export interface PictureEvent {
  type: "image_generation.partial_image" | "image_generation.completed" | "image_edit.partial_image" | "image_edit.completed";
  b64_json: string;
  size: string;
  index?: number;
  of?: number;
  partial_image_index?: number;
}

export interface Message {
  role: "system" | "user" | "assistant";
  content: string;
}

/** What may be asked of a model by a field of its address's requests: a JSON Schema. `usual`: what its recipe has, where
 * that is not what it is when it is left out. */
export interface Dial {
  type?: "integer" | "number" | "string" | "boolean";
  enum?: (string | number)[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  default?: string | number | boolean;
  usual?: string | number | boolean;
  unit?: string;
}

/** What a server does not tell of a model is left out: a ready voice has no bytes. */
export interface Model {
  id: string;
  created: number;
  anew: {
    modality: string;
    does?: string | null;
    bytes?: number;
    id?: string;
    context?: number | null;
    params?: number | null;
    trained_here?: boolean;
    licence?: string | null;
    address?: string | null;
    labels?: string[];
    captions?: boolean;
    sizes?: string[];
    any_size?: boolean;
    chats?: boolean;
    fills?: boolean;
    speaks?: boolean;
    latents?: boolean;
    varies?: boolean;
    inpaints?: boolean;
    options?: Record<string, Dial>;
  };
}

export interface ModelList {
  data: Model[];
}

export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
}

export interface CompletionChunk {
  choices: {
    text: string;
    finish_reason: string | null;
    logprobs: {
      tokens: string[];
      token_logprobs: (number | null)[];
      top_logprobs: (Record<string, number> | null)[];
      /** All of them, also those that are spelled alike. */
      anew?: { top: ({ token: string; logprob: number }[] | null)[] };
    } | null;
  }[];
  usage?: Usage | null;
}

interface Likely {
  token: string;
  logprob: number;
}

export interface ChatChunk {
  choices: {
    delta: { content?: string | null };
    finish_reason: string | null;
    logprobs: { content: (Likely & { top_logprobs: Likely[] })[] } | null;
  }[];
  usage?: Usage | null;
}

export type ComposeRequest = Asked<Declared<Schemas["Compose"]>, "model">;
export type Pieces = Declared<Schemas["Pieces"]> & { pieces: Declared<Schemas["Piece"]>[] };
export type Rendered = Declared<Schemas["Rendered"]>;
export type MadeSound = Declared<Schemas["MadeSound"]>;
export type MadeSounds = Omit<Declared<Schemas["Sounds"]>, "sounds"> & { sounds: MadeSound[] };

export interface SoundRequest {
  model: string;
  n: number;
  seed: number;
  answer: "json";
  label?: string;
  seconds?: number;
  loudness?: number;
  loop?: boolean;
}

/** The clips of a model's report: what is to be heard there, under titles. */
export interface Evidence {
  clips?: { title: string }[];
}

export interface SpeechRequest {
  model: string;
  voice: string;
  input: string;
  speed: number;
  response_format: "mp3" | "wav" | "flac" | "opus";
}

/** `refused`: why it says nothing, of one whose speaker did not agree. */
export interface Voice {
  id: string;
  name: string;
  model: string;
  refused?: string;
}

export interface VoiceList {
  data: Voice[];
}
