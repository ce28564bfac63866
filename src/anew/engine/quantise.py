"""A decoder in eight bits, and the proof that it is as good: made once, checked on held-out tokens, kept under
ANEW_HOME.

In: a decoder with float weights. Out: the same decoder with its linear maps in int8 (those of one input as one map),
and what that costs in nats. The kept file holds all that a decoder needs, so that the float weights are not read again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from anew.data.files import write_atomic
from anew.data.progress import Progress, Report, silent
from anew.engine.forms import kept_at, laid_at, refused_at
from anew.engine.laid import laid
from anew.engine.smooth import smooth
from anew.errors import Refused
from anew.models.autoregressive.decoder import Decoder
from anew.models.layers.int8 import Int8Linear, joined
from anew.models.layers.unfilled import Unfilled

LIMIT = 0.02  # nats a token by which a quantised model may be worse
ENOUGH = 20_000  # tokens that tell
SHOWN = 1024  # tokens to find large channels on
WINDOW = 512


@dataclass(frozen=True)
class Quality:
    """Mean nats a held-out token, in floats and in eight bits."""

    tokens: int
    plain: float
    int8: float

    @property
    def worse(self) -> float:
        return self.int8 - self.plain

    @property
    def good(self) -> bool:
        return self.tokens >= ENOUGH and self.worse <= LIMIT

    def guard(self) -> None:
        """Refused when too much is lost, or when too few tokens say so."""
        if self.tokens < ENOUGH:
            raise Refused(
                f"{self.tokens:,} held-out tokens are too few to judge a quantised model by; {ENOUGH:,} are needed"
            )
        if not self.good:
            what = f"in eight bits the model loses {self.worse:.4f} nats a token ({self.plain:.4f} to {self.int8:.4f})"
            raise Refused(f"{what}; at most {LIMIT} are allowed, and it stays in floats")


def quantise(
    decoder: Decoder, tokens: Tensor | None = None, *, keep_as: str | None = None, report: Report = silent
) -> Quality | None:
    """Turn the decoder's linear maps into int8, in place. The first of the `tokens` show which channels are hard to
    quantise; on the others it is measured before and after, and if it is good enough kept under the digest `keep_as`.
    Refused, when the decoder is already spoilt, where it loses too much; then the figure alone is kept."""
    if tokens is None:
        fill(decoder, converted(decoder))
        return None
    shown, held_out = tokens[:SHOWN], tokens[SHOWN - 1 :]  # of which the first is only gone on from
    plain = nats(decoder, held_out, "floats", report)
    divided = smooth(decoder, shown)
    tensors = converted(decoder) | {f"{name}.smooth_K": s_K for name, s_K in divided.items()}
    fill(decoder, tensors)
    quality = Quality(len(held_out) - 1, plain, nats(decoder, held_out, "int8", report))
    if keep_as is not None:
        try:
            keep(keep_as, tensors, quality)
        except OSError as error:
            report(Progress("note", 0, note=f"not kept, so that it is measured again next time: {error.strerror}"))
    quality.guard()
    return quality


@torch.inference_mode()
def nats(decoder: Decoder, tokens: Tensor, stage: str = "", report: Report = silent) -> float:
    """Mean -ln p of each token but the first; what is read begins anew every so many tokens."""
    width, total = min(WINDOW, decoder.context), 0.0
    for start in range(0, len(tokens) - 1, width):
        window = tokens[start : start + width + 1]
        logits_1TV, _ = decoder.extend(window[None, :-1])
        total += float(F.cross_entropy(logits_1TV[0], window[1:], reduction="sum").double())
        report(Progress(stage, min(start + width, len(tokens) - 1), len(tokens) - 1, "tokens"))
    return total / (len(tokens) - 1)


# ------------------------------------------------------------------------------------------------ tensors and modules


def maps(decoder: Decoder) -> Iterator[tuple[str, nn.Module, str, list[nn.Linear]]]:
    """Each int8 map to be: its name, the module and attribute that take it, and the linear maps that it stands for."""
    for i, block in enumerate(decoder.blocks):
        attention, mlp = block.attention, block.mlp
        yield f"blocks.{i}.attention.qkv", attention, "qkv", [attention.q, attention.k, attention.v]
        yield f"blocks.{i}.attention.out", attention, "out", [attention.out]
        if mlp.gate is None:
            yield f"blocks.{i}.mlp.up", mlp, "up", [mlp.up]
        else:
            yield f"blocks.{i}.mlp.gate_up", mlp, "gate_up", [mlp.gate, mlp.up]
        yield f"blocks.{i}.mlp.down", mlp, "down", [mlp.down]
    head = decoder.head
    if head is None:
        with Unfilled():
            head = nn.Linear(*decoder.embed.weight.shape[::-1], bias=False)
        head.weight = decoder.embed.weight
    yield "head", decoder, "head", [head]


def converted(decoder: Decoder) -> dict[str, Tensor]:
    """All tensors of the quantised decoder by name: those of the int8 maps, and what stays as it is."""
    tensors: dict[str, Tensor] = {}
    replaced: set[int] = set()
    for name, _, _, linears in maps(decoder):
        for what, value in zip(("weight_OK", "scale_O", "bias_O"), joined(linears), strict=True):
            if value is not None:
                tensors[f"{name}.{what}"] = value
        replaced |= {id(p) for linear in linears for p in linear.parameters()} - {id(decoder.embed.weight)}
    rest = {name: p.detach() for name, p in decoder.named_parameters() if id(p) not in replaced}
    buffers = decoder.named_buffers(remove_duplicate=False)
    return tensors | rest | {name: buffer.clone() for name, buffer in buffers}


def fill(decoder: Decoder, tensors: Mapping[str, Tensor]) -> None:
    """Put int8 maps in place of the linear ones, and every other tensor where its name says. The linear maps that went
    into a joint one stay as empty shells, which know their widths."""
    for name, owner, attribute, linears in list(maps(decoder)):
        weight_OK, scale_O = tensors[f"{name}.weight_OK"], tensors[f"{name}.scale_O"]
        further = [tensors.get(f"{name}.{what}") for what in ("bias_O", "smooth_K", "laid_KO")]
        setattr(owner, attribute, Int8Linear(weight_OK, scale_O, *further))
        if len(linears) > 1:
            for linear in linears:
                linear.weight = linear.bias = None
    for name, value in tensors.items():
        owner_name, _, attribute = name.rpartition(".")
        owner = decoder.get_submodule(owner_name)
        if attribute in owner._parameters:
            owner._parameters[attribute] = nn.Parameter(value, requires_grad=False)
        elif attribute in owner._buffers:
            owner._buffers[attribute] = value
    decoder.requires_grad_(False).eval()


# ------------------------------------------------------------------------------------------------ kept on disk


def weights_of(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Those that are multiplied with."""
    return {name: value for name, value in tensors.items() if name.endswith(".weight_OK")}


def keep(digest: str, tensors: Mapping[str, Tensor], quality: Quality) -> None:
    """Keep what is good enough; of anything else the figure, so that it is measured once."""
    path, told = kept_at(digest), json.dumps(asdict(quality))
    path.parent.mkdir(parents=True, exist_ok=True)
    if not quality.good:
        write_atomic(refused_at(digest), told.encode())
        return
    whole = {name: value.contiguous() for name, value in tensors.items()}
    write_atomic(path, save(whole, {"quality": told}))
    laid(laid_at(digest), weights_of(tensors))


def refused(digest: str) -> None:
    """Refused where this model was measured before and found too bad."""
    with suppress(OSError, TypeError, ValueError):
        Quality(**json.loads(refused_at(digest).read_bytes())).guard()


def kept(digest: str) -> tuple[dict[str, Tensor], Quality] | None:
    """Tensors, read from the disk as they are used, and the quality measured when they were made; None: not there, or
    not whole."""
    try:
        with safe_open(kept_at(digest), "pt") as file:
            quality = Quality(**json.loads(file.metadata()["quality"]))
            tensors = {name: file.get_tensor(name) for name in file.keys()}
            made = laid(laid_at(digest), weights_of(tensors))
            return tensors | {name.replace("weight_OK", "laid_KO"): value for name, value in made.items()}, quality
    except (OSError, SafetensorError, KeyError, TypeError, ValueError):
        return None
