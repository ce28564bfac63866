"""Instructor: objects out of texts, by a schema and by a tool."""

import os

import instructor
from openai import OpenAI
from pydantic import BaseModel


class River(BaseModel, extra="forbid"):  # or a small model makes up fields of its own
    name: str
    kilometres: int


model = os.environ.get("MODEL", "smollm2-135m-instruct")
for mode in (instructor.Mode.JSON_SCHEMA, instructor.Mode.TOOLS):
    client = instructor.from_openai(OpenAI(), mode=mode)  # OPENAI_BASE_URL and OPENAI_API_KEY say where
    river = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": "Describe the Nile."}], response_model=River,
        max_tokens=200, seed=1, max_retries=0,
    )  # fmt: skip
    print(mode.name, repr(river))
