"""Every registered part keeps the contract: models × checks, codecs × checks, samplers × checks, and how many ran."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from anew import registry
from anew.codecs.sound import Sound
from anew.contract import Codec, CondSpec, Model, Spec, Unsupported
from anew.testing import check_codec, check_model, check_sampler
from anew.testing.subject import Subject
from anew.testing.suite import seeded

sys.path.insert(0, str(Path(__file__).parent))

torch.set_num_threads(1)
CLASSES, PROMPTS = CondSpec(classes=3), CondSpec(tokens=(6, 20))


def tokens(cond: CondSpec | None = None) -> Spec:
    return Spec("tokens", (16,), vocab=9, end=0, cond=cond)


def otherwise(*begins: int) -> Spec:
    """Sequences with a beginning of their own, and a second symbol that ends them."""
    return Spec("tokens", (16,), vocab=9, end=0, begins=begins, stops=(3,))


def grid(*shape: int, cond: CondSpec | None = None) -> Spec:
    return Spec("grid", shape, cond=cond)


def part(name: str, spec: Spec, **settings: Any) -> Callable[[], Model]:
    """A registered model at its smallest size, made smaller still where that saves time."""
    kind = registry.find("models", name)
    return lambda: kind(spec, **{**kind.sizes.get("xs", {}), **settings})


def taught(spec: Spec, teachers: int = 32, **settings: Any) -> Callable[[], Model]:
    """A student of a flow, of width `teachers`, that has learnt a little."""
    teacher = cache(lambda: Subject(part("flow", spec, **settings | {"width": teachers, "steps": 2})).trained)

    def make() -> Model:
        made: Any = part("student", spec, **settings)()
        made.learn_from(teacher())
        return made

    return make


# Name, how it is made, and how many checks bind it. A number that falls says that a check binds a part no longer.
MODELS: list[tuple[str, Callable[[], Model], int]] = [
    ("transformer", part("transformer", tokens(), width=32, table_rows=512), 56),
    ("transformer under labels", part("transformer", tokens(CLASSES), width=32, table_rows=512), 65),
    ("transformer, grouped queries", part("transformer", tokens(), width=32, kv_heads=1, ngrams=1), 56),
    ("transformer, sparse table", part("transformer", tokens(), width=32, table_rows=512, sparse=True), 56),
    ("transformer, begun and stopped otherwise", part("transformer", otherwise(7, 5), width=32, table_rows=512), 56),
    ("transformer, begun by nothing", part("transformer", otherwise(), width=32, ngrams=1), 56),
    ("decoder", part("decoder", tokens(), width=32), 56),
    ("decoder under labels", part("decoder", tokens(CLASSES), width=32, tied=True), 65),
    (
        "decoder, as Gemma has it",
        part(
            "decoder", tokens(), width=32, kv_heads=1, head_width=8, norm_offset=1.0, norm_after=True, qk_norm=True,
            pattern="lg", window=5, local_base=100.0, attention_cap=20.0, logit_cap=15.0, embed_scale=4.0, tied=True,
        ),
        56,
    ),
    (
        "decoder, as GPT-2 has it",
        part(
            "decoder", otherwise(), width=32, norm="layer", activation="gelu_tanh", gated=False, qkv_bias=True,
            out_bias=True, mlp_bias=True, positions="learned",
        ),
        56,
    ),
    ("rnn", part("rnn", tokens(), width=32, layers=2), 56),
    ("rnn, long short-term memory", part("rnn", tokens(), cell="lstm", width=32), 56),
    ("rnn under labels", part("rnn", tokens(CLASSES), width=32), 65),
    ("vae of vectors", part("vae", grid(2), width=8, latent=4, depth=1, draws=4), 36),
    ("vae of vectors under labels", part("vae", grid(8, cond=CLASSES), width=8, latent=4, depth=1, draws=4), 45),
    ("vae of grids under labels", part("vae", grid(1, 9, 8, cond=CLASSES), width=8, latent=4, depth=1, draws=4), 45),
    ("autoencoder", part("autoencoder", grid(1, 12, 12), latent=4, shift=0.0), 36),
    ("autoencoder, three channels", part("autoencoder", grid(3, 9, 8), latent=4), 36),
    ("spatial autoencoder", part("spatial-autoencoder", grid(3, 12, 8)), 36),
    ("vocoder", part("vocoder", grid(1, 500), window=64, hop=16, mels=12, width=64, blocks=2, segment=12), 35),
    ("fsq", part("fsq", grid(1, 12, 12), tokens=4), 19),
    ("fsq, three channels", part("fsq", grid(3, 9, 8), tokens=4, levels=(4, 3)), 19),
    ("vq", part("vq", grid(1, 12, 12), tokens=4, codes=64), 19),
    ("residual-vq", part("residual-vq", grid(1, 12, 12), width=32, books=2, codes=32, numbers=4), 19),
    ("residual-vq, two channels", part("residual-vq", grid(2, 6, 9), width=32, stride=3, codes=16, numbers=4), 19),
    ("flow of vectors", part("flow", grid(8), width=32, depth=1), 35),
    ("flow of vectors under labels", part("flow", grid(8, cond=CLASSES), width=32, depth=1), 44),
    ("flow of grids under prompts", part("flow", grid(2, 8, 8, cond=PROMPTS), width=32, depth=2), 44),
    (
        "meanflow of patches under prompts",
        part("meanflow", grid(1, 8, 8, cond=PROMPTS), width=32, depth=1, backbone="dit", patch=4),
        44,
    ),
    ("flow of grids under labels", part("flow", grid(1, 8, 8, cond=CLASSES), width=32, depth=1), 44),
    ("edm of vectors", part("edm", grid(8), width=32, depth=1), 35),
    ("edm of patches under labels", part("edm", grid(1, 8, 8, cond=CLASSES), width=32, depth=1, patch=2), 44),
    ("edm, the paper's solver", part("edm", grid(8, cond=CLASSES), width=32, depth=1, solver="heun"), 44),
    ("edm, ancestral sampling", part("edm", grid(8, cond=CLASSES), width=32, depth=1, solver="ancestral"), 44),
    ("meanflow of vectors", part("meanflow", grid(8), width=32, depth=1), 35),
    (
        "meanflow of patches, guided",
        part("meanflow", grid(1, 8, 8, cond=CLASSES), width=32, depth=1, backbone="dit", patch=2, guidance=2.0),
        44,
    ),
    ("student of vectors", taught(grid(8), 64, width=32, depth=1), 35),
    (
        "student of patches under prompts",
        taught(grid(1, 8, 8, cond=PROMPTS), 64, width=32, depth=1, backbone="dit", patch=4),
        44,
    ),
    ("aligned", part("aligned", grid(1, 4, 24, cond=PROMPTS), width=32, depth=1, reading=32, readers=1), 41),
    ("gan of vectors", part("gan", grid(8), width=32), 35),
    ("gan of grids under labels", part("gan", grid(1, 8, 8, cond=CLASSES), width=64), 44),
    ("wgan under labels", part("wgan", grid(8, cond=CLASSES), width=32), 44),
    ("masked", part("masked", tokens(), width=32, layers=1, table_rows=512), 39),
    ("masked under labels", part("masked", tokens(CLASSES), width=32, layers=1, table_rows=512), 48),
    (
        "masked, surest first, sparse table",
        part(
            "masked", tokens(), width=32, layers=1, ngrams=3, table_rows=512, sparse=True, solver="confident", steps=3
        ),
        39,
    ),
    ("classifier", part("classifier", grid(1, 12, 12, cond=CLASSES), features=8), 21),
    ("contrastive", part("contrastive", grid(3, 12, 12, cond=PROMPTS)), 18),
    ("contrastive, among the batch", part("contrastive", grid(3, 12, 12, cond=PROMPTS), objective="softmax"), 18),
    ("enlarger", part("enlarger", grid(3, 12, 8)), 18),
    # What the contract must hold for, and the registry does not have yet.
]  # fmt: skip
WAIVED = {  # by the part's name
    "contrastive": {"loss_is_the_weighted_mean_of_its_parts": "it tells a row's prompt among those of the batch"},
    "vocoder": {
        "a_sample_finds_back_from_its_latent": "a spectrogram has no phases: what comes back is alike and elsewhere"
    },
    "enlarger": {
        "each_phase_lowers_its_loss_on_one_batch": "these patterns are noise, of which a coarse grid tells nothing"
    },
}


@pytest.mark.parametrize(("make", "count"), [case[1:] for case in MODELS], ids=[case[0] for case in MODELS])
def test_a_model_keeps_the_contract(make: Callable[[], Model], count: int, request: pytest.FixtureRequest) -> None:
    report = check_model(make, waive=WAIVED.get(named(request.node.callspec.id)))
    assert len(report) == count, "\n".join(report.ran)


def named(case: str) -> str:
    """The registered name that a line above begins with."""
    return case.split(",")[0].split(" ")[0]


def checked() -> set[str]:
    return {named(case) for case, _, _ in MODELS}


def smallest(name: str) -> Callable[[], Model]:
    """Any registered model at size xs, on the first spec of these that it takes."""
    kind = registry.find("models", name)
    specs = [
        tokens(),
        grid(8),
        grid(1, 12, 12),
        tokens(CLASSES),
        grid(8, cond=CLASSES),
        grid(1, 12, 12, cond=CLASSES),
        grid(3, 12, 12, cond=PROMPTS),
        grid(1, 2048),
    ]
    for spec in specs:
        try:
            kind(spec, **kind.sizes.get("xs", {}))
        except Unsupported:
            continue
        return part(name, spec)
    raise AssertionError(f"{name} takes none of {specs}")


@pytest.mark.parametrize("name", sorted(registry.MODELS))
def test_every_registered_model_is_checked(name: str) -> None:
    """One that has no line above is checked as it comes, so that a new model needs none."""
    if name not in checked():
        assert check_model(smallest(name))
    else:
        assert check_model(smallest(name), only=["says_what_it_is"])


def test_the_number_of_checks() -> None:
    """Of the parts listed here: models × checks, codecs × checks, samplers × checks."""
    assert sum(count for _, _, count in MODELS) == 2020
    assert sum(count for _, _, _, count in CODECS) == 297
    assert sum(count for _, _, _, count in SAMPLERS) == 56


# ------------------------------------------------------------------------------------------------ codecs


def texts() -> list[str]:
    return [f"Line {i}: the quick brown fox\r\njumps over {i * i} dogs é{'àß'[i % 2]}" for i in range(16)]


def pictures(*shape: int) -> list[Any]:
    """Gradients and noise, of about the given shape; every other one is a little wider."""
    rng = np.random.default_rng(0)
    made = []
    for i in range(16):
        height, width, channels = shape[0], shape[1] + i % 2, shape[2]
        ramp = np.linspace(0, 200, height * width * channels).reshape(height, width, channels)
        made.append((ramp + rng.integers(0, 56, ramp.shape)).astype(np.uint8))
    return made


def learned(kind: str, name: str, over: str = "image", **settings: Any) -> Callable[[], Codec]:
    """A model of random weights is a codec already, if a bad one."""
    heard = {"mels": 12, "window": 256, "hop": 64, "seconds": 0.06, "iterations": 4}
    around: dict[str, Any] = {"size": 12} if over == "image" else heard

    def make() -> Codec:
        inner = registry.find("codecs", over)(**around)
        inner.fit(pictures(12, 12, 1) if over == "image" else sounds(16_000))
        with seeded(0):
            model = registry.find("models", name)(inner.spec, **settings)
        made: Codec = registry.find("codecs", kind)(
            inner=inner,
            model=model,
            model_name=name,
            model_settings=settings,
            inner_settings=around,
        )
        return made

    return make


def sounds(rate: int) -> list[Sound]:
    """In 16 bits, of one length and of others."""
    rng, found = np.random.default_rng(0), []
    for i in range(14):
        time = np.arange(2048 if i < 10 else 300 * i) / rate
        wave = np.sin(6.3 * (200 + 90 * i) * time) * np.exp(-9 * time) + rng.normal(0, 0.02, len(time))
        found.append(Sound((np.rint(wave[None] * 12_000) / 32768).astype(np.float32), rate))
    return found


def rows() -> list[dict[str, Any]]:
    """Of a table with a number, an integer, a date, a text, a flag, gaps and a constant."""
    rng = np.random.default_rng(0)
    made = []
    for i in range(40):
        made.append({
            "size": round(float(rng.normal(5, 2)), 2), "count": int(rng.integers(0, 30)), "same": "x",
            "day": f"2024-01-{1 + i % 28:02d}", "kind": "abc"[int(rng.integers(0, 3))], "flag": bool(i % 2),
            "gap": None if i % 4 == 0 else float(i),
        })  # fmt: skip
    return made


def vocabulary() -> Codec:
    """One that came with a model: byte pairs, symbols that begin, end and stop, and one that is nothing of these."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    alphabet, symbols = sorted(pre_tokenizers.ByteLevel.alphabet()), ["<s>", "</s>", "<turn>", "<pad>"]
    trainer = trainers.BpeTrainer(
        vocab_size=300, show_progress=False, initial_alphabet=alphabet, special_tokens=symbols
    )
    tokenizer.train_from_iterator(texts(), trainer)
    state = {"table": tokenizer.to_str(), "vocab": 310, "end": 1, "begins": [0], "stops": [2], "bos": 0}
    made: Codec = registry.find("codecs", "vocabulary").restore({"context": 32}, state)
    return made


def scores() -> list[Any]:
    """Scales in three voices."""
    from anew.codecs.score_files import read_score
    from anew.codecs.score_grid import on_grid

    lines = "\n".join(f"V:{voice}\n" + "CDEF|GABc|cBAG|FEDC|" for voice in (1, 2, 3))
    files = [f"X:1\nM:4/4\nL:1/4\nQ:1/4=120\nK:{key}\n{lines}\n".encode() for key in "CGDFA"]
    return [on_grid(read_score(content, "a.abc")) for content in files]


CODECS: list[tuple[str, Callable[[], Codec], Any, int]] = [
    ("characters", lambda: registry.find("codecs", "characters")(context=32, min_count=2), texts(), 15),
    ("bytes", lambda: registry.find("codecs", "bytes")(context=32), texts(), 15),
    ("bpe", lambda: registry.find("codecs", "bpe")(context=32, vocab=300), texts(), 15),
    ("vocabulary", vocabulary, texts(), 15),
    ("image, grey", lambda: registry.find("codecs", "image")(), pictures(12, 12, 1), 15),
    ("image, in colour and scaled", lambda: registry.find("codecs", "image")(size=10), pictures(9, 12, 3), 15),
    ("image, with alpha", lambda: registry.find("codecs", "image")(channels=4), pictures(10, 10, 4), 15),
    ("latent", learned("latent", "autoencoder", width=16, latent=4), pictures(12, 12, 1), 15),
    ("codes", learned("codes", "fsq", width=16, tokens=4, levels=(4, 3)), pictures(12, 12, 1), 15),
    ("codes, of vectors", learned("codes", "vq", width=16, tokens=4, codes=20), pictures(12, 12, 1), 15),
    (
        "codes, along time",
        learned("codes", "residual-vq", "mel", width=32, blocks=1, books=2, codes=20, numbers=4),
        sounds(16_000),
        15,
    ),
    ("wave", lambda: registry.find("codecs", "wave")(), sounds(16_000), 15),
    ("wave, at another rate", lambda: registry.find("codecs", "wave")(rate=22_050, channels=2), sounds(44_100), 15),
    ("mel", lambda: registry.find("codecs", "mel")(mels=20, window=256, hop=64, iterations=8), sounds(16_000), 15),
    ("label", lambda: registry.find("codecs", "label")(), ["cat", "dog", "é", "a b"] * 4, 14),
    ("caption", lambda: registry.find("codecs", "caption")(longest=8), ["A red cat", "red é", "a b, 日本"] * 4, 14),
    ("transcript", lambda: registry.find("codecs", "transcript")(longest=40), ["Two cats.", "A red cat"] * 8, 14),
    ("events", lambda: registry.find("codecs", "events")(context=512), scores() * 3, 15),
    ("table", lambda: registry.find("codecs", "table")(), rows(), 15),
    ("rows", lambda: registry.find("codecs", "rows")(constraints=["count >= 0"]), rows(), 15),
]


@pytest.mark.parametrize(("make", "samples", "count"), [c[1:] for c in CODECS], ids=[c[0] for c in CODECS])
def test_a_codec_keeps_the_contract(make: Callable[[], Codec], samples: Any, count: int) -> None:
    report = check_codec(make, samples)
    assert len(report) == count, "\n".join(report.ran)


def test_every_registered_codec_is_checked() -> None:
    assert set(registry.CODECS) == {name.split(",")[0] for name, _, _, _ in CODECS}


# ------------------------------------------------------------------------------------------------ samplers

SAMPLERS: list[tuple[str, int | None, Callable[[int], int] | None, int]] = [
    ("tokens", None, None, 10),
    ("unmask", None, None, 5),
    ("euler", 1, lambda steps: steps, 7),
    ("heun", 2, lambda steps: 2 * steps - 1, 7),
    ("adams-bashforth", 2, lambda steps: steps, 7),
    ("runge-kutta", 4, lambda steps: 4 * steps, 7),
    ("dpm-solver++", 2, lambda steps: steps, 7),
    ("ancestral", 1, lambda steps: steps, 6),
]


@pytest.mark.parametrize(("name", "order", "calls", "count"), SAMPLERS, ids=[case[0] for case in SAMPLERS])
def test_a_sampler_keeps_the_contract(name: str, order: int | None, calls: Any, count: int) -> None:
    report = check_sampler(registry.find("samplers", name), order, calls)
    assert len(report) == count, "\n".join(report.ran)


def test_every_registered_sampler_is_checked() -> None:
    assert set(registry.SAMPLERS) == {name for name, _, _, _ in SAMPLERS}
