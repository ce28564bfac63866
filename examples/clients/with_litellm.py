"""LiteLLM: a stream, a tool call, vectors."""

import json
import os

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # or it looks for prices on the net
import litellm

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

vectors = litellm.embedding(
    model="openai/" + os.environ.get("EMBEDDER", model.removeprefix("openai/")), input=["a river"],
    encoding_format="float", **where,
)  # fmt: skip
print("a vector of", len(vectors.data[0]["embedding"]))
