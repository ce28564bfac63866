"""The autoregressive family: p(x) = Π_t p(x_t | x_<t). Its one verb is `extend`; loss, score and sample stand on it.

In: `Batch` of tokens. Out: exact nats, and samples that append.

B batch · T tokens · V vocabulary
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import torch
import torch.nn.functional as F
from torch import Tensor

from anew.contract import AppendOptions, Batch, Chunk, Cond, Model, Options, Prompt, Spec, State, Unsupported
from anew.samplers.beam import Found, search
from anew.samplers.choice import Guide
from anew.samplers.guidance import Opposed, opposite, steer
from anew.samplers.tokens import PIECE, Allowed, Extend, beginning, decode


class Autoregressive(Model):
    family = "autoregressive"
    kinds = ("tokens",)
    streams = "append"
    score_kind = "exact"
    options = AppendOptions
    drop_condition = 0.1  # of the training rows: how the absent condition is learned (Ho & Salimans 2022, section 3.2)

    def __init__(self, spec: Spec) -> None:
        super().__init__(spec)
        if spec.end is None or len(spec.shape) != 1:
            raise Unsupported(f"{type(self).__name__} needs sequences with an end symbol")
        self.context, self.end = spec.shape[0], spec.end
        if spec.whole:
            self.rows = 64  # items are short: a block costs hardly more than one of a few rows

    @abstractmethod
    def extend(
        self,
        x_BT: Tensor,
        exists_BT: Tensor | None = None,
        state: Any = None,
        cond: Cond | None = None,
        rng: torch.Generator | None = None,
    ) -> tuple[Tensor, Any]:
        """Logits (B, T, V) of what follows each token, and the state that has read them.

        `state` None begins: then padding stands to the right alone, and `cond` is taken up for good. A row reads only
        its tokens that exist. The state given is used up; `take` copies. `rng` is given while learning, for noise that
        helps.
        """

    @abstractmethod
    def state_bytes(self, rows: int, positions: int) -> int:
        """Memory of a state, before it exists."""

    def nats(self, batch: Batch, rng: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
        """-ln p of each token but the first, (B, T-1), and where they count."""
        cond, rng = batch.cond, rng if self.training else None  # noise helps learning and spoils judging
        if rng is not None and cond is not None:
            cond = cond.only(
                (torch.rand(len(batch), generator=rng, device=rng.device) >= self.drop_condition).to(batch.x.device)
            )
        exists_BT = None if batch.exists is None else batch.exists[:, :-1]
        logits_BTV, _ = self.extend(batch.x[:, :-1], exists_BT, None, cond, rng)
        nats_BT = F.cross_entropy(logits_BTV.flatten(0, 1), batch.x[:, 1:].flatten(), reduction="none")
        nats_BT = nats_BT.view(len(batch), -1)
        masks = [m[:, 1:] for m in (batch.exists, batch.counts) if m is not None]
        counts_BT = torch.ones_like(nats_BT, dtype=torch.bool)
        for mask in masks:
            counts_BT = counts_BT & mask
        return nats_BT, counts_BT

    def loss(self, batch: Batch, phase: str, rng: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        """Mean negative log-likelihood of what counts, in nats a token."""
        nats_BT, counts_BT = self.nats(batch, rng)
        loss = (nats_BT * counts_BT).sum() / counts_BT.sum().clamp(min=1)
        return loss, {"nats_per_token": loss.detach()}

    @torch.no_grad()
    def score(self, batch: Batch, rng: torch.Generator) -> Tensor:
        nats_BT, counts_BT = self.nats(batch)
        return (nats_BT.double() * counts_BT).sum(1)

    def sample(
        self,
        rngs: Sequence[torch.Generator],
        cond: Cond | None = None,
        prompt: Prompt | None = None,
        options: Options | Sequence[Options] | None = None,
        allowed: Allowed | None = None,
        guides: Sequence[Guide | None] | None = None,
    ) -> Iterator[Chunk]:
        """New tokens after each row's prompt (a prefix). `options` may be one a row, of one guidance; `allowed` and
        `guides`: see `samplers.tokens.decode`."""
        chosen = [appending(one) for one in ([options] if isinstance(options, Options | None) else options)]
        if len(chosen) not in (1, len(rngs)):
            raise Unsupported(f"options: {len(chosen)} for {len(rngs)} rows")
        device = next(self.parameters()).device
        prompts = prefixes(prompt, len(rngs))
        extend, given = self.verb(cond, chosen, device)
        settings: dict[str, Any] = {"end": self.end, "context": self.context, "rows": self.rows}
        settings |= {"begins": self.spec.begins, "stops": self.spec.stops}
        settings |= {"allowed": allowed, "guides": guides, "device": device}
        return decode(extend, rngs, prompts, chosen * (len(rngs) // len(chosen)), cond=given, **settings)

    def likeliest(
        self,
        width: int,
        cond: Cond | None = None,
        prompt: Prompt | None = None,
        options: Options | None = None,
        guide: Guide | None = None,
    ) -> list[Found]:
        """At most `width` continuations of one prompt by beam search; of the options, `max_new` and guidance count."""
        chosen = appending(options)
        device = next(self.parameters()).device
        begun = beginning(prefixes(prompt, 1)[0].tolist(), self.end, self.spec.begins)
        room = self.context - len(begun) + 1
        if room < 1:
            raise Unsupported(f"a beam holds {self.context} tokens; the prompt has {len(begun)}")
        most = min(chosen.max_new or max(1, room - 1), room)
        extend, given = self.verb(cond, [chosen], device)
        settings: dict[str, Any] = {"ends": self.spec.ends, "max_new": most, "rows": self.rows, "device": device}
        settings["piece"] = min(PIECE, self.context)
        return search(extend, begun, width, cond=given, guide=guide, **settings)

    def verb(self, cond: Cond | None, options: Sequence[AppendOptions], device: torch.device) -> tuple[Extend, Any]:
        """`extend` as these options want it, guided or as it is, and the condition that it takes."""
        wanted = [(one.guidance, one.negative) for one in options]
        guidance, negative = wanted[0]
        if any(scale != guidance or against is not negative for scale, against in wanted):
            raise Unsupported("guidance: rows that are drawn together share one")
        if cond is None and guidance != 1:
            raise Unsupported("guidance needs a condition")
        given: Any = cond if cond is None or guidance == 1 else Opposed(cond, opposite(cond, negative))
        extend = self.extend if guidance == 1 else guided(self.extend, guidance)
        return extend, None if given is None else given.map(lambda v: v.to(device))


def appending(options: Options | None) -> AppendOptions:
    """Options as this family has them."""
    if options is None or type(options) is Options:
        return AppendOptions() if options is None else AppendOptions(options.guidance, options.negative)
    if not isinstance(options, AppendOptions):
        raise Unsupported(f"options: sequences are sampled by AppendOptions, not {type(options).__name__}")
    return options


def prefixes(prompt: Prompt | None, rows: int) -> list[Tensor]:
    """Each row's known tokens, which must be its first ones."""
    if prompt is None or (prompt.values is None and prompt.start is None):
        return [torch.empty(0, dtype=torch.long)] * rows
    if prompt.start is not None or prompt.values is None:
        raise Unsupported("start and strength: sequences are continued, not varied")
    known_BT = torch.ones_like(prompt.values, dtype=torch.bool) if prompt.known is None else prompt.known.bool()
    if known_BT.shape != prompt.values.shape or len(known_BT) != rows:
        raise Unsupported(f"a prompt holds one row a generator: {len(known_BT)} rows for {rows}")
    if (known_BT[:, 1:] & ~known_BT[:, :-1]).any():
        raise Unsupported("known: only a prefix can be known, since tokens are chosen from left to right")
    return [values[:n] for values, n in zip(prompt.values, known_BT.sum(1).tolist(), strict=True)]


# ------------------------------------------------------------------------------------------------ guidance


@dataclass(frozen=True)
class Pair:
    """The states of the same tokens under two conditions."""

    wanted: State
    other: State

    @property
    def nbytes(self) -> int:
        return self.wanted.nbytes + self.other.nbytes

    def take(self, rows: Tensor) -> Self:
        return type(self)(self.wanted.take(rows), self.other.take(rows))

    def join(self, other: Self) -> Self:
        return type(self)(self.wanted.join(other.wanted), self.other.join(other.other))

    def rewind(self, n: int) -> Self:
        return type(self)(self.wanted.rewind(n), self.other.rewind(n))


def guided(extend: Any, scale: float) -> Extend:
    """`extend` with logits moved away from those of the opposed condition: Ho & Salimans 2022 (arXiv:2207.12598),
    equation 6, on the logits as in Sanchez et al. 2023 (arXiv:2306.17806), equation 7."""

    def verb(
        x_RT: Tensor, exists_RT: Tensor | None = None, state: Any = None, cond: Any = None
    ) -> tuple[Tensor, State]:
        wanted_RTV, wanted = extend(x_RT, exists_RT, state and state.wanted, cond and cond.wanted)
        other_RTV, other = extend(x_RT, exists_RT, state and state.other, cond and cond.unwanted)
        return steer(wanted_RTV, other_RTV, scale), Pair(wanted, other)

    return verb
