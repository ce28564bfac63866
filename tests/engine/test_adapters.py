"""Adapters in the engine: whoever asks for one, for several or for none gets, in one step with all others, what it
gets alone; in floats and over eight bits."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest
import torch
from test_engine import CONTEXT, LENGTH, engine, network, requests, tokens

from anew.engine.engine import Engine
from anew.engine.quantise import quantise
from anew.engine.requests import Request
from anew.engine.runner import Runner, Span
from anew.errors import Refused
from anew.models.autoregressive.decoder import Decoder
from anew.models.layers.lora import lay_over, linears

Weights = dict[str, torch.Tensor]
SCALE = 2.0


def adapter(decoder: Decoder, seed: int, rank: int = 3) -> Weights:
    """Changes to every layer, as large as the weights themselves."""
    rng, made = torch.Generator().manual_seed(seed), Weights()
    for name, layer in linears(decoder).items():
        if name != "head":
            made[f"{name}.down"] = torch.randn(rank, layer.in_features, generator=rng) * 0.2
            made[f"{name}.up"] = torch.randn(layer.out_features, rank, generator=rng) * 0.2
    return made


def loaded(decoder: Decoder, kinds: dict[str, Weights], **settings: int) -> Engine:
    made = engine(decoder, **settings)
    for name, weights in kinds.items():
        made.load(name, weights, SCALE)
    return made


def asked(temperature: float) -> list[Request]:
    """Eight, of which three ask for nothing."""
    under = ((), (("short", 1.0),), (("polite", 1.0),), (), (("polite", 0.5), ("short", 0.5)), (("short", -0.5),),
             (("polite", 1.0),), ())  # fmt: skip
    return [replace(one, adapters=names) for one, names in zip(requests(temperature), under, strict=True)]


@pytest.fixture(scope="module")
def kinds() -> dict[str, Weights]:
    return {"polite": adapter(network("llama", False), 1), "short": adapter(network("llama", False), 2, rank=5)}


@pytest.mark.parametrize(("int8", "temperature"), [(False, 1.0), (True, 0.0)])
def test_each_gets_in_company_what_it_gets_alone(kinds: dict[str, Weights], int8: bool, temperature: float) -> None:
    decoder, all_asked = network("llama", int8), asked(temperature)
    untouched = tokens(engine(network("llama", int8)).run([replace(one, adapters=()) for one in all_asked]))
    alone = [loaded(decoder, kinds).run([replace(one, drafts=False)])[0].tokens for one in all_asked]
    assert all(len(said) == LENGTH for said in alone)
    for one, said, plain in zip(all_asked, alone, untouched, strict=True):
        assert (said == plain) == (not one.adapters)
    turned = dict(reversed(kinds.items()))
    assert tokens(loaded(decoder, turned).run(all_asked)) == alone, "in company, with drafts"
    made = loaded(decoder, kinds, prefix_bytes=1 << 26)
    made.run([replace(all_asked[1], options=replace(all_asked[1].options, max_new=1))])
    found = made.run(all_asked)
    assert tokens(found) == alone, "from the prefix cache"
    cached = [answer.cached for answer in found]
    assert cached[1] == 64 and cached[3] == cached[5] == 0, f"{cached}: what is read under an adapter is its own"


def test_one_says_what_the_adapted_model_says(kinds: dict[str, Weights]) -> None:
    one = replace(requests(0.0)[3], adapters=(("polite", 1.0), ("short", 0.25)))
    adapted = network("llama", False)
    lay_over(adapted, kinds["polite"], SCALE)
    lay_over(adapted, kinds["short"], SCALE * 0.25)
    expected = engine(adapted).run([replace(one, adapters=())])[0].tokens
    assert loaded(network("llama", False), kinds).run([one])[0].tokens == expected


@pytest.mark.parametrize("form", ["llama", "gemma", "gpt"])
def test_a_change_is_the_same_over_joined_and_smoothed_maps(form: str) -> None:
    """Of what a change does to the logits in floats, eight bits leave nearly all."""
    plain = network(form, False)
    weights = adapter(plain, 4)
    shown = torch.randint(1, 61, (1800,), generator=torch.Generator().manual_seed(0))
    quick = copy.deepcopy(plain)
    with torch.no_grad():
        for block in quick.blocks:  # loud channels, which smoothing moves
            block.mlp_norm.weight[::8] += 6
            block.attention_norm.weight[::8] += 6
    plain = copy.deepcopy(quick)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("anew.engine.quantise.ENOUGH", 100)
        patch.setattr("anew.engine.quantise.LIMIT", 5.0)
        quantise(quick, shown)
    assert any(getattr(module, "smooth_K", None) is not None for module in quick.modules())
    prompt, logits = shown[:40].tolist(), []
    for decoder in (plain, quick):
        runner = Runner(decoder, piece=64)
        runner.ready()
        under = ((runner.adapter("one", weights, 0.5), 1.0),)
        with torch.inference_mode():
            logits.append([runner.read([Span(runner.open(64, way), 0, prompt)])[0] for way in ((), under)])
    moved, quantised = (float((a - b).norm()) for a, b in (logits[0], [logits[0][1], logits[1][1]]))
    assert quantised < 0.15 * moved, f"{quantised:.3f} of {moved:.3f}"


def test_adapters_come_and_go_while_requests_run(kinds: dict[str, Weights]) -> None:
    decoder, one = network("llama", False), asked(1.0)[2]
    expected = loaded(decoder, kinds).run([one])[0].tokens
    made = loaded(decoder, kinds)
    size = sum(t.nbytes for t in kinds["polite"].values())
    held = made.scheduler.held
    running = made.submit(replace(one, drafts=False))
    for _ in range(8):
        made.step()
    made.unload("polite")
    assert made.scheduler.held == held, "its memory is still used"
    with pytest.raises(Refused, match="no adapter called 'polite' is loaded; loaded: short"):
        made.submit(one)
    made.load("polite", kinds["short"], SCALE)
    other = made.submit(one)
    while made.step():
        pass
    assert running.answer().tokens == expected != other.answer().tokens
    made.unload("polite")
    made.unload("short")
    assert made.scheduler.held == 0 and held > size
    assert tokens(made.run(requests(1.0)[:2])) == tokens(engine(decoder).run(requests(1.0)[:2]))


def test_memory_of_adapters_is_counted(kinds: dict[str, Weights]) -> None:
    decoder, one = network("llama", False), requests(0.0)[3]
    need, size = Runner(decoder).bytes_of(len(one.prompt) + LENGTH), sum(t.nbytes for t in kinds["polite"].values())
    made = engine(decoder, budget=need + size)
    made.load("polite", kinds["polite"], SCALE)
    assert made.scheduler.held == size
    made.submit(one)
    with pytest.raises(Refused, match="bytes of memory are needed.* 0 are free"):
        made.load("short", kinds["short"], SCALE)
    with pytest.raises(Refused, match=f"adapters {size:,} of them"):
        made.submit(Request((1,) * (CONTEXT - 1)))


def test_what_is_no_change_of_this_model_is_refused(kinds: dict[str, Weights]) -> None:
    made = engine(network("llama", False))
    with pytest.raises(Refused, match=r"changes 'blocks\.9\.mlp\.up', which this model does not have"):
        made.load("odd", {"blocks.9.mlp.up.down": torch.ones(1, 48), "blocks.9.mlp.up.up": torch.ones(64, 1)}, 1.0)
    with pytest.raises(Refused, match="not its own"):
        made.load("odd", {"blocks.0.mlp.up.down": torch.ones(1, 48), "blocks.0.mlp.up.up": torch.ones(9, 1)}, 1.0)
    assert not made.adapters and made.scheduler.held == 0
