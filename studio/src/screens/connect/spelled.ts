// Commands and settings as they are typed. Names of models are plain letters, so that nothing has to be quoted of them.
import { text } from "../../text";
import type { Ability } from "./clients";

export interface About {
  origin: string;
  /** With /v1. */
  base: string;
  model: string;
  ability: Ability;
  /** Whether the server wants a key. It stands nowhere here: a variable of the environment holds it. */
  keyed: boolean;
}

/** Words that a model of pictures knows, as far as that is known: a label. */
export const picture = (model: string): string => text.images.examples[model]?.[0] ?? "7";

export interface Step {
  where: string;
  code: string;
}

const SAVE_B64 = (field: string, file: string): string => ` \\\n  | python3 -c "import base64, json, sys; print(json.load(sys.stdin)${field})" | base64 -d > ${file}`;

/** One request by curl, that a shell of any kind of Unix takes. */
export function forSh({ base, model, ability, keyed }: About): string {
  const asked = (path: string, body: object, rest = "", more = ""): string =>
    `curl -s${more} ${base}${path} -H 'content-type: application/json'${keyed ? ' \\\n  -H "authorization: Bearer $OPENAI_API_KEY"' : ""} \\\n  -d '${JSON.stringify(body)}'${rest}`;
  switch (ability) {
    case "chat":
      return asked("/chat/completions", { model, messages: [{ role: "user", content: "Name three rivers." }], stream: true }, "", "N");
    case "text":
      return asked("/completions", { model, prompt: "The river", max_tokens: 40, stream: true }, "", "N");
    case "code":
      return [
        asked("/completions", { model, prompt: "def mean(values):\n    ", max_tokens: 60 }),
        asked("/fim/completions", { model, prompt: "def add(a, b):\n    ", suffix: "\n\nprint(add(1, 2))", max_tokens: 40 }),
      ].join("\n\n");
    case "image":
      return asked("/images/generations", { model, prompt: picture(model), seed: 1 }, SAVE_B64("['data'][0]['b64_json']", "picture.png"));
    case "music":
      return asked("/anew/music/compose", { model, seed: 1, format: "mid" }, SAVE_B64("['pieces'][0]['b64']", "piece.mid"));
    case "speech":
      return asked("/audio/speech", { model, voice: "default", input: "Come in, and bring a song.", response_format: "wav" }, " -o speech.wav");
    case "audio":
      return asked("/anew/audio/generate", { model, seed: 1 }, " -o sound.wav");
    case "table":
      return asked("/anew/generate", { model, n: 5, seed: 1 });
    case "vectors":
      return asked("/embeddings", { model, input: ["a river", "a stream"] });
  }
}

const HEAD = "name: anew\nversion: 0.0.1\nschema: v1\nmodels:\n  - name: anew\n";

function continued({ keyed }: About, provider: string, rest: string): Step[] {
  const { where } = text.connect;
  const key = keyed ? "${{ secrets.ANEW_API_KEY }}" : "any";
  const config = { where: where.file("~/.continue/config.yaml"), code: `${HEAD}    provider: ${provider}\n${rest}    apiKey: ${key}` };
  return keyed ? [{ where: where.file("~/.continue/.env"), code: `ANEW_API_KEY=` }, config] : [config];
}

export const chatSteps = (about: About): Step[] =>
  continued(about, "openai", `    model: ${about.model}\n    apiBase: ${about.base}\n    roles: [chat, edit, apply]\n`);

/** What stands at the cursor, between what is before and what is behind it. */
export const fimSteps = (about: About): Step[] =>
  continued(about, "mistral", `    model: ${about.model}\n    apiBase: ${about.base}\n    roles: [autocomplete]\n`);
