"""OpenAI's Agents SDK: an agent that calls a function, over /v1/responses."""

import os

from agents import Agent, ModelSettings, Runner, function_tool, set_tracing_disabled

set_tracing_disabled(True)  # or it tells OpenAI of every run


@function_tool
def weather(days: int) -> str:
    """The weather of the next days."""
    return f"{days} days of rain"


agent = Agent(
    name="Forecaster",
    instructions="You tell the weather.",
    model=os.environ.get("MODEL", "smollm2-135m-instruct"),  # OPENAI_BASE_URL and OPENAI_API_KEY say where
    model_settings=ModelSettings(tool_choice="required", max_tokens=200),
    tools=[weather],
    tool_use_behavior="stop_on_first_tool",
)
print(Runner.run_sync(agent, "How is the weather for the next 3 days?").final_output)
