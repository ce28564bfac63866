"""Hugging Face folders: in, used, out again, and what a hostile or damaged one is answered."""

from __future__ import annotations

import json
import time

import pytest
import torch
from networks import TEMPLATE, TEXTS, network, tokenizer_json, transformers
from safetensors.torch import load_file, save_file

from anew.artifact import Artifact
from anew.cli import main
from anew.codecs.text import BytePairs
from anew.deploy.lookup import open_model
from anew.deploy.store import Store
from anew.engine.generate import generate
from anew.errors import AnewError, DataError, NotFound, Refused
from anew.exchange.huggingface import licence_of, read_folder
from anew.models.autoregressive.decoder import Decoder
from anew.recipe import parse
from anew.recipes.exchange import export_model, import_model, is_foreign

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))


def folder_of(shape, at, *, dtype=torch.float32, generation=None, shards=False, bos=False):
    """A model as transformers saves it, its tokenizer and template beside it."""
    theirs = network(shape).to(dtype)
    theirs.save_pretrained(at, max_shard_size="20kB" if shards else "5GB")
    (at / "generation_config.json").write_text(json.dumps({"eos_token_id": [2, 0], **(generation or {})}))
    tokenizer = tokenizer_json()
    if bos:
        from anew.exchange.huggingface import opens_with

        tokenizer["post_processor"] = opens_with("<|start|>", 1)
    (at / "tokenizer.json").write_text(json.dumps(tokenizer))
    told = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<|start|>", "eos_token": "<|end|>"}
    (at / "tokenizer_config.json").write_text(json.dumps(told))
    (at / "chat_template.jinja").write_text(TEMPLATE)
    (at / "README.md").write_text("---\nlanguage: en\nlicense: apache-2.0\n---\n# A model\n")
    return theirs.float()


@pytest.mark.parametrize(("shape", "bos"), [("llama of SmolLM2's form", False), ("gemma 3", True), ("gpt2", False)])
def test_a_folder_is_imported_used_and_exported_and_stays_the_same_model(tmp_path, shape, bos):
    theirs = folder_of(shape, tmp_path / "theirs", bos=bos)
    entry = import_model(str(tmp_path / "theirs"), "mine")
    assert not Store().verify("mine")
    card = Store().read(entry, "card.md").decode()
    assert "apache-2.0" in card and "imported from theirs" in card
    mine = open_model("mine")
    assert mine.model.spec.stops == (0,) and mine.model.spec.begins == ((1,) if bos else ())
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "theirs")
    for text in TEXTS[:3]:
        ids = tokenizer(text, return_tensors="pt")["input_ids"]
        assert ids[0].tolist() == [*mine.model.spec.begins, *mine.codec.encode([text])[0].tolist()]
        assert mine.codec.decode(mine.codec.encode([text])) == [text]
        expected = theirs.generate(ids, do_sample=False, max_new_tokens=20, eos_token_id=[2, 0], pad_token_id=0)
        made = generate(mine, prompt=text, temperature=0, max_new=20).samples[0]
        assert made == tokenizer.decode(expected[0, ids.shape[1] :], skip_special_tokens=True)
    out, found = export_model("mine", "hf", tmp_path / "out")
    assert (found.same_text, found.agreement, found.nats) == (True, 1.0, 0.0) and found.places >= 80
    before, after = load_file(tmp_path / "theirs" / "model.safetensors"), load_file(out / "model.safetensors")
    assert before.keys() == after.keys() and all(torch.equal(before[n], after[n]) for n in before)
    again = transformers.AutoModelForCausalLM.from_pretrained(out).eval()
    there = transformers.AutoTokenizer.from_pretrained(out)
    assert there(TEXTS[0])["input_ids"] == tokenizer(TEXTS[0])["input_ids"]
    assert again.generation_config.eos_token_id == [2, 0]
    x = torch.arange(3, 43)[None]
    with torch.no_grad():
        assert torch.equal(theirs(x).logits, again(x).logits)
    assert read_folder(out).licence == "apache-2.0" and read_folder(out).template == TEMPLATE


def test_half_precision_and_several_files_keep_their_bits(tmp_path):
    folder_of("qwen2", tmp_path / "theirs", dtype=torch.bfloat16, shards=True)
    files = sorted((tmp_path / "theirs").glob("*.safetensors"))
    assert len(files) > 1
    entry = import_model(str(tmp_path / "theirs"), "mine")
    assert "bfloat16" in Store().read(entry, "card.md").decode()
    out, _ = export_model("mine", "hf", tmp_path / "out")
    before = {name: value for file in files for name, value in load_file(file).items()}
    after = load_file(out / "model.safetensors")
    assert before.keys() == after.keys() and all(torch.equal(before[n], after[n]) for n in before)
    assert json.loads((out / "config.json").read_text())["torch_dtype"] == "bfloat16"


def test_defaults_of_generation_come_along_and_what_does_not_is_said(tmp_path):
    told = {"do_sample": True, "temperature": 0.6, "top_p": 0.9, "repetition_penalty": 1.1, "no_repeat_ngram_size": 3}
    folder_of("llama", tmp_path / "theirs", generation=told)
    entry = import_model(str(tmp_path / "theirs"), "mine")
    sample = open_model("mine").recipe.sample
    assert (sample.temperature, sample.top_p, sample.repetition) == (0.6, 0.9, 1.1)
    assert "no_repeat_ngram_size" in Store().read(entry, "card.md").decode().replace("\\", "")
    out, _ = export_model("mine", "hf", tmp_path / "out")
    assert json.loads((out / "generation_config.json").read_text())["repetition_penalty"] == 1.1


def test_gguf_goes_out_and_comes_in(tmp_path):
    folder_of("llama", tmp_path / "theirs")
    import_model(str(tmp_path / "theirs"), "mine")
    path, found = export_model("mine", "gguf", tmp_path / "out", "f32")
    assert found.same_text and is_foreign(str(path))
    import_model(str(path), "again")
    mine, again = open_model("mine"), open_model("again")
    assert again.model.spec == mine.model.spec and again.codec.state()["template"] == TEMPLATE
    x = torch.arange(3, 43)[None]
    with torch.no_grad():
        assert torch.equal(mine.model.extend(x)[0], again.model.extend(x)[0])


def test_opening_a_model_draws_no_weights_of_its_own(tmp_path):
    theirs = folder_of("gpt2", tmp_path / "theirs")
    import_model(str(tmp_path / "theirs"), "mine")
    before = torch.get_rng_state()
    mine = open_model("mine").model
    assert torch.equal(torch.get_rng_state(), before)
    x = torch.arange(3, 43)[None]
    with torch.no_grad():
        assert torch.allclose(theirs(x).logits, mine.extend(x)[0], rtol=0, atol=1e-3)
    torch.nn.init.zeros_(mine.norm.weight)  # and its initialisers do again what they say
    assert not mine.norm.weight.any()


def test_a_decoder_of_ones_own_goes_out_with_its_byte_pairs(tmp_path):
    codec = BytePairs(context=64, vocab=300)
    codec.fit(TEXTS)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = Decoder(codec.spec, width=32, layers=2, heads=4)
        for p in model.parameters():
            torch.nn.init.normal_(p, std=0.3)
    parts = {"codec": {"name": "bpe", "context": 64, "vocab": 300}, "model": {"name": "decoder", "heads": 4}}
    parts["model"] |= {"width": 32, "layers": 2}
    Artifact(parse({"name": "own", "modality": "text", **parts}), model.eval(), codec).save(tmp_path / "own")
    out, found = export_model(str(tmp_path / "own"), "hf", tmp_path / "out")
    assert found.same_text
    theirs = transformers.AutoModelForCausalLM.from_pretrained(out).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(out)
    own = open_model(tmp_path / "own")
    for text in TEXTS[:4]:
        ids = tokenizer(text, return_tensors="pt")["input_ids"]
        assert ids[0].tolist() == [codec.spec.end, *codec.encode([text])[0].tolist()]
        expected = theirs.generate(ids, do_sample=False, max_new_tokens=12)[0, ids.shape[1] :]
        made = generate(own, prompt=text, temperature=0, max_new=12).samples[0]
        assert made == tokenizer.decode(expected, skip_special_tokens=True)


def test_an_export_that_is_another_model_is_refused_and_removed(tmp_path, monkeypatch):
    folder_of("llama", tmp_path / "theirs")
    import_model(str(tmp_path / "theirs"), "mine")
    from anew.exchange import huggingface

    write = huggingface.write_tensors
    monkeypatch.setattr(
        huggingface, "write_tensors", lambda path, tensors, names: write(path, ((n, -t) for n, t in tensors), names)
    )
    with pytest.raises(Refused, match="the same greedy text is asked for"):
        export_model("mine", "hf", tmp_path / "out")
    assert not (tmp_path / "out").exists() and not list(tmp_path.glob(".out*"))


def test_the_command_line_takes_in_and_gives_out(tmp_path, capsys):
    folder_of("qwen3", tmp_path / "Their Model")
    assert main(["models", "import", str(tmp_path / "Their Model")]) == 0
    assert "imported their-model@" in capsys.readouterr().out
    assert main(["generate", "their-model", "The quick", "--max-new", "5"]) == 0
    assert capsys.readouterr().out
    assert main(["models", "export", "their-model", "--to", "hf", "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr()
    assert "read back: the same texts, 100.00%" in said.err and str(tmp_path / "out") in said.out
    assert main(["models", "export", "their-model", "--to", "hf"]) == 2
    odd = str(tmp_path / "odd")
    assert main(["models", "export", "their-model", odd, "--to", "hf", "--quant", "q8_0"]) == 2
    assert main(["models", "export", "their-model", odd, "--to", "hf", "--out", str(tmp_path / "two")]) == 2
    assert not list(tmp_path.glob("odd*")) and not list(tmp_path.glob("two*"))
    assert main(["models", "import", "pypi:llm-smollm3"]) == 4
    assert main(["models", "import", "hf:nothing"]) == 4


# ------------------------------------------------------------------------------------------------ what is refused


def broken(at, change):
    folder_of("llama", at)
    change(at)
    return at


def rewritten(name, **changes):
    def change(at):
        values = json.loads((at / name).read_text())
        (at / name).write_text(json.dumps({k: v for k, v in {**values, **changes}.items() if v is not None}))

    return change


def pickled(at):
    (at / "model.safetensors").rename(at / "pytorch_model.bin")


def outside(at):
    (at / "model.safetensors").unlink()
    (at / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": "../../etc/passwd"}}))


def shortened(at):
    content = (at / "model.safetensors").read_bytes()
    (at / "model.safetensors").write_bytes(content[: len(content) // 2])


def claims_a_huge_header(at):
    content = (at / "model.safetensors").read_bytes()
    (at / "model.safetensors").write_bytes((2**62).to_bytes(8, "little") + content[8:])


def whole_numbers(at):
    tensors = load_file(at / "model.safetensors")
    save_file({n: t.to(torch.int32) for n, t in tensors.items()}, at / "model.safetensors")


@pytest.mark.parametrize(
    ("change", "kind", "why"),
    [
        (pickled, Refused, "pytorch_model.bin: a pickle"),
        (outside, Refused, "not a plain file name"),
        (shortened, DataError, "not a whole safetensors file"),
        (claims_a_huge_header, DataError, "a header of"),
        (whole_numbers, Refused, "int32"),
        (lambda at: (at / "tokenizer.json").unlink(), Refused, "no tokenizer.json"),
        (lambda at: (at / "tokenizer.json").write_text("{}"), DataError, "tokenizer cannot be read"),
        (lambda at: (at / "config.json").write_text("[" * 100_000), DataError, "not JSON"),
        (lambda at: (at / "config.json").write_text("[]"), DataError, "not a JSON object"),
        (rewritten("config.json", vocab_size=10**9), Refused, "vocab_size = 1000000000"),
        (rewritten("config.json", vocab_size=500), Refused, "embed_tokens"),
        (rewritten("config.json", hidden_size=64), Refused, "shape"),
        (rewritten("generation_config.json", eos_token_id=[4000]), Refused, "do not fit"),
        (rewritten("generation_config.json", eos_token_id="</s>"), Refused, "eos_token_id"),
        (rewritten("generation_config.json", bos_token_id="<s>"), Refused, "bos_token_id = <s>"),
        (rewritten("config.json", bos_token_id=400), Refused, "bos_token_id = 400"),
    ],
)  # fmt: skip
def test_what_is_damaged_or_hostile_is_refused_in_one_line_and_nothing_kept(tmp_path, change, kind, why):
    with pytest.raises(kind, match=why) as caught:
        import_model(str(broken(tmp_path / "theirs", change)), "mine")
    assert "\n" not in caught.value.message
    assert not Store().list() and not list((tmp_path / "home" / "models").glob(".import-*"))


def test_a_thousand_broken_files_are_refused_or_read_and_nothing_else(tmp_path):
    """Bytes of the header and of config.json changed at random: an error of anew's each time, or a model."""
    folder_of("llama", tmp_path / "theirs")
    rng = torch.Generator().manual_seed(0)
    originals = {name: (tmp_path / "theirs" / name).read_bytes() for name in ("model.safetensors", "config.json")}
    length = int.from_bytes(originals["model.safetensors"][:8], "little") + 8
    refused = 0
    for turn in range(1000):
        name = "model.safetensors" if turn % 2 else "config.json"
        content = bytearray(originals[name])
        reach = min(len(content), length if turn % 2 else len(content))
        for _ in range(1 + turn % 5):
            at, value = (int(torch.randint(0, n, (1,), generator=rng)) for n in (reach, 256))
            content[at] = value
        (tmp_path / "theirs" / name).write_bytes(content)
        try:
            foreign = read_folder(tmp_path / "theirs")
            from anew.exchange.shapes import read_settings

            read_settings(foreign.config)
            for tensor in list(foreign.tensors)[:3]:
                foreign.tensors[tensor]
        except AnewError:
            refused += 1
        (tmp_path / "theirs" / name).write_bytes(originals[name])
    assert 300 < refused < 1000


@pytest.mark.parametrize(
    ("card", "licence"),
    [
        ("---\nlanguage: en\nlicense: 'mit'\n---\nlicense: x\n", "mit"),
        ("---\nlicense: mit\n", None),
        ("license: mit\n---\n", None),
        ("---" + "\n" * 65_000, None),
        ("---\n" + "license: x\n" * 6_000, None),
    ],
)
def test_a_cards_head_tells_the_licence_and_holds_nobody_up(tmp_path, card, licence):
    (tmp_path / "README.md").write_text(card)
    begun = time.process_time()
    assert licence_of(tmp_path) == licence and time.process_time() - begun < 1


def test_a_name_that_is_nothing_is_said_to_be_so(tmp_path):
    with pytest.raises(NotFound, match="no such folder"):
        import_model(str(tmp_path / "nothing"))
