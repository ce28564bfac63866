"""Completions: how likely a prompt is, the best of several, several at once; and what stands between two sides."""

from __future__ import annotations

import json
import math
from typing import Any

import httpx2
import openai
import pytest
from several import filler
from small_writers import writer

from anew.engine.asking import nats_of
from anew.engine.generate import generate
from anew.engine.middle import fill_middle

PROMPT = "def read(path"


@pytest.mark.parametrize("model", ["decoder", "rnn"])
def test_a_prompt_is_told_with_how_likely_it_is(talker: openai.OpenAI, model: str) -> None:
    one: dict[str, Any] = {"model": model, "prompt": PROMPT * 12, "max_tokens": 0, "echo": True, "logprobs": 3}
    told = talker.completions.create(**one)
    choice = told.choices[0]
    assert choice.text == PROMPT * 12 and choice.finish_reason == "length" and choice.logprobs
    assert told.usage and told.usage.completion_tokens == 0
    assert "".join(choice.logprobs.tokens or ()) == choice.text
    expected = -nats_of(writer("bytes", model, 4000), PROMPT * 12)
    assert math.fsum(choice.logprobs.token_logprobs or ()) == pytest.approx(expected, rel=1e-5)
    for own, best in zip(choice.logprobs.token_logprobs or (), choice.logprobs.top_logprobs or (), strict=True):
        assert 1 <= len(best) <= 3 and own <= max(best.values())
    (streamed,) = list(talker.completions.create(**one, stream=True))
    assert streamed.choices[0].model_dump() == choice.model_dump()


def test_what_follows_goes_on_from_the_prompt_in_text_and_offsets(talker: openai.OpenAI) -> None:
    one: dict[str, Any] = {
        "model": "decoder",
        "prompt": PROMPT,
        "max_tokens": 6,
        "echo": True,
        "logprobs": 1,
        "seed": 4,
    }
    choice = talker.completions.create(**one).choices[0]
    assert choice.logprobs and choice.logprobs.text_offset and choice.logprobs.tokens
    assert choice.logprobs.text_offset[: len(PROMPT) + 1] == list(range(len(PROMPT) + 1))
    apart = talker.completions.create(**one | {"echo": False}).choices[0]
    assert apart.logprobs and choice.logprobs.token_logprobs
    assert choice.logprobs.token_logprobs[len(PROMPT) :] == apart.logprobs.token_logprobs
    parts = [c.choices[0] for c in talker.completions.create(**one, stream=True)]
    assert "".join(part.text for part in parts) == choice.text
    assert [t for part in parts for t in part.logprobs.token_logprobs] == choice.logprobs.token_logprobs  # type: ignore[union-attr]
    assert [t for part in parts for t in part.logprobs.text_offset] == choice.logprobs.text_offset  # type: ignore[union-attr]


def test_of_several_the_likeliest_are_answered_best_first(talker: openai.OpenAI) -> None:
    one: dict[str, Any] = {"model": "decoder", "prompt": PROMPT, "max_tokens": 8, "seed": 0, "logprobs": 0}
    six = talker.completions.create(**one, n=6, best_of=6).choices
    best = talker.completions.create(**one, n=2, best_of=6)
    worth = [math.fsum(c.logprobs.token_logprobs) / 8 for c in best.choices]  # type: ignore[union-attr, arg-type]
    assert len(six) == 6 and worth == sorted(worth, reverse=True) and best.usage and best.usage.completion_tokens <= 48
    alone = talker.completions.create(**one, best_of=6).choices[0]
    assert (
        alone.text
        == best.choices[0].text
        == generate(writer("bytes", "decoder", 4000), 1, 0, PROMPT, max_new=8, best_of=6).samples[0]
    )


def test_several_prompts_are_streamed_together(talker: openai.OpenAI) -> None:
    prompts = ["a", "def f(", "日"]
    one: dict[str, Any] = {"model": "decoder", "prompt": prompts, "max_tokens": 9, "n": 2, "seed": 5}
    whole = talker.completions.create(**one)
    texts = [""] * 6
    usage = None
    for chunk in talker.completions.create(**one, stream=True, stream_options={"include_usage": True}):
        usage = chunk.usage or usage
        for choice in chunk.choices:
            texts[choice.index] += choice.text
    assert texts == [choice.text for choice in whole.choices] and usage == whole.usage


def test_a_middle_is_filled_at_three_addresses(talker: openai.OpenAI, talking: str) -> None:
    before, after = "def f(a):\n    ", "\n    return a\n"
    expected = fill_middle(filler(), before, after, 1, 7, max_new=12).samples[0]
    asked: dict[str, Any] = {"model": "filler", "prompt": before, "suffix": after, "max_tokens": 12}
    assert talker.completions.create(**asked, seed=7).choices[0].text == expected
    fim = f"{talking}/v1/fim/completions"
    told = httpx2.post(fim, json=asked | {"random_seed": 7}).json()
    assert told["choices"][0]["message"]["content"] == expected and told["usage"]["completion_tokens"] == 12
    lines = httpx2.post(fim, json=asked | {"seed": 7, "stream": True}).text
    assert lines.endswith("data: [DONE]\n\n")
    infill = {
        "model": "filler",
        "input_prefix": before[:4],
        "prompt": before[4:],
        "input_suffix": after,
        "n_predict": 12,
        "seed": 7,
    }
    filled = httpx2.post(f"{talking}/infill", json=infill)
    assert filled.json()["content"] == expected and filled.json()["stop_type"] == "limit"
    assert filled.json()["timings"]["predicted_n"] == 12
    extra = infill | {
        "input_extra": [{"filename": "a.py", "text": "def g(a):\n    return a\n", "path": 1}],
        "samplers": [],
    }
    raw = httpx2.post(f"{talking}/infill", json=extra)
    assert raw.status_code == 200 and raw.headers["x-anew-ignored"] == "input_extra[0].path, samplers"
    assert raw.json()["tokens_evaluated"] > filled.json()["tokens_evaluated"]


@pytest.mark.parametrize(
    ("address", "wrong", "param"),
    [
        ("/v1/completions", {"model": "decoder", "prompt": "a", "suffix": "b"}, "suffix"),
        ("/v1/fim/completions", {"model": "decoder", "prompt": "a", "suffix": "b"}, "suffix"),
        ("/infill", {"model": "rnn", "input_prefix": "a"}, "input_suffix"),
        ("/infill", {"input_prefix": "a"}, "model"),
        ("/v1/completions", {"model": "filler", "prompt": [1, 2], "suffix": "b"}, "suffix"),
        ("/v1/completions", {"model": "decoder", "prompt": [999]}, "prompt"),
        ("/v1/completions", {"model": "decoder", "prompt": "a" * 4000}, "prompt"),
        ("/v1/completions", {"model": "decoder", "prompt": "a", "n": 2, "best_of": 3, "stream": True}, "best_of"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_its_name(talking: str, address: str, wrong: dict[str, Any], param: str) -> None:
    answer = httpx2.post(talking + address, json=wrong)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param), answer.text


def test_tokens_that_are_spelled_alike_are_all_told(address: str) -> None:
    """Bytes that are no letter by themselves have one mark in their place: by their text the likeliest of them."""
    asked = {
        "model": "decoder",
        "prompt": "abc",
        "logprobs": 5,
        "max_tokens": 12,
        "temperature": 1.5,
        "echo": True,
        "seed": 3,
    }
    told = httpx2.post(f"{address}/v1/completions", json=asked).json()["choices"][0]["logprobs"]
    several, exactly = 0, told["anew"]
    assert len(exactly["ids"]) == len(exactly["top"]) == len(told["tokens"])
    for best, top, likely, id in zip(
        told["top_logprobs"], exactly["top"], told["token_logprobs"], exactly["ids"], strict=True
    ):
        if best is None:
            assert top is None
            continue
        assert len({one["id"] for one in top}) == len(top) == 5 >= len(best)
        for text, logprob in best.items():
            assert logprob == max(one["logprob"] for one in top if one["token"] == text)
        several += len(best) < 5
        assert all(one["logprob"] == likely for one in top if one["id"] == id)
    assert several, "no two were spelled alike"
    streamed = [json.loads(line[6:]) for line in httpx2.post(
        f"{address}/v1/completions", json=asked | {"stream": True}
    ).text.splitlines() if line.startswith("data: {")]  # fmt: skip
    pieces = [one["choices"][0]["logprobs"]["anew"] for one in streamed]
    assert [id for one in pieces for id in one["ids"]] == exactly["ids"]
    assert [top for one in pieces for top in one["top"]] == exactly["top"]
