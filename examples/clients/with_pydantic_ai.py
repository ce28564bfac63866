"""Pydantic AI: a stream, and an object of a schema."""

import asyncio
import os

from pydantic import BaseModel
from pydantic_ai import Agent, NativeOutput
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.settings import ModelSettings

model = OpenAIChatModel(os.environ.get("MODEL", "smollm2-135m-instruct"))  # OPENAI_BASE_URL, OPENAI_API_KEY
settings = ModelSettings(seed=1, max_tokens=200)


class River(BaseModel):
    name: str
    kilometres: int


async def main() -> None:
    async with Agent(model, model_settings=settings).run_stream("Name three rivers.") as told:
        async for text in told.stream_text(delta=True):
            print(text, end="", flush=True)
    print()
    made = await Agent(model, output_type=NativeOutput(River), model_settings=settings).run("Describe the Nile.")
    print(made.output)


asyncio.run(main())
