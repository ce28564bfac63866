"""Vectors of texts: the same alone and in any company, of an encoder and of every model that has states."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from small_writers import writer

from anew.artifact import Artifact, Encoder, Pooling
from anew.cli import main
from anew.codecs.vocabulary import Vocabulary
from anew.contract import Unsupported
from anew.data.progress import Progress
from anew.engine.embed import BLOCK, PIECE, Embedder, nearest
from anew.errors import RecipeError, Refused
from anew.models.autoregressive.decoder import Decoder
from anew.models.autoregressive.rnn import RNN
from anew.models.diffusion.masked import Masked
from anew.models.encoders.bert import Bert

torch.set_num_threads(1)
TEXTS = [
    "def",
    "read(path)",
    "",
    "x" * 15,
    "y" * 16,
    "= {}" * 20,
    "return " * 40,
    *(f"line {i} of " * i for i in range(24)),
]


def random(network):
    with torch.random.fork_rng():
        torch.manual_seed(1)
        for p in network.parameters():
            torch.nn.init.normal_(p, std=0.3)
    return network.eval()


def encoder(kind="mean", normalise=True) -> Encoder:
    codec = writer("byte letters").codec
    table = json.loads(codec.state()["table"])
    spec = Vocabulary.of(table, 300, vocab=codec.spec.vocab, end=codec.spec.end, begins=[1])
    network = random(Bert(spec.spec, width=32, layers=2, heads=4, inner=48))
    return Encoder(writer("byte letters").recipe, network, spec, Pooling(kind, 290, normalise))


def model(kind: str) -> Artifact:
    if kind in ("transformer", "rnn"):
        return writer("characters", kind)
    plain = writer("blanks as letters" if kind == "decoder that begins" else "bpe")
    spec = plain.codec.spec
    network = {
        "decoder": lambda: Decoder(spec, width=32, layers=2, heads=2),
        "decoder that begins": lambda: Decoder(spec, width=32, layers=2, heads=2, pattern="lg", window=5),
        "lstm": lambda: RNN(spec, cell="lstm", width=32, layers=1),
        "masked": lambda: Masked(spec, width=32, layers=1, heads=2, table_rows=512),
    }[kind]
    return replace(plain, model=random(network()))


LANGUAGE = ("transformer", "rnn", "lstm", "decoder", "decoder that begins")
READERS = {"encoder": encoder} | {kind: lambda kind=kind: model(kind) for kind in LANGUAGE}


@pytest.mark.parametrize("kind", READERS)
def test_a_vector_is_the_same_alone_in_any_company_and_in_any_order(kind):
    reader = Embedder.of(READERS[kind]())
    whole = reader.embed(TEXTS).values
    assert whole.shape == (len(TEXTS), 32) and whole.dtype == np.float32 and np.isfinite(whole).all()
    assert len(np.unique(whole, axis=0)) == len({*TEXTS})
    order = np.random.default_rng(0).permutation(len(TEXTS))
    assert np.array_equal(reader.embed([TEXTS[i] for i in order]).values, whole[order])
    for i in (0, 2, 4, 6, 20):
        assert np.array_equal(reader.embed([TEXTS[i]]).values[0], whole[i])
    twenty = reader.embed(TEXTS[4:5] * 40).values
    assert np.array_equal(twenty, np.repeat(whole[4:5], 40, 0))


@pytest.mark.parametrize("kind", LANGUAGE)
@torch.no_grad()
def test_of_a_language_model_it_is_the_mean_of_the_states_of_the_text_that_its_logits_come_from(kind):
    artifact = model(kind)
    network, spec = artifact.model, artifact.model.spec
    (ids,) = artifact.codec.encode(["read(path)"])
    before = [spec.end] if spec.begins is None else [*spec.begins]
    x_1T = torch.tensor([[*before, *ids.tolist()]])
    states_1TD, _ = network.states(x_1T)
    assert torch.equal(network.logits(states_1TD), network.extend(x_1T)[0])
    found = Embedder.of(artifact).embed(["read(path)"]).values[0]
    expected = states_1TD[0, len(before) :].mean(0).numpy()
    assert np.abs(found - expected).max() < 1e-5 * np.abs(expected).max()


def test_kinds_of_pooling_and_lengths():
    made = {kind: Embedder.of(encoder(kind, False)).embed(TEXTS).values for kind in ("mean", "first", "max")}
    assert (made["max"] >= made["mean"] - 1e-6).all() and not np.allclose(made["first"], made["mean"])
    unit = Embedder.of(encoder()).embed(TEXTS).values
    assert np.abs(np.linalg.norm(unit, axis=1) - 1).max() < 1e-6
    long = Embedder.of(encoder()).embed(TEXTS, normalise=False).values
    assert np.array_equal(long, made["mean"])
    short = Embedder.of(encoder()).embed(TEXTS, dimensions=8).values
    assert short.shape == (len(TEXTS), 8) and np.abs(np.linalg.norm(short, axis=1) - 1).max() < 1e-6
    for dimensions in (0, 33):
        with pytest.raises(RecipeError, match="the vectors have 32"):
            Embedder.of(encoder()).embed(TEXTS, dimensions=dimensions)


def test_what_is_too_long_is_refused_or_cut():
    reader = Embedder.of(encoder())
    with pytest.raises(Refused, match="text 2 has 1,000 tokens, and the model reads 288") as caught:
        reader.embed(["x", [5] * 1000])
    assert "--cut" in caught.value.next_command
    found = reader.embed(["x", [5] * 1000, [5] * 288], cut=True)
    assert found.cut == [1] and found.tokens[1] == 290 and np.array_equal(found.values[1], found.values[2])


def test_tokens_are_read_as_the_text_is_and_held_to_the_vocabulary():
    reader = Embedder.of(encoder())
    (ids,) = reader.codec.encode(["read(path)"])
    assert np.array_equal(*reader.embed(["read(path)", ids.tolist()]).values)
    for odd in (-1, reader.codec.spec.vocab):
        with pytest.raises(RecipeError, match="text 1 holds tokens beyond"):
            reader.embed([[odd]])


def test_nothing_gives_no_vectors_and_progress_is_told_in_tokens():
    assert Embedder.of(encoder()).embed([]).values.shape[0] == 0
    told: list[Progress] = []
    found = Embedder.of(encoder()).embed(TEXTS, report=told.append)
    assert told[-1].done == told[-1].total == sum(found.tokens) and len(told) > 5


def test_blocks_hold_about_as_many_tokens_whatever_the_length(monkeypatch):
    reader, shapes = Embedder.of(encoder()), set()
    states = reader.states

    def seen(x_BT, exists_BT):
        shapes.add(tuple(x_BT.shape))
        return states(x_BT, exists_BT)

    replace(reader, states=seen).embed(TEXTS)
    assert all(T % PIECE == 0 and B == max(1, BLOCK // T) for B, T in shapes) and len(shapes) > 4


def test_models_without_states_are_refused_by_name():
    with pytest.raises(Refused, match="has no states after each token"):
        Embedder.of(model("masked"))
    with pytest.raises(Unsupported, match="301 tokens"):
        encoder().network.states(torch.zeros(1, 301, dtype=torch.long), torch.ones(1, 301, dtype=torch.bool))


def test_the_nearest_come_first_and_ties_in_order():
    values = np.array([[1, 0], [0, 2], [3, 3], [0, 0], [0, 1]], np.float32)
    found = nearest(np.array([0, 5], np.float32), values, 4)
    assert [i for i, _ in found] == [1, 4, 2, 0] and [round(c, 4) for _, c in found] == [1, 1, 0.7071, 0]


# ------------------------------------------------------------------------------------------------ typed


@pytest.fixture
def mine(tmp_path, monkeypatch):
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    writer("characters").save(tmp_path / "mine")
    return "mine"


def test_the_command_line_writes_arrays_and_lines(mine, tmp_path, capsys):
    (tmp_path / "lines.txt").write_text("def read\n\nreturn {}\r\n", "utf-8")
    assert main(["embed", mine, "--file", "lines.txt", "--out", "vectors.npy"]) == 0
    array = np.load("vectors.npy", allow_pickle=False)
    assert array.shape == (3, 32) and array.dtype == np.float32
    assert main(["embed", mine, "--file", "lines.txt", "--out", "vectors.jsonl"]) == 0
    lines = [json.loads(line) for line in (tmp_path / "vectors.jsonl").read_text("utf-8").splitlines()]
    assert [line["text"] for line in lines] == ["def read", "", "return {}"]
    assert np.array_equal(np.array([line["vector"] for line in lines], np.float32), array)
    capsys.readouterr()
    assert main(["embed", mine, "def read", "return {}", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert np.array_equal(np.array(told["vectors"], np.float32), array[[0, 2]]) and told["dimensions"] == 32
    assert main(["embed", mine, "def read", "--normalise"]) == 0
    (vector,) = [json.loads(line)["vector"] for line in capsys.readouterr().out.splitlines()]
    assert abs(np.linalg.norm(vector) - 1) < 1e-5


def test_the_command_line_finds_what_is_nearest(mine, tmp_path, capsys):
    texts = ["def read(path)", "return {}[0]", "1.5e3 + 42"]
    assert main(["embed", mine, *texts, "--query", "return {}[0]", "--top", "2"]) == 0
    head, first, _ = capsys.readouterr().out.splitlines()
    assert head.split() == ["COSINE", "TEXT"] and first.split(maxsplit=2) == ["1.0000", "2", "return {}[0]"]
    assert main(["embed", mine, *texts, "--query", "return {}[0]", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["nearest"]
    assert [one["number"] for one in found][0] == 2 and len(found) == 3


def test_what_was_typed_wrong_is_said(mine, tmp_path, capsys):
    (tmp_path / "lines.txt").write_text("a\n" + "a" * 700 + "\n", "utf-8")
    (tmp_path / "odd.txt").write_bytes(b"\xff\xfe\xff")
    (tmp_path / "none.txt").write_text("")
    for words, code, why in (
        (["--file", "lines.txt"], 5, "text 2 has 700 tokens"),
        (["--file", "odd.txt"], 2, "not UTF-8"),
        (["--file", "none.txt"], 2, "there is nothing in none.txt"),
        (["--file", "gone.txt"], 1, "No such file"),
        (["a", "--file", "lines.txt"], 2, "at once"),
        (["a", "--out", "vectors.pkl"], 2, ".npy or .jsonl"),
        (["a", "--query", "b", "--out", "v.npy"], 2, "without --query"),
        (["a", "--dimensions", "99"], 2, "the vectors have 32"),
    ):
        assert main(["embed", mine, *words]) == code
        assert why in capsys.readouterr().err
    assert main(["embed", mine, "--file", "lines.txt", "--cut", "--out", "v.npy"]) == 0
    assert "1 of 2 texts were cut, the first of them text 2" in capsys.readouterr().err
