"""Texts of a decoder are drawn by the engine: what it says is what comes out, alone, in company and as it grows."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from small_writers import writer

from anew.artifact import Artifact
from anew.contract import AppendOptions
from anew.engine import engine, writing
from anew.engine.engine import Engine
from anew.engine.generate import generate, stream
from anew.engine.requests import Request
from anew.engine.runner import Runner, Span
from anew.models.autoregressive.decoder import Decoder

PROMPT = "def read(path"
NEVER = {256: -100.0}  # the end


@pytest.fixture
def decoder(monkeypatch: pytest.MonkeyPatch) -> Artifact:
    """One whose own sampler must not be asked."""
    made = writer("bytes", "decoder")

    def never(*given: Any, **more: Any) -> None:
        raise AssertionError("the model's own sampler ran")

    monkeypatch.setattr(Decoder, "sample", never)
    return made


def by_hand(artifact: Artifact, seed: int, **options: Any) -> str:
    """What an engine of one's own says."""
    model = artifact.model
    assert isinstance(model, Decoder)
    (ids,) = artifact.codec.encode([PROMPT])
    request = Request([*model.spec.opening, *ids.tolist()], AppendOptions(**options), seed)
    (answer,) = Engine(Runner(model), model.spec.ends).run([request])
    return str(artifact.codec.decode([torch.tensor(answer.tokens)])[0])


@pytest.mark.parametrize("options", [{}, {"temperature": 0.0}, {"top_p": 0.8, "repetition": 1.2, "bias": ((65, 3.0),)}])
def test_a_text_is_what_the_engine_says_alone_and_in_company(decoder: Artifact, options: dict[str, Any]) -> None:
    made = generate(decoder, 11, 3, PROMPT, max_new=40, **options)
    assert made.samples == [by_hand(decoder, 3 + i, max_new=40, **options) for i in range(11)]
    alone = [generate(decoder, 1, seed, PROMPT, max_new=40, **options).samples[0] for seed in made.seeds]
    assert alone == made.samples and set(made.finish) <= {"stop", "length"}


def test_more_texts_than_may_wait_are_drawn_in_turn(decoder: Artifact, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = generate(decoder, 7, 0, PROMPT, max_new=6).samples
    monkeypatch.setattr(writing, "QUEUED", 3)
    assert isinstance(decoder.model, Decoder)
    room = Runner(decoder.model).bytes_of(len(PROMPT) + 8) / engine.SHARE
    monkeypatch.setattr(engine, "free_bytes", lambda: int(1.5 * room))  # one at a time
    assert generate(decoder, 7, 0, PROMPT, max_new=6).samples == whole


def test_a_prompt_that_texts_share_is_read_once(decoder: Artifact, monkeypatch: pytest.MonkeyPatch) -> None:
    prompt, read, pieces = PROMPT * 23, Runner.read, list[Span]()
    monkeypatch.setattr(Runner, "read", lambda self, spans: pieces.extend(spans) or read(self, spans))
    made = generate(decoder, 3, 0, prompt, max_new=6).samples
    assert [len(piece.tokens) for piece in pieces] == [128, 128, 44, 44, 44]
    assert made == [generate(decoder, 1, i, prompt, max_new=6).samples[0] for i in range(3)]


def test_wishes_are_kept(decoder: Artifact) -> None:
    plain = generate(decoder, 1, 8, PROMPT, max_new=60, logprobs=2, bias=NEVER)
    assert len(plain.tokens[0]) == 60 and plain.logp[0] == pytest.approx(sum(t.logp for t in plain.tokens[0]))
    text = plain.samples[0]
    stop = next(text[i : i + 3] for i in range(15, 60) if "\ufffd" not in text[i : i + 3])  # no broken character
    ended = generate(decoder, 1, 8, PROMPT, max_new=60, stop=stop, bias=NEVER)
    assert ended.finish == ["stop"] and ended.samples[0] == text[: text.index(stop)]
    assert generate(decoder, 3, 0, PROMPT, max_new=12, regex="[a-c]{4,6}").finish == ["stop"] * 3
    best = generate(decoder, 1, 2, PROMPT, max_new=12, best_of=4)
    assert best.logp[0] is not None


def test_a_single_text_grows_token_by_token(decoder: Artifact) -> None:
    grown = [text for (text,) in stream(decoder, 1, 4, PROMPT, max_new=30, bias=NEVER)]
    assert 20 < len(grown) <= 30  # a draft that comes true brings a token more at once
    assert grown[-1] == generate(decoder, 1, 4, PROMPT, max_new=30, bias=NEVER).samples[0]
    assert len(list(stream(decoder, 3, 4, PROMPT, max_new=33, bias=NEVER))) <= 4  # at 16, at 32, the whole


@pytest.mark.parametrize("options", [{"max_new": 200, "bias": NEVER}, {"beams": 2, "max_new": 5}])
def test_what_the_engine_cannot_draw_the_sampler_does(options: dict[str, Any]) -> None:
    """A text beyond the context, which forgets its beginning; a search."""
    made = generate(writer("bytes", "decoder", 100), 1, 1, PROMPT, temperature=0.0, **options)
    assert len(made.samples[0].encode("utf-8", "replace")) > 3 and made.finish == ["length"]
