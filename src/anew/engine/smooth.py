"""Making a decoder easier to quantise without changing what it computes: SmoothQuant (Xiao et al. 2022,
arXiv:2211.10438).

A few channels of a transformer's activations are many times as large as the others, and a token's one scale is theirs.
Divided by s in the layer before and multiplied by s in the weights that read them, they leave room for the rest.

In: a decoder with float weights and tokens to watch it on. Out: the same function, with other weights, and what the
inputs of its maps are divided by.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from anew.models.autoregressive.decoder import Decoder
from anew.models.layers.unfilled import Unfilled

STRENGTH = 0.5  # α of equation 4: how much of the difficulty moves into the weights
LEAST = 1e-5


@torch.no_grad()
def smooth(decoder: Decoder, tokens: Tensor) -> dict[str, Tensor]:
    """Move what is hard to quantise from the inputs of linear maps into their weights, where what comes before can be
    divided for nothing: a norm's gain, or the values that a gate multiplies. An embedding that is the head too becomes
    two. Gives s (K,) by the names of the maps (`engine.quantise`)."""
    if decoder.head is None:
        with Unfilled():
            decoder.head = nn.Linear(*decoder.embed.weight.shape[::-1], bias=False)
        decoder.head.weight.copy_(decoder.embed.weight)
    groups: dict[str, tuple[Sequence[nn.Linear], Callable[[Tensor], None]]] = {}
    groups["head"] = [decoder.head], through(decoder.norm)
    for i, block in enumerate(decoder.blocks):
        attention, mlp = block.attention, block.mlp
        groups[f"blocks.{i}.attention.qkv"] = [attention.q, attention.k, attention.v], through(block.attention_norm)
        if mlp.gate is None:
            groups[f"blocks.{i}.mlp.up"] = [mlp.up], through(block.mlp_norm)
        else:
            groups[f"blocks.{i}.mlp.gate_up"] = [mlp.gate, mlp.up], through(block.mlp_norm)
            groups[f"blocks.{i}.mlp.down"] = [mlp.down], through(mlp.up)
    largest, divided = watched([linears[0] for linears, _ in groups.values()], decoder, tokens), {}
    for (name, (linears, divide)), input_K in zip(groups.items(), largest, strict=True):
        weight_K = torch.stack([linear.weight.abs().amax(0) for linear in linears]).amax(0)
        s_K = input_K.clamp(min=LEAST) ** STRENGTH / weight_K.clamp(min=LEAST) ** (1 - STRENGTH)
        s_K /= s_K.log().mean().exp()
        divide(s_K)
        for linear in linears:
            linear.weight *= s_K
        divided[name] = s_K
    return divided


def through(module: nn.Module) -> Callable[[Tensor], None]:
    """Division of what the module gives, by way of its own weights."""

    def divide(s_K: Tensor) -> None:
        offset = getattr(module, "offset", 0.0)
        if isinstance(module, nn.Linear):
            module.weight /= s_K[:, None]
        else:
            module.weight.copy_((module.weight + offset) / s_K - offset)
        if getattr(module, "bias", None) is not None:
            module.bias /= s_K

    return divide


def watched(linears: Sequence[nn.Linear], decoder: Decoder, tokens: Tensor) -> list[Tensor]:
    """The largest value of each input channel of each of the linear maps, over the tokens."""
    largest = [torch.zeros(linear.in_features) for linear in linears]

    def watch(n: int) -> Callable[..., None]:
        def see(_: nn.Module, inputs: tuple[Tensor]) -> None:
            torch.maximum(largest[n], inputs[0].flatten(0, -2).abs().amax(0), out=largest[n])

        return see

    hooks = [linear.register_forward_pre_hook(watch(n)) for n, linear in enumerate(linears)]
    for window in tokens.split(min(512, decoder.context)):
        decoder.extend(window[None])
    for hook in hooks:
        hook.remove()
    return largest
