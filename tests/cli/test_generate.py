"""`anew generate` on a decoder: by the engine in eight bits, the second start at once, nothing lost that was shown."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import anew
from anew import registry
from anew.artifact import Artifact
from anew.cli import main
from anew.codecs.image import write_image
from anew.engine import quantise
from anew.engine import start as begin
from anew.models.autoregressive.decoder import Decoder
from anew.recipe import parse


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A decoder's folder; it counts as a large one, and its own sampler must not be asked."""
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(quantise, "ENOUGH", 600)
    monkeypatch.setattr(begin, "SMALL", 0)
    monkeypatch.setattr(Decoder, "sample", None)
    codec, sizes = registry.find("codecs", "bytes")(context=200), {"width": 32, "layers": 2, "heads": 2}
    codec.fit([])
    with torch.random.fork_rng():
        torch.manual_seed(1)
        network = registry.find("models", "decoder")(codec.spec, **sizes)
        for weight in network.parameters():
            if weight.ndim > 1:
                torch.nn.init.normal_(weight, std=0.1)
    recipe = {"name": "small", "modality": "text", "codec": {"name": "bytes", "context": 200}}
    folder = tmp_path / "folders" / ("ab" * 32)  # where the store would put it
    Artifact(parse(recipe | {"model": {"name": "decoder", **sizes}}), network.eval(), codec).save(folder)
    return str(folder)


class Screen(io.StringIO):
    """What is shown, after each time that it was flushed; at the `stop`th a person hits Ctrl-C."""

    def __init__(self, stop: int | None = None) -> None:
        super().__init__()
        self.shown, self.stop = list[str](), stop

    def flush(self) -> None:
        self.shown.append(self.getvalue())
        if len(self.shown) == self.stop:
            raise KeyboardInterrupt


def typed(monkeypatch: pytest.MonkeyPatch, screen: Screen, model: str, *more: str) -> int:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", screen)
        return main(["generate", model, "To be", "--seed", "4", "--max-new", "40", "--bias", "256=-100", *more])


def test_the_first_start_says_what_it_does_and_the_second_is_silent(
    model: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = Screen(), Screen()
    assert typed(monkeypatch, first, model) == 0
    assert "measuring int8 on 600 tokens, once" in capsys.readouterr().err
    (Path(model) / "model.safetensors").unlink()  # in floats there is nothing left to read
    assert typed(monkeypatch, second, model) == 0
    assert capsys.readouterr().err == "" and second.getvalue() == first.getvalue()


def test_the_same_seed_is_the_same_text_in_python_in_a_batch_and_in_json(
    model: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    screen, lines, floats = Screen(), Screen(), Screen()
    typed(monkeypatch, screen, model)
    typed(monkeypatch, lines, model, "-n", "3", "--json")
    made = anew.load(model).generate("To be", n=9, seed=0, max_new=40, bias={256: -100})
    assert screen.getvalue() == made.samples[4] + "\n" and json.loads(lines.getvalue())["samples"] == made.samples[4:7]
    assert typed(monkeypatch, floats, model, "--floats") == 0
    own = anew.load(model, floats=True).generate("To be", seed=4, max_new=40, bias={256: -100})
    assert floats.getvalue() == own.samples[0] + "\n"


def test_a_text_is_shown_as_it_grows_and_ctrl_c_loses_nothing_of_it(
    model: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, cut = Screen(), Screen(stop=9)
    typed(monkeypatch, whole, model)
    assert len(set(whole.shown)) > 20 and all(whole.getvalue().startswith(part) for part in whole.shown)
    assert typed(monkeypatch, cut, model) == 130
    assert cut.getvalue() == cut.shown[8] + "\n" and whole.getvalue().startswith(cut.shown[8])
    assert "anew: stopped" in capsys.readouterr().err


def test_a_grammar_that_is_no_text_is_refused(model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "grammar.lark").write_bytes(b'start: "\xe9"')
    assert main(["generate", model, "x", "--grammar", str(tmp_path / "grammar.lark")]) == 2
    assert "byte 8 is not UTF-8" in capsys.readouterr().err


@pytest.mark.parametrize("more", [[], ["-n", "2"], ["--style", "one.png"]])
def test_a_picture_given_to_what_writes_is_refused_and_not_left_aside(
    model: str, more: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "one.png").write_bytes(write_image(np.zeros((8, 8, 1), np.uint8)))
    more = [word.replace("one.png", str(tmp_path / "one.png")) for word in more]
    assert main(["generate", model, "--start", str(tmp_path / "one.png"), "--strength", "0.2", *more]) == 2
    told = capsys.readouterr()
    assert "takes no picture" in told.err and told.out == ""
