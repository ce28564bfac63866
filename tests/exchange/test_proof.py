"""An exported GGUF file is there only once it has proved itself."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import foreign_models as tiny
import pytest
from tokenizers import AddedToken, Tokenizer

from anew.errors import Refused
from anew.exchange import gguf
from anew.exchange.foreign import Foreign
from anew.exchange.proof import PROMPTS


def decided(kind: str = "llama") -> Foreign:
    """A model that is sure of its next token, as trained ones mostly are: its blocks add little to what it has read."""
    foreign = tiny.model(kind, tie_word_embeddings=True)
    for name, value in foreign.tensors.items():
        if name.endswith(("o_proj.weight", "down_proj.weight")):
            value *= 0.05
    return foreign


@pytest.mark.parametrize("kind", ["gemma3_text", "phi3", "gpt2"])
def test_whole_floats_give_the_same_text(kind: str, tmp_path: Path) -> None:
    proof = gguf.export(tiny.model(kind), tmp_path / "m.gguf", "f32")
    assert proof.agreement == 1 and proof.same_text and proof.places > 300 and abs(proof.nats) < 1e-6
    assert [p.name for p in tmp_path.iterdir()] == ["m.gguf"] and len(PROMPTS) == 20


@pytest.mark.parametrize("quant", ["q8_0", "q4_0"])
def test_a_model_that_is_sure_survives_its_rounding(quant: str, tmp_path: Path) -> None:
    proof = gguf.export(decided(), tmp_path / "m.gguf", quant)
    assert proof.agreement >= 0.95 and (tmp_path / "m.gguf").is_file()


def test_a_file_that_fails_is_removed_and_the_figure_said(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"as q4_0 the model agrees on \d+\.\d+% of \d+ next tokens \(95% is asked for\)"):
        gguf.export(tiny.model("llama"), tmp_path / "m.gguf", "q4_0")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("part", ["model.layers.1.self_attn.q_proj.weight"])
def test_a_file_with_other_weights_is_found_out(part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = gguf.to_ggml

    def wrong(row, name, value, config):  # one matrix's rows the wrong way round, or a norm that is off
        value = plain(row, name, value, config)
        return value.flip(0) if name == part else value

    monkeypatch.setattr(gguf, "to_ggml", wrong)
    with pytest.raises(Refused, match="the same greedy text is asked for"):
        gguf.export(tiny.model("llama"), tmp_path / "m.gguf", "f32")
    assert not list(tmp_path.iterdir())


def test_a_tokenizer_that_gguf_cannot_say_is_found_out(tmp_path: Path) -> None:
    """A token that takes the space before it along: GGUF has no word for that."""
    table = Tokenizer.from_str(tiny.sentence_pieces())
    table.add_tokens([AddedToken("small", lstrip=True)])
    with pytest.raises(Refused, match="makes other tokens of the same text"):
        gguf.export(tiny.model("llama", tokenizer=table.to_str()), tmp_path / "m.gguf", "f32")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "changes, why",
    [
        ({"generation": {"bos_token_id": 1, "eos_token_id": [2, 5, 7, 9]}}, "does not say that symbol 9 ends a text"),
        ({"template": "{{ messages }}"}, "does not hold the chat template"),
    ],
)
def test_a_file_that_forgets_an_end_or_a_template_is_found_out(
    changes: dict, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, metadata = dataclasses.replace(tiny.model("llama"), **changes), gguf.metadata_of
    monkeypatch.setattr(gguf, "metadata_of", lambda *g: metadata(*g) | {"tokenizer.chat_template": tiny.TEMPLATE})
    with pytest.raises(Refused, match=why):
        gguf.export(sent, tmp_path / "m.gguf", "f32")
    assert not list(tmp_path.iterdir())


def test_white_space_around_a_symbol_is_looked_at(tmp_path: Path) -> None:
    """No prompt spells it; a tokenizer may still read it otherwise."""
    table = Tokenizer.from_str(tiny.sentence_pieces())
    table.add_special_tokens([AddedToken("<tool>", lstrip=True)])
    with pytest.raises(Refused, match="makes other tokens of the same text"):
        gguf.export(tiny.model("llama", tokenizer=table.to_str()), tmp_path / "m.gguf", "f32")


@pytest.mark.parametrize("context", [2, 16])
def test_a_short_context_is_proved_on_what_fits(context: int, tmp_path: Path) -> None:
    proof = gguf.export(tiny.model("llama", max_position_embeddings=context), tmp_path / "m.gguf", "f32")
    assert proof.same_text and proof.places >= 20


def test_a_model_without_a_tokenizer_is_proved_on_any_tokens(tmp_path: Path) -> None:
    foreign = tiny.model("llama", tokenizer="")
    assert gguf.export(foreign, tmp_path / "m.gguf", "f32").same_text
