"""OpenAI's own client: a stream, a tool call, an object of a schema, vectors and, with a model for them, pictures."""

import base64
import json
import os
from pathlib import Path

from openai import OpenAI
from pydantic import BaseModel

client = OpenAI()  # OPENAI_BASE_URL and OPENAI_API_KEY say where
model = os.environ.get("MODEL", "smollm2-135m-instruct")


def ask(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


for chunk in client.chat.completions.create(
    model=model, messages=ask("Name three rivers."), seed=1, max_tokens=40, stream=True
):
    print(chunk.choices[0].delta.content or "", end="", flush=True)
print()

city = {"type": "string", "maxLength": 20}
place = {"type": "object", "properties": {"city": city}, "required": ["city"], "additionalProperties": False}
weather = {"type": "function", "function": {"name": "weather", "description": "of a city", "parameters": place}}
answer = client.chat.completions.create(
    model=model, messages=ask("How is the weather in Paris?"), tools=[weather], tool_choice="required", seed=1
)
(call, *_) = answer.choices[0].message.tool_calls
print(call.function.name, json.loads(call.function.arguments))


class River(BaseModel):
    name: str
    kilometres: int


parsed = client.chat.completions.parse(
    model=model, messages=ask("Describe the Nile."), response_format=River, seed=1, max_tokens=200
)
print(repr(parsed.choices[0].message.parsed))

vectors = client.embeddings.create(model=os.environ.get("EMBEDDER", model), input=["a river", "a stream"])
print(len(vectors.data), "vectors of", len(vectors.data[0].embedding))

if painter := os.environ.get("PAINTER"):
    for event in client.images.generate(
        model=painter, prompt="7", stream=True, partial_images=2, extra_body={"seed": 1}
    ):  # looks at it while it is made, then the picture
        print(event.type)
    Path("picture.png").write_bytes(base64.b64decode(event.b64_json))
