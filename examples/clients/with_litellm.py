"""LiteLLM: a stream, a tool call, an object of a schema, vectors and, with a model for them, pictures."""

import base64
import json
import os
from pathlib import Path

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # or it looks for prices on the net
import litellm
from pydantic import BaseModel

model = "openai/" + os.environ.get("MODEL", "smollm2-135m-instruct")  # the prefix says which protocol
where = {"api_base": os.environ["OPENAI_BASE_URL"], "api_key": os.environ["OPENAI_API_KEY"]}


def ask(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


for chunk in litellm.completion(
    model=model, messages=ask("Name three rivers."), seed=1, max_tokens=40, stream=True, **where
):
    print(chunk.choices[0].delta.content or "", end="", flush=True)
print()

city = {"type": "string", "maxLength": 20}
place = {"type": "object", "properties": {"city": city}, "required": ["city"], "additionalProperties": False}
weather = {"type": "function", "function": {"name": "weather", "description": "of a city", "parameters": place}}
answer = litellm.completion(
    model=model, messages=ask("How is the weather in Paris?"), tools=[weather], tool_choice="required", seed=1, **where
)
(call, *_) = answer.choices[0].message.tool_calls
print(call.function.name, json.loads(call.function.arguments))


class River(BaseModel):
    name: str
    kilometres: int


held = litellm.completion(
    model=model, messages=ask("Describe the Nile."), response_format=River, seed=1, max_tokens=200, **where
)
print(repr(River.model_validate_json(held.choices[0].message.content)))

vectors = litellm.embedding(
    model="openai/" + os.environ.get("EMBEDDER", model.removeprefix("openai/")), input=["a river"],
    encoding_format="float", **where,
)  # fmt: skip
print("a vector of", len(vectors.data[0]["embedding"]))

if painter := os.environ.get("PAINTER"):
    drawn = litellm.image_generation(model=f"openai/{painter}", prompt="7", extra_body={"seed": 1}, **where)
    Path("picture.png").write_bytes(base64.b64decode(drawn.data[0].b64_json))
    print("a picture")
