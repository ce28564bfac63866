"""Texts -> the states that tell a denoiser of diffusers what to draw: tokenizers and frozen encoders, used once a
request.

In: str samples. Out: states (L, E) a text, joined as the denoiser's form has them (`models.diffusion.forms`): the
sequence, and in the last row the one vector of the whole, where the form is told one.

B batch · L sequence · E width
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.functional import pad

from anew.contract import Codec, Spec, Unsupported
from anew.models.borrowed import build, fill, precision


@dataclass(frozen=True)
class Reader:
    """A tokenizer and the encoder behind it."""

    tokenizer: Tokenizer
    network: Any

    def __call__(self, text: str) -> Any:
        """What the encoder makes of one text, cut or filled up to its length."""
        whole = text.encode("utf-8", "replace").decode()  # half a surrogate pair is no text
        ids = torch.tensor([self.tokenizer.encode(whole).ids])
        return self.network(ids, output_hidden_states=True)


class Prompts(Codec):
    """Learns nothing: it comes with a denoiser."""

    modality = "caption"
    kind = "grid"
    lossy = True

    def fit(self, samples: Iterable[Any]) -> None:
        raise Unsupported("these encoders come with an imported model and are not learnt")

    def load(self, state: Mapping[str, Any]) -> None:
        """`readers`: of each encoder `name`, its class; `config`; `weights`; `table`, a tokenizer.json; `length` in
        tokens; `pad`, the symbol behind the end. `form`: of the denoiser. `length`, `width`: of the states. `beyond`:
        tokens of an encoder that is left out."""
        self._state = {key: int(state[key]) for key in ("length", "width", "beyond")} | {"form": state["form"]}
        self._join = JOINED[state["form"]]
        self.spec = Spec("grid", (self._state["length"], self._state["width"]))
        self._readers = [self._reader(one) for one in state["readers"]]
        self._told = [{k: v for k, v in one.items() if k != "weights"} for one in state["readers"]]

    def _reader(self, state: Mapping[str, Any]) -> Reader:
        network = build(state["name"], state["config"])
        fill(network, state["weights"], precision(value.dtype for value in state["weights"].values()))
        tokenizer = Tokenizer.from_str(state["table"])
        tokenizer.enable_truncation(int(state["length"]))
        number = tokenizer.token_to_id(state["pad"])
        if number is None:
            raise Unsupported(f"the tokenizer has no {str(state['pad'])[:40]!r}")
        tokenizer.enable_padding(length=int(state["length"]), pad_id=number, pad_token=state["pad"])
        return Reader(tokenizer, network)

    @property
    def networks(self) -> list[Any]:
        return [one.network for one in self._readers]

    def state(self) -> dict[str, Any]:
        weights = [once(one.network.state_dict()) for one in self._readers]
        return self._state | {"readers": [a | {"weights": b} for a, b in zip(self._told, weights, strict=True)]}

    @torch.no_grad()
    def encode(self, samples: Sequence[str]) -> Tensor:
        """(B, L, E) float32."""
        return torch.cat([self._join(self._readers, text, self._state).float() for text in samples])

    def decode(self, data: Sequence[Tensor] | Tensor) -> list[str]:
        raise Unsupported("what an encoder has read is not written again")


def once(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights without the second names of those that are one and the same, which `matched` finds by the first."""
    kept: dict[int, str] = {}
    return {name: value for name, value in weights.items() if kept.setdefault(value.data_ptr(), name) == name}


# ------------------------------------------------------------------------------------------------ joined for each form


def last_states(readers: Sequence[Reader], text: str, told: Mapping[str, Any]) -> Tensor:
    """(1, L, E): behind the last norm."""
    return readers[0](text)[0]  # type: ignore[no-any-return]


def of_two(readers: Sequence[Reader], text: str, told: Mapping[str, Any]) -> Tensor:
    """The states before the last layer of each encoder side by side; the whole is the last one's projection."""
    made = [read(text) for read in readers]
    return with_whole(torch.cat([one.hidden_states[-2] for one in made], -1), made[-1][0], told["width"])


def of_three(readers: Sequence[Reader], text: str, told: Mapping[str, Any]) -> Tensor:
    """Two as above, filled up to the third one's width, with the third one's states behind them; the whole is both
    projections."""
    first, second = (read(text) for read in readers[:2])
    sides = torch.cat([first.hidden_states[-2], second.hidden_states[-2]], -1)
    third = readers[2](text)[0] if len(readers) > 2 else sides.new_zeros(1, told["beyond"], told["width"])
    sequence = torch.cat([pad(sides, (0, third.shape[-1] - sides.shape[-1])), third], 1)
    return with_whole(sequence, torch.cat([first[0], second[0]], -1), told["width"])


def of_pooled(readers: Sequence[Reader], text: str, told: Mapping[str, Any]) -> Tensor:
    """The second encoder's states; the whole is what the first one pools."""
    return with_whole(readers[1](text)[0], readers[0](text).pooler_output, told["width"])


def with_whole(sequence: Tensor, whole: Tensor, width: int) -> Tensor:
    """(1, L + 1, width): both filled up with zeros."""
    rows = (pad(sequence, (0, width - sequence.shape[-1])), pad(whole, (0, width - whole.shape[-1]))[:, None])
    return torch.cat(rows, 1)


JOINED = {"sd": last_states, "sdxl": of_two, "sd3": of_three, "flux": of_pooled}
