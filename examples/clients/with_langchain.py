"""LangChain: a stream, a tool call, an object of a schema, vectors."""

import os

from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import BaseModel

name = os.environ.get("MODEL", "smollm2-135m-instruct")
model = ChatOpenAI(model=name, seed=1, max_tokens=200)  # OPENAI_BASE_URL and OPENAI_API_KEY say where

for chunk in model.stream("Name three rivers.", max_tokens=40):
    print(chunk.text, end="", flush=True)
print()


@tool
def weather(days: int) -> str:
    """The weather of the next days."""
    return f"{days} days of rain"


called = model.bind_tools([weather], tool_choice="weather", strict=True).invoke(
    "How is the weather for the next 3 days?"
)
print(called.tool_calls[0]["name"], weather.invoke(called.tool_calls[0]["args"]))


class River(BaseModel):
    """A river."""

    name: str
    kilometres: int


print(repr(model.with_structured_output(River, method="json_schema").invoke("Describe the Nile.")))

# without check_embedding_ctx_length=False it sends the tokens of a model of OpenAI's instead of texts
embedder = OpenAIEmbeddings(model=os.environ.get("EMBEDDER", name), check_embedding_ctx_length=False)
print("a vector of", len(embedder.embed_query("a river")))
