// What to type so that a program asks this server: its address and a model filled in, a key by the name of a variable.
import { text } from "../../text";
import { chatSteps, fimSteps, forSh, type About, type Step } from "./spelled";
import * as python from "./python";

export const GROUPS = ["line", "library", "editor"] as const;
export type Group = (typeof GROUPS)[number];

/** What a client can be used for; a model that chats goes on with texts, too. */
export type Ability = "chat" | "text" | "code" | "image" | "music" | "speech" | "audio" | "table" | "vectors";

export interface Client {
  id: string;
  name: string;
  group: Group;
  can: readonly Ability[];
  /** Whether our own checks run it. */
  tried: boolean;
  steps: (about: About) => Step[];
}

const { where } = text.connect;
const ALL: readonly Ability[] = ["chat", "text", "code", "image", "music", "speech", "audio", "table", "vectors"];

/** Where to go, in variables that every client of OpenAI's reads. */
function variables({ base, keyed }: About): Step {
  return keyed
    ? { where: where.shellKey, code: `export OPENAI_BASE_URL=${base}\nread -rs OPENAI_API_KEY && export OPENAI_API_KEY` }
    : { where: where.shell, code: `export OPENAI_BASE_URL=${base} OPENAI_API_KEY=any` };
}

const install = (command: string): Step => ({ where: where.install, code: command });

const script = (packages: string, file: string, body: (about: About) => string) => (about: About): Step[] =>
  [install(`pip install ${packages}`), variables(about), { where: where.file(file), code: body(about) }, { where: where.run, code: `python ${file}` }];

export const CLIENTS: readonly Client[] = [
  {
    id: "curl", name: "curl", group: "line", can: ALL, tried: true,
    steps: (about) => [...(about.keyed ? [{ where: where.key, code: "read -rs OPENAI_API_KEY && export OPENAI_API_KEY" }] : []), { where: where.anyShell, code: forSh(about) }],
  },
  {
    id: "llm", name: "llm", group: "line", can: ["chat"], tried: true,
    steps: ({ base, model, keyed }) => [
      install("pip install llm"),
      { where: where.file("~/.config/io.datasette.llm/extra-openai-models.yaml"), code: `- model_id: ${model}\n  model_name: ${model}\n  api_base: ${base}` },
      { where: keyed ? where.asksKey : where.shell, code: keyed ? "llm keys set openai" : "llm keys set openai --value any" },
      { where: where.run, code: `llm -m ${model} 'Name three rivers.'` },
    ],
  },
  {
    id: "python", name: "openai (Python)", group: "library", can: ["chat", "text", "code", "image", "speech", "vectors"], tried: true,
    steps: (about) => script("openai", "ask.py", python.openai)(about),
  },
  {
    id: "node", name: "openai (Node)", group: "library", can: ["chat", "text", "code", "image", "speech", "vectors"], tried: true,
    steps: (about) => [install("npm install openai"), variables(about), { where: where.file("ask.mjs"), code: python.node(about) }, { where: where.run, code: "node ask.mjs" }],
  },
  { id: "langchain", name: "LangChain", group: "library", can: ["chat", "vectors"], tried: true, steps: (about) => script("langchain-openai", "ask.py", python.langchain)(about) },
  { id: "litellm", name: "LiteLLM", group: "library", can: ["chat", "image", "vectors"], tried: true, steps: (about) => script("litellm", "ask.py", python.litellm)(about) },
  { id: "instructor", name: "Instructor", group: "library", can: ["chat"], tried: true, steps: (about) => script("instructor", "ask.py", python.instructor)(about) },
  { id: "pydantic", name: "Pydantic AI", group: "library", can: ["chat"], tried: true, steps: (about) => script("'pydantic-ai-slim[openai]'", "ask.py", python.pydanticAi)(about) },
  { id: "agents", name: "OpenAI Agents SDK", group: "library", can: ["chat"], tried: true, steps: (about) => script("openai-agents", "ask.py", python.agents)(about) },
  { id: "continue", name: "Continue", group: "editor", can: ["chat", "code"], tried: false, steps: (about) => (about.ability === "code" ? fimSteps(about) : chatSteps(about)) },
  {
    id: "llamavim", name: "llama.vim", group: "editor", can: ["code"], tried: false,
    steps: ({ origin, model, keyed }) => [
      { where: where.file("~/.vimrc"), code: `let g:llama_config = { 'endpoint_fim': '${origin}/infill', 'model_fim': '${model}'${keyed ? ", 'api_key': $OPENAI_API_KEY" : ""} }` },
    ],
  },
  {
    id: "openwebui", name: "Open WebUI", group: "editor", can: ["chat"], tried: false,
    steps: ({ base, keyed }) => [
      ...(keyed ? [{ where: where.key, code: "read -rs OPENAI_API_KEY && export OPENAI_API_KEY" }] : []),
      { where: where.start, code: `OPENAI_API_BASE_URL=${base} ${keyed ? "" : "OPENAI_API_KEY=any "}open-webui serve` },
    ],
  },
  { id: "sillytavern", name: "SillyTavern", group: "editor", can: ["chat"], tried: false, steps: ({ base }) => [{ where: where.sillyTavern, code: base }] },
  {
    id: "aider", name: "aider", group: "editor", can: ["chat"], tried: false,
    steps: ({ base, model, keyed }) => [
      install("pip install aider-chat"),
      ...(keyed ? [{ where: where.key, code: "read -rs OPENAI_API_KEY && export OPENAI_API_KEY" }] : []),
      { where: where.start, code: `OPENAI_API_BASE=${base} ${keyed ? "" : "OPENAI_API_KEY=any "}aider --model openai/${model}` },
    ],
  },
];
