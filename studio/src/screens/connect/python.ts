// Scripts that read from the environment where to go and with which key.
import { picture, type About } from "./spelled";

const ASKED = `[{"role": "user", "content": "Name three rivers."}]`;

export function openai({ model, ability }: About): string {
  const head = "from openai import OpenAI\n\nclient = OpenAI()  # OPENAI_BASE_URL and OPENAI_API_KEY say where\n";
  switch (ability) {
    case "image":
      return `import base64\nfrom pathlib import Path\n\n${head}drawn = client.images.generate(\n    model="${model}", prompt="${picture(model)}", extra_body={"seed": 1}\n)\nPath("picture.png").write_bytes(base64.b64decode(drawn.data[0].b64_json))\n`;
    case "speech":
      return `${head}with client.audio.speech.with_streaming_response.create(\n    model="${model}", voice="default", input="Come in, and bring a song.", response_format="wav"\n) as spoken:\n    spoken.stream_to_file("speech.wav")\n`;
    case "vectors":
      return `${head}vectors = client.embeddings.create(model="${model}", input=["a river", "a stream"])\nprint(len(vectors.data), "vectors of", len(vectors.data[0].embedding))\n`;
    case "text":
    case "code": {
      const prompt = ability === "code" ? String.raw`"def mean(values):\n    "` : `"The river"`;
      return `${head}for chunk in client.completions.create(\n    model="${model}", prompt=${prompt}, max_tokens=60, stream=True\n):\n    print(chunk.choices[0].text, end="", flush=True)\n`;
    }
    default:
      return `${head}for chunk in client.chat.completions.create(\n    model="${model}", messages=${ASKED}, stream=True\n):\n    print(chunk.choices[0].delta.content or "", end="", flush=True)\n`;
  }
}

export function node({ model, ability }: About): string {
  const head = `import OpenAI from "openai";\n\nconst client = new OpenAI(); // OPENAI_BASE_URL and OPENAI_API_KEY say where\n`;
  switch (ability) {
    case "image":
      return `import { writeFile } from "node:fs/promises";\n${head}const drawn = await client.images.generate({\n  model: "${model}", prompt: "${picture(model)}", seed: 1,\n});\nawait writeFile("picture.png", Buffer.from(drawn.data[0].b64_json, "base64"));\n`;
    case "speech":
      return `import { writeFile } from "node:fs/promises";\n${head}const spoken = await client.audio.speech.create({\n  model: "${model}", voice: "default", input: "Come in, and bring a song.", response_format: "wav",\n});\nawait writeFile("speech.wav", Buffer.from(await spoken.arrayBuffer()));\n`;
    case "vectors":
      return `${head}const vectors = await client.embeddings.create({\n  model: "${model}", input: ["a river", "a stream"],\n});\nconsole.log(vectors.data.length, "vectors of", vectors.data[0].embedding.length);\n`;
    case "text":
    case "code": {
      const prompt = ability === "code" ? String.raw`"def mean(values):\n    "` : `"The river"`;
      return `${head}const stream = await client.completions.create({\n  model: "${model}", prompt: ${prompt}, max_tokens: 60, stream: true,\n});\nfor await (const chunk of stream) process.stdout.write(chunk.choices[0].text);\n`;
    }
    default:
      return `${head}const stream = await client.chat.completions.create({\n  model: "${model}", messages: [{ role: "user", content: "Name three rivers." }], stream: true,\n});\nfor await (const chunk of stream) process.stdout.write(chunk.choices[0].delta.content ?? "");\n`;
  }
}

export function langchain({ model, ability }: About): string {
  if (ability === "vectors") {
    return `from langchain_openai import OpenAIEmbeddings\n\n# without check_embedding_ctx_length=False it sends the tokens of another model instead of texts\nembedder = OpenAIEmbeddings(model="${model}", check_embedding_ctx_length=False)\nprint("a vector of", len(embedder.embed_query("a river")))\n`;
  }
  return `from langchain_openai import ChatOpenAI\n\nmodel = ChatOpenAI(model="${model}")  # OPENAI_BASE_URL and OPENAI_API_KEY say where\nfor chunk in model.stream("Name three rivers."):\n    print(chunk.text, end="", flush=True)\n`;
}

export function litellm({ model, ability }: About): string {
  const head = `import os\n\nos.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # or it looks for prices on the net\nimport litellm\n\nmodel = "openai/${model}"  # the prefix says which protocol\nwhere = {"api_base": os.environ["OPENAI_BASE_URL"], "api_key": os.environ["OPENAI_API_KEY"]}\n`;
  if (ability === "image") {
    return `import base64\nfrom pathlib import Path\n${head}drawn = litellm.image_generation(model=model, prompt="${picture(model)}", extra_body={"seed": 1}, **where)\nPath("picture.png").write_bytes(base64.b64decode(drawn.data[0].b64_json))\n`;
  }
  if (ability === "vectors") {
    return `${head}vectors = litellm.embedding(model=model, input=["a river"], encoding_format="float", **where)\nprint("a vector of", len(vectors.data[0]["embedding"]))\n`;
  }
  return `${head}for chunk in litellm.completion(\n    model=model, messages=${ASKED}, stream=True, **where\n):\n    print(chunk.choices[0].delta.content or "", end="", flush=True)\n`;
}

export const instructor = ({ model }: About): string => `import instructor
from openai import OpenAI
from pydantic import BaseModel


class River(BaseModel, extra="forbid"):  # or a small model makes up fields of its own
    name: str
    kilometres: int


client = instructor.from_openai(OpenAI(), mode=instructor.Mode.JSON_SCHEMA)
river = client.chat.completions.create(
    model="${model}", messages=[{"role": "user", "content": "Describe the Nile."}], response_model=River,
    max_tokens=200, max_retries=0,
)
print(repr(river))
`;

export const pydanticAi = ({ model }: About): string => `from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.settings import ModelSettings

agent = Agent(OpenAIChatModel("${model}"), model_settings=ModelSettings(max_tokens=200))
print(agent.run_sync("Name three rivers.").output)
`;

export const agents = ({ model }: About): string => `from agents import Agent, ModelSettings, Runner, set_tracing_disabled

set_tracing_disabled(True)  # or it tells OpenAI of every run
agent = Agent(name="Teller", model="${model}", model_settings=ModelSettings(temperature=0))
print(Runner.run_sync(agent, "Name three rivers.").final_output)
`;
