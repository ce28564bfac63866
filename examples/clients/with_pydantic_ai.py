"""Pydantic AI: a stream, an object of a schema and one by a tool call, vectors."""

import asyncio
import os

from pydantic import BaseModel
from pydantic_ai import Agent, Embedder, NativeOutput, ToolOutput
from pydantic_ai.embeddings.openai import OpenAIEmbeddingModel
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.settings import ModelSettings

name = os.environ.get("MODEL", "smollm2-135m-instruct")
model = OpenAIChatModel(name)  # OPENAI_BASE_URL and OPENAI_API_KEY say where
embedder = Embedder(OpenAIEmbeddingModel(os.environ.get("EMBEDDER", name)))
settings = ModelSettings(seed=1, max_tokens=200)


class River(BaseModel, extra="forbid"):  # or a small model makes up fields of its own
    name: str
    kilometres: int


async def main() -> None:
    async with Agent(model, model_settings=settings).run_stream("Name three rivers.") as told:
        async for text in told.stream_text(delta=True):
            print(text, end="", flush=True)
    print()
    for way in NativeOutput(River), ToolOutput(River):
        made = await Agent(model, output_type=way, model_settings=settings).run("Describe the Nile.")
        print(repr(made.output))
    found = await embedder.embed_query("a river")
    print("a vector of", len(found.embeddings[0]))


asyncio.run(main())
