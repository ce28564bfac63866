"""Embeddings: the same numbers in either form, alone or among others, from encoders and from language models."""

from __future__ import annotations

import base64
import contextlib
import time
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import openai
import pytest
from job_room import until
from several import Several, encoder

from anew.engine.embed import Embedder
from anew.engine.pool import Pool
from anew.models.encoders.bert import Bert
from anew.server.app import Door
from anew.server.database.connect import Database

TEXTS = ["def read(path)", "", "return " * 9, "x"]


@pytest.mark.parametrize("model", ["encoder", "decoder", "rnn"])
def test_a_text_has_one_vector_in_either_form_and_any_company(talker: openai.OpenAI, model: str) -> None:
    told = [talker.embeddings.create(model=model, input=TEXTS, encoding_format=form) for form in ("float", "base64")]  # type: ignore[arg-type]
    floats, packed = ([one.embedding for one in answer.data] for answer in told)
    exact = [np.frombuffer(base64.b64decode(one), "<f4").tolist() for one in packed]  # type: ignore[arg-type]
    assert floats == exact and [one.index for one in told[0].data] == [0, 1, 2, 3]
    for text, vector in zip(TEXTS, floats, strict=True):
        assert talker.embeddings.create(model=model, input=text, encoding_format="float").data[0].embedding == vector
    assert told[0].usage.prompt_tokens == told[0].usage.total_tokens > 0


def test_it_is_what_anew_embed_makes_of_texts_and_of_their_tokens(talker: openai.OpenAI) -> None:
    reader = Embedder.of(encoder())
    expected = reader.embed(TEXTS).values
    made = talker.embeddings.create(model="encoder", input=TEXTS)  # in base64, as the client likes it
    assert np.array_equal(np.array([one.embedding for one in made.data], np.float32), expected)
    ids = reader.codec.encode([TEXTS[0]])[0].tolist()
    assert talker.embeddings.create(model="encoder", input=ids).data[0].embedding == made.data[0].embedding
    short = talker.embeddings.create(model="encoder", input=TEXTS[0], dimensions=8).data[0].embedding
    assert np.array_equal(np.array(short, np.float32), reader.embed(TEXTS[:1], dimensions=8).values[0])


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"input": []}, "input"), ({"input": ["a"] * 2049}, "input"), ({"input": [9999]}, "input"),
        ({"input": "a" * 9000}, "input"), ({"dimensions": 33}, "dimensions"), ({"dimensions": 0}, "dimensions"),
        ({"encoding_format": "int8"}, "encoding_format"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_its_name(talking: str, wrong: dict[str, Any], param: str) -> None:
    answer = httpx2.post(f"{talking}/v1/embeddings", json={"model": "encoder", "input": "a"} | wrong)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param), answer.text


def test_who_leaves_ends_their_texts_and_has_spent_what_was_read(
    serving: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = Bert.states

    def slow(self: Bert, *given: Any) -> Any:
        time.sleep(0.02)
        return states(self, *given)

    monkeypatch.setattr(Bert, "states", slow)
    pool, others = Pool(Several()), {"authorization": "Bearer sk-master"}
    database = Database(f"sqlite:///{tmp_path}/anew.db")
    with contextlib.contextmanager(serving)(pool, Door("sk-master"), database) as address:
        keys = f"{address}/v1/anew/keys"
        made = httpx2.post(keys, json={"name": "me", "tokens_per_day": 10**9}, headers=others).json()
        asked = {"model": "encoder", "input": ["word " * 40] * 2000}  # of which one runs at a time
        with contextlib.suppress(httpx2.ReadTimeout):
            mine = {"authorization": f"Bearer {made['key']}"}
            httpx2.post(f"{address}/v1/embeddings", json=asked, headers=mine, timeout=httpx2.Timeout(30, read=2))
        begun = time.monotonic()
        with pool.lease("encoder") as served:
            while served.counts != (0, 0):
                assert time.monotonic() < begun + 1, "it works on for a client that has left"
                time.sleep(0.01)
        spent = until(lambda: httpx2.get(keys, headers=others).json()["data"][0]["tokens_today"])
        assert 0 < spent < 2000 * 40


def test_an_encoder_writes_nothing_and_says_where_it_is_asked(talker: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="vectors"):
        talker.chat.completions.create(model="encoder", messages=[{"role": "user", "content": "hi"}])
