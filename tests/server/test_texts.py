"""Texts over HTTP, asked for by OpenAI's own client: the same as in process, whole, streamed and in company."""

from __future__ import annotations

import contextlib
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import openai
import pytest
from small_writers import writer

from anew.engine.generate import generate
from anew.engine.pool import Pool
from anew.engine.voices import installed

PROMPT, HI = "def read(path", [{"role": "user", "content": "hi"}]


def grown(chunks: Any, chat: bool, n: int = 1) -> list[str]:
    texts = [""] * n
    for chunk in chunks:
        for one in chunk.choices:
            texts[one.index] += (one.delta.content or "") if chat else one.text
    return texts


@pytest.mark.parametrize("model", ["decoder", "rnn"])
def test_a_completion_is_what_generate_writes_whole_and_streamed(client: openai.OpenAI, model: str) -> None:
    asked: dict[str, Any] = {"model": model, "prompt": PROMPT, "max_tokens": 24, "seed": 5, "n": 2}
    whole = client.completions.create(**asked)
    expected = generate(writer("bytes", model), 2, 5, PROMPT, max_new=24).samples
    assert [one.text for one in whole.choices] == expected
    assert grown(client.completions.create(**asked, stream=True), False, 2) == expected
    assert whole.usage is not None and whole.usage.completion_tokens <= 48


def test_a_chat_is_the_same_whole_streamed_and_in_company(client: openai.OpenAI) -> None:
    def whole(seed: int) -> str | None:
        made = client.chat.completions.create(model="decoder", messages=HI, max_tokens=20, seed=seed, top_p=0.9)  # type: ignore[arg-type]
        return made.choices[0].message.content

    alone = [whole(seed) for seed in range(12)]
    assert len(set(alone)) > 6
    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(whole, range(12))) == alone
    chunks = client.chat.completions.create(
        model="decoder", messages=HI, max_tokens=20, seed=3, top_p=0.9, stream=True,  # type: ignore[arg-type]
        stream_options={"include_usage": True},
    )  # fmt: skip
    told = list(chunks)
    assert grown(told, True) == [alone[3]]
    assert told[0].choices[0].delta.role == "assistant" and not told[-1].choices and told[-1].usage
    assert [c.choices[0].finish_reason for c in told if c.choices][-1] in ("stop", "length")


def test_logprobs_stops_forms_and_the_best_of_several(client: openai.OpenAI) -> None:
    made = client.chat.completions.create(
        model="decoder", messages=HI, max_tokens=5, logprobs=True, top_logprobs=3, seed=1
    )  # type: ignore[arg-type]
    logprobs = made.choices[0].logprobs
    assert logprobs and logprobs.content and len(logprobs.content) == 5
    assert all(len(t.top_logprobs) == 3 and t.logprob <= t.top_logprobs[0].logprob for t in logprobs.content)
    said = bytes(byte for token in logprobs.content for byte in token.bytes or ())
    assert len(said) == 5 and said.decode("utf-8", "replace") == made.choices[0].message.content
    half = {"237": 100, "160": 100, "128": 100}  # ED A0 80: half a surrogate pair, which is no text
    for one in (True, False):
        made_up: Any = client.completions.create(
            model="decoder", prompt="", max_tokens=60, seed=2, logit_bias=half, stream=one
        )
        assert grown(made_up, False) if one else made_up.choices[0].text
    free = client.completions.create(model="decoder", prompt=PROMPT, max_tokens=40, seed=2).choices[0].text
    stop = next(free[i : i + 2] for i in range(5, 30) if "\ufffd" not in free[i : i + 2])  # no broken character
    stopped = client.completions.create(model="decoder", prompt=PROMPT, max_tokens=40, seed=2, stop=stop)
    assert stopped.choices[0].finish_reason == "stop" and stopped.choices[0].text == free[: free.index(stop)]
    schema = {
        "type": "object",
        "properties": {"n": {"type": "integer"}},
        "required": ["n"],
        "additionalProperties": False,
    }
    form: Any = {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}
    held = client.chat.completions.create(model="decoder", messages=HI, max_tokens=60, response_format=form, seed=4)  # type: ignore[arg-type]
    assert isinstance(json.loads(held.choices[0].message.content or "")["n"], int)
    best = client.completions.create(model="decoder", prompt=PROMPT, max_tokens=8, best_of=4, seed=0, echo=True)
    likeliest = generate(writer("bytes", "decoder"), 1, 0, PROMPT, max_new=8, best_of=4).samples[0]
    assert best.choices[0].text == PROMPT + likeliest


def test_no_field_is_dropped_in_silence(client: openai.OpenAI) -> None:
    raw = client.chat.completions.with_raw_response.create(
        model="decoder", messages=HI, max_tokens=2, user="me", seed=-3, extra_body={"wö\r\nx": 1, "top_k": None}  # type: ignore[arg-type]
    )  # fmt: skip
    assert raw.headers["x-anew-ignored"] == "user, w%C3%B6%0D%0Ax" and raw.headers["x-anew-seed"] == str(2**63 - 3)
    for wrong, param in (
        ({"temperature": 3}, "temperature"), ({"temperature": "1"}, "temperature"), ({"messages": []}, "messages"),
        ({"n": 0}, "n"), ({"tools": [{}]}, "tools[0].type"), ({"top_logprobs": 2}, "top_logprobs"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages[0].content[0].image_url"),
        ({"logit_bias": {"x": 1}}, "logit_bias"), ({"logit_bias": {"9" * 5000: 1}}, "logit_bias"),
        ({"stop": 3}, "stop"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema.schema"),
    ):  # fmt: skip
        with pytest.raises(openai.BadRequestError) as told:
            client.chat.completions.create(**{"model": "decoder", "messages": HI, "max_tokens": 2} | wrong)  # type: ignore[arg-type]
        assert told.value.param == param, wrong
    with pytest.raises(openai.NotFoundError, match="decoder"):
        client.completions.create(model="decodre", prompt="")


@pytest.mark.parametrize("stream", [True, False])
def test_who_leaves_frees_the_engine(address: str, pool: Pool, stream: bool) -> None:
    never = {"256": -100}  # the end
    asked = {"model": "decoder", "prompt": "a", "max_tokens": 500, "logit_bias": never, "stream": stream, "n": 16}
    with pool.lease("decoder") as served:
        pass
    with contextlib.suppress(httpx2.ReadTimeout):
        with httpx2.stream("POST", f"{address}/v1/completions", json=asked, timeout=httpx2.Timeout(0.3)) as answer:
            next(answer.iter_lines())
    assert served.counts != (0, 0), "it was done before the client left"
    begun = time.monotonic()
    while served.counts != (0, 0):
        assert time.monotonic() < begun + 1, "it writes on for a client that has left"
        time.sleep(0.01)


@pytest.mark.parametrize("stream", [True, False])
def test_what_is_refused_is_refused_before_anything_is_answered(client: openai.OpenAI, stream: bool) -> None:
    for wrong in ({"prompt": "a" * 700}, {"extra_body": {"guided_regex": "("}}, {"best_of": 2, "n": 3}):
        with pytest.raises(openai.BadRequestError):
            client.completions.create(**{"model": "decoder", "prompt": "a", "stream": stream} | wrong)


def test_a_defect_is_told_without_its_trace(address: str, pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "listed", lambda: 1 / 0)
    answer = httpx2.get(f"{address}/v1/models")
    assert answer.status_code == 500 and answer.headers["x-request-id"] and "division" not in answer.text
    assert answer.json()["error"]["type"] == "server_error"


def test_errors_have_one_shape_and_the_door_knows_who_may_enter(address: str, locked: str) -> None:
    for answer, status, code in (
        (httpx2.get(f"{address}/v1/nothing"), 404, "unknown_url"),
        (httpx2.get(f"{address}/v1/chat/completions"), 405, None),
        (httpx2.post(f"{address}/v1/completions", content=b"{"), 400, "invalid_value"),
        (httpx2.post(f"{address}/v1/completions", json={"prompt": "a"}), 400, "missing_required_parameter"),
        (httpx2.get(f"{address}/v1/models", headers={"host": "evil.example"}), 403, "permission_denied"),
        (httpx2.get(f"{locked}/v1/models"), 401, "invalid_api_key"),
        (httpx2.get(f"{locked}/v1/models", headers={"authorization": "Bearer sk-wrong"}), 401, "invalid_api_key"),
    ):
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (status, code) and set(error) == {
            "message",
            "type",
            "param",
            "code",
        }
        assert answer.headers["x-request-id"]
    assert httpx2.get(f"{address}/v1/chat/completions").headers["allow"] == "POST"
    models = httpx2.get(f"{locked}/v1/models", headers={"authorization": "Bearer sk-right"}).json()["data"]
    assert [one["id"] for one in models] == ["decoder", "rnn", *installed()]
    assert httpx2.get(f"{locked}/healthz").json() == {"status": "ok"}
