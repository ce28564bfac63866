"""An answer that is gone on with, as vLLM takes it: `continue_final_message`."""

from __future__ import annotations

from typing import Any

import httpx2
import openai
import pytest

HI: Any = [{"role": "user", "content": "hi"}]
LETTERS = ["[a-m]", "[n-z]", "[0-4 ]", "[A-M]", "[N-Z]", "[5-9]", "[a-z]", "[.,;]", "[A-Z]", "[0-9]"]
ON = {"continue_final_message": True, "add_generation_prompt": False}


def asked(begun: str, **more: Any) -> dict[str, Any]:
    messages = [*HI, {"role": "assistant", "content": begun}]
    return {"model": "decoder", "messages": messages, "max_tokens": 20, "temperature": 0, **ON, **more}


def said(address: str, **body: Any) -> Any:
    answer = httpx2.post(f"{address}/v1/chat/completions", json=body, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("cut", [1, 3, 7])
def test_the_greedy_rest_of_an_answer_is_its_rest(talking: str, cut: int) -> None:
    """Held to letters: of bytes that are none, a text holds marks in their place alone."""
    more = {"max_tokens": 20, "temperature": 0, "logprobs": True}
    told = said(talking, model="decoder", messages=HI, guided_regex="".join(LETTERS), **more)["choices"][0]
    whole, likely = told["message"]["content"], [one["logprob"] for one in told["logprobs"]["content"]]
    rest = asked(whole[:cut], guided_regex="".join(LETTERS[cut:]), **more)
    found = said(talking, **rest)["choices"][0]
    assert found["message"]["content"] == whole[cut:] and len(whole) == len(LETTERS)
    assert [one["logprob"] for one in found["logprobs"]["content"]][:-1] == pytest.approx(likely[cut:-1], abs=1e-4)
    assert said(talking, **rest, echo=True)["choices"][0]["message"]["content"] == whole


def test_it_streams_the_same(talker: openai.OpenAI, talking: str) -> None:
    for echo in (False, True):
        body = asked("ab", echo=echo, temperature=1.2, seed=3)
        whole = said(talking, **body)["choices"][0]["message"]["content"]
        more = {name: body.pop(name) for name in (*ON, "echo")}
        chunks = talker.chat.completions.create(**body, stream=True, extra_body=more)
        assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == whole
        assert whole.startswith("ab") or not echo


def test_the_prompt_is_that_of_the_answer_with_what_it_begins_with(talking: str) -> None:
    before = said(talking, model="decoder", messages=HI, max_tokens=1)["usage"]["prompt_tokens"]
    assert said(talking, **asked("abc"))["usage"]["prompt_tokens"] == before + 3


def test_form_and_end_are_those_of_what_is_written(talking: str) -> None:
    held = said(talking, **asked('{"a": ', guided_regex="[0-9]{2}}", temperature=1.5))["choices"][0]
    assert held["message"]["content"].endswith("}") and len(held["message"]["content"]) == 3


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"add_generation_prompt": True}, "continue_final_message"),
        ({"messages": HI}, "continue_final_message"),
        ({"messages": [{"role": "assistant", "content": "a"}]}, "continue_final_message"),
        ({"messages": [*HI, {"role": "assistant", "content": ""}]}, "continue_final_message"),
        ({"tools": [{"type": "function", "function": {"name": "ping"}}]}, "continue_final_message"),
        ({"continue_final_message": False}, "add_generation_prompt"),
        ({"messages": [*HI, {"role": "assistant", "content": "a" * 50_000}]}, "messages"),
    ],
)  # fmt: skip
def test_what_cannot_be_gone_on_with_is_refused_by_its_name(talking: str, change: Any, param: str) -> None:
    answer = httpx2.post(f"{talking}/v1/chat/completions", json=asked("a") | change)
    assert answer.status_code == 400 and answer.json()["error"]["param"] == param, answer.text


def test_echo_alone_is_told_as_ignored(talking: str) -> None:
    body = {"model": "decoder", "messages": HI, "max_tokens": 2, "echo": True}
    answer = httpx2.post(f"{talking}/v1/chat/completions", json=body)
    assert answer.headers["x-anew-ignored"] == "echo"
