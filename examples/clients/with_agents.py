"""OpenAI's Agents SDK: an agent that calls a function, and one whose text is streamed, over /v1/responses."""

import asyncio
import os

from agents import Agent, ModelSettings, Runner, function_tool, set_tracing_disabled

set_tracing_disabled(True)  # or it tells OpenAI of every run


@function_tool
def weather(days: int) -> str:
    """The weather of the next days."""
    return f"{days} days of rain"


model = os.environ.get("MODEL", "smollm2-135m-instruct")  # OPENAI_BASE_URL and OPENAI_API_KEY say where
forecaster = Agent(
    name="Forecaster", instructions="You tell the weather.", model=model, tools=[weather],
    model_settings=ModelSettings(tool_choice="required", max_tokens=200), tool_use_behavior="stop_on_first_tool",
)  # fmt: skip
teller = Agent(name="Teller", model=model, model_settings=ModelSettings(temperature=0))


async def main() -> None:
    print((await Runner.run(forecaster, "How is the weather for the next 3 days?")).final_output)
    async for event in Runner.run_streamed(teller, "Name three rivers.").stream_events():
        if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
            print(event.data.delta, end="", flush=True)
    print()


asyncio.run(main())
