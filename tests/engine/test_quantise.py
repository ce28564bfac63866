"""A decoder in eight bits: as good as it was or refused, and the same after a second start from what was kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from anew.contract import Spec
from anew.engine import quantise as module
from anew.engine.forms import kept_at
from anew.engine.quantise import Quality, converted, fill, keep, kept, nats, quantise
from anew.engine.smooth import smooth
from anew.errors import Refused
from anew.models.autoregressive.decoder import Decoder
from anew.models.layers.unfilled import Unfilled
from anew.testing.suite import seeded

SPEC = Spec("tokens", (64,), vocab=41, end=0, begins=())
FORMS: dict[str, dict[str, Any]] = {
    "llama": {"kv_heads": 2, "tied": True},
    "gemma": {"kv_heads": 1, "norm_offset": 1.0, "norm_after": True, "qk_norm": True, "activation": "gelu_tanh"},
    "gpt": {"norm": "layer", "gated": False, "activation": "gelu_tanh", "positions": "learned", "qkv_bias": True,
            "out_bias": True, "mlp_bias": True, "tied": True},
}  # fmt: skip


def network(form: str) -> Decoder:
    """Random weights with a few loud channels, as trained networks have them."""
    with seeded(2):
        decoder = Decoder(SPEC, width=48, layers=2, heads=4, inner=64, **FORMS[form]).eval()
        for name, p in decoder.named_parameters():
            if p.ndim > 1 or name.endswith("bias"):
                torch.nn.init.normal_(p, std=0.2)
            elif name.endswith("norm.weight"):
                with torch.no_grad():
                    p[::16] += 8
    return decoder


def tokens(n: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(1, 41, (n,), generator=torch.Generator().manual_seed(seed))


def logits(decoder: Decoder) -> torch.Tensor:
    with torch.inference_mode():
        return decoder.extend(tokens(32, 9)[None])[0]


@pytest.mark.parametrize("form", FORMS)
def test_smoothing_computes_the_same_and_loses_less(form: str) -> None:
    decoder, smoothed = network(form), network(form)
    before = logits(decoder)
    smooth(smoothed, tokens(400))
    assert float((logits(smoothed) - before).abs().max()) < 1e-4 * float(before.abs().max())
    losses = []
    for one in (decoder, smoothed):
        quantise(one)
        losses.append(float((logits(one) - before).norm() / before.norm()))
    assert losses[1] < 0.9 * losses[0], f"error {losses[0]:.4f} without, {losses[1]:.4f} with"


@pytest.mark.parametrize("form", FORMS)
def test_what_was_kept_is_the_same_decoder(form: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ANEW_HOME", str(tmp_path))
    decoder = network(form)
    tensors = converted(decoder)
    assert kept("ab12") is None
    keep("ab12", tensors, Quality(20_000, 3.0, 3.001))
    fill(decoder, tensors)
    with Unfilled():
        again = Decoder(SPEC, width=48, layers=2, heads=4, inner=64, **FORMS[form])
    found = kept("ab12")
    assert found is not None and found[1].worse == pytest.approx(0.001)
    fill(again, found[0])
    assert torch.equal(logits(again), logits(decoder))
    assert kept_at("ab12").stat().st_size < 0.5 * sum(p.nbytes for p in network(form).parameters())
    whole = kept_at("ab12").read_bytes()
    kept_at("ab12").write_bytes(whole[: len(whole) // 2])
    assert kept("ab12") is None, "half a file was taken for a whole one"


def test_a_model_that_loses_too_much_is_refused_with_the_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ENOUGH", 500)
    held_out = tokens(module.SHOWN + module.ENOUGH)
    quality = quantise(network("llama"), held_out)
    assert quality is not None and quality.tokens == module.ENOUGH
    spoilt = network("llama")
    monkeypatch.setattr(module, "converted", lambda decoder: broken(converted(decoder)))
    with pytest.raises(Refused, match=r"loses \d+\.\d{4} nats a token .* at most 0.02"):
        quantise(spoilt, held_out)
    with pytest.raises(Refused):
        Quality(20_000, 3.0, float("nan")).guard()


def test_few_tokens_judge_nothing() -> None:
    Quality(20_000, 3.0, 3.0199).guard()
    with pytest.raises(Refused, match="19,999 held-out tokens are too few"):
        Quality(19_999, 3.0, 3.0).guard()
    with pytest.raises(Refused, match="loses 0.0201 nats"):
        Quality(20_000, 3.0, 3.0201).guard()


def broken(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Scales that are wrong, as a mistake would make them."""
    return {name: value * 1.5 if name.endswith("scale_O") else value for name, value in tensors.items()}


def test_held_out_nats_are_those_of_the_models_own_loss() -> None:
    decoder, held_out = network("gemma"), tokens(64)
    with torch.inference_mode():
        p_1TV = decoder.extend(held_out[None, :-1])[0].double().log_softmax(-1)
    expected = -p_1TV[0].gather(1, held_out[1:, None]).mean()
    assert nats(decoder, held_out) == pytest.approx(float(expected), rel=1e-5)


def test_every_token_but_the_first_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    decoder, read = network("gpt"), list[int]()
    extend = decoder.extend

    def watched(x_1T: torch.Tensor) -> Any:
        read.append(x_1T.shape[1])
        return extend(x_1T)

    monkeypatch.setattr(decoder, "extend", watched)
    nats(decoder, tokens(200))
    assert read == [64, 64, 64, 7]
