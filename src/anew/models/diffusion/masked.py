"""Masked diffusion over tokens (MDLM: Sahoo et al. 2024, arXiv:2406.07524; MD4: Shi et al. 2024, arXiv:2406.04329).

Noise hides tokens, all of them at its highest; the network learns what stands there from those that are left, on both
sides. So known tokens may lie anywhere, and sampling begins with all others hidden. The verb is `denoise`.

B batch · T tokens, the first of which is context · V vocabulary · D width · N tokens that count
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Literal

import torch
import torch.nn.functional as F
from pydantic import Field, PositiveFloat, PositiveInt
from torch import Tensor, nn

from anew.blocks import in_blocks
from anew.contract import Batch, Chunk, Cond, Model, Options, Phase, Prompt, RefineOptions, Spec, Unsupported, by_role
from anew.models.layers.attention import Attention
from anew.models.layers.ngrams import Neighbours
from anew.models.layers.norm import normed, relu2
from anew.models.layers.rotary import rotary_turns
from anew.samplers.guidance import guided
from anew.samplers.masked import Order, ancestral, confident, unmask

Share = Annotated[float, Field(ge=0, le=1)]
ORDERS: dict[str, Order] = {"ancestral": ancestral, "confident": confident}


@dataclass(frozen=True)
class UnmaskOptions(RefineOptions):
    """What of a distribution may be drawn, as with `AppendOptions`. `max_new`: how many tokens follow the prompt, None
    as many as the context holds. Temperature 0 is greedy, the surest token first."""

    max_new: int | None = None
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    typical: float = 1.0


class Masked(Model):
    """`ngrams`: the longest n-grams looked up around a hidden token (1: none), in a table of `table_rows`, which is
    `sparse` or not as the transformer's is; `drop_ngrams`: the share of training positions that see fewer of them.
    `prefix`: the share of training rows whose beginning is known, as that of a prompt. `drop`: the share of conditions
    hidden while learning. `steps` and `solver` are the defaults of sampling."""

    family = "diffusion"
    kinds = ("tokens",)
    streams = "refine"
    score_kind = "bound"
    options = UnmaskOptions
    solvers = tuple(ORDERS)
    sizes: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "xs": {"width": 64, "layers": 2, "heads": 2, "table_rows": 2**14},
        "s": {"width": 128, "layers": 4, "heads": 4, "table_rows": 2**16},
        "m": {"width": 256, "layers": 6, "heads": 4, "table_rows": 2**17},
        "l": {"width": 512, "layers": 8, "heads": 8, "table_rows": 2**18},
    }
    draws = 4  # of a score: how often each row is hidden, at levels spread evenly

    def __init__(
        self,
        spec: Spec,
        *,
        width: PositiveInt = 128,
        layers: PositiveInt = 4,
        heads: PositiveInt = 4,
        expand: PositiveFloat = 4.0,
        ngrams: PositiveInt = 5,
        table_rows: Annotated[int, Field(ge=2)] = 2**16,
        drop_ngrams: Share = 0.3,
        sparse: bool = False,
        prefix: Share = 0.25,
        drop: Share = 0.1,
        steps: PositiveInt = 64,
        solver: Literal["ancestral", "confident"] = "ancestral",
    ) -> None:
        super().__init__(spec)
        if spec.end is None or len(spec.shape) != 1:
            raise Unsupported("Masked needs sequences with an end symbol")
        if spec.begins is not None or spec.stops:
            raise Unsupported("begins, stops: Masked puts one symbol at both ends of a sequence")
        if width % (2 * heads):
            raise Unsupported(f"width {width} is not shared by {heads} heads of even width")
        self.context, self.end, self.hidden, self.absent = spec.shape[0], spec.end, spec.vocab, spec.vocab + 1
        self.reach, self.drop_ngrams, self.prefix, self.drop = ngrams - 1, drop_ngrams, prefix, drop
        self.steps, self.solver = steps, solver
        self.embed = nn.Embedding(spec.vocab + 2, width)
        table = {"reach": self.reach, "rows": table_rows, "vocab": spec.vocab, "end": spec.end, "sparse": sparse}
        self.neighbours = Neighbours(width, **table) if self.reach else None
        classes = 0 if spec.cond is None else spec.cond.classes
        self.labels = nn.Embedding(classes + 1, width) if classes else None  # the last row: no label
        self.blocks = nn.ModuleList(Block(width, heads, int(expand * width)) for _ in range(layers))
        self.head = nn.Linear(width, spec.vocab, bias=False)
        nn.init.zeros_(self.head.weight)
        self.turns: Tensor
        self.register_buffer("turns", rotary_turns(self.context + 1, width // heads), persistent=False)

    def phases(self) -> list[Phase]:
        groups = by_role(self, rest=self.head.parameters())
        small = [p for m in (self.embed, self.labels) if m is not None for p in m.parameters()]
        groups["table"] = [p for p in groups.get("table", []) if all(p is not w for w in small)]
        groups["rest"] = [*groups["rest"], *small]  # they learn at the head's pace
        return [Phase("all", {role: params for role, params in groups.items() if params})]

    # -------------------------------------------------------------------------------------------- the verb

    def denoise(self, x_BT: Tensor, cond: Cond | None = None) -> Tensor:
        """(B, T, V): logits of what stands at each position; x holds `hidden` where that is not known.

        The level of noise is not told: it shows in x (Ou et al. 2024, arXiv:2406.03736, theorem 1). The hidden symbol
        itself has no logit, and known tokens are the caller's to keep (Sahoo et al. 2024, the SUBS parameterisation).
        """
        logits_BTV: Tensor = self.head(self.read(x_BT, cond))
        return logits_BTV

    def read(self, x_BT: Tensor, cond: Cond | None, rng: torch.Generator | None = None) -> Tensor:
        """(B, T, D): the stream after the last block. `rng`: while learning, for n-grams to leave out."""
        seen_BTO = None
        if self.neighbours is not None and rng is not None and self.drop_ngrams:
            seen_BTO = self.neighbours.glimpses(x_BT, rng, self.drop_ngrams)
        h_BTD = self.begin(x_BT, x_BT == self.hidden, seen_BTO, cond)
        turns, exists_BT = self.turns[: x_BT.shape[1]], x_BT != self.absent
        seen_B11T = None if bool(exists_BT.all()) else exists_BT[:, None, None]
        for block in self.blocks:
            h_BTD = block(h_BTD, turns, seen_B11T)
        return normed(h_BTD)

    def begin(self, x_BT: Tensor, hide_BT: Tensor, seen_BTO: Tensor | None, cond: Cond | None) -> Tensor:
        """(B, T, D): the stream before the first block, of x with `hide_BT` hidden."""
        h_BTD = self.embed(x_BT.masked_fill(hide_BT, self.hidden))
        if self.neighbours is not None:
            h_BTD = h_BTD + self.neighbours(x_BT, hide_BT, seen_BTO)
        if self.labels is not None or cond is not None:
            h_BTD = h_BTD + self.given(cond, len(x_BT))
        return normed(h_BTD)

    def given(self, cond: Cond | None, rows: int) -> Tensor:
        """(B, 1, D): what the condition adds to every token."""
        if self.labels is None or (cond is not None and cond.label_B is None):
            raise Unsupported("condition: the model was not trained under one of this sort")
        none = self.labels.num_embeddings - 1
        if cond is None or cond.label_B is None or cond.present_B is None:
            return self.labels.weight[none].expand(rows, 1, -1)
        given_BD: Tensor = self.labels(torch.where(cond.present_B, cond.label_B, none))
        return given_BD[:, None]

    # -------------------------------------------------------------------------------------------- the bound

    def nats(self, batch: Batch, rng: torch.Generator, draws: int = 1, learning: bool = False) -> tuple[Tensor, Tensor]:
        """(B,): an unbiased draw of the bound on each row's -ln p; and (B,) N, how many tokens that is of.

        The bound in continuous time (Sahoo et al. 2024, section 3; Shi et al. 2024, section 3) is, with a straight
        schedule, an integral over the share t hidden of 1/t times the nats of what is hidden. The number n hidden is
        then uniform over 1 … N, and the bound N times the mean over n and over sets of n of the nats a hidden token
        (Ou et al. 2024, section 3.3; Uria et al. 2014, arXiv:1310.1757). n is drawn instead of t: a source of variance
        less. While learning, n near N / 2 comes more often (Hong et al. 2026, arXiv:2605.13026): least is learnt where
        all or nothing is hidden, and since the network is not told n, what is right at each n stays the same.
        """
        x_BT, device = batch.x, batch.x.device
        exists_BT, counts_BT = masks(batch)
        N_B, B = counts_BT.sum(1), len(x_BT)
        if learning and self.prefix:
            known_B1 = uniform((B, 1), rng, device) * x_BT.shape[1] * (uniform((B, 1), rng, device) < self.prefix)
            counts_BT = counts_BT & (torch.arange(x_BT.shape[1], device=device) >= known_B1)
        # 1. Levels for each row and draw, evenly over all of them (Kingma et al. 2021, arXiv:2107.00630, appendix I.1).
        level_B = (uniform((1,), rng, device) + torch.arange(B, device=device) / B) % 1
        many_B = counts_BT.sum(1).clamp(min=1)
        # 2. Tokens in a random order, those that count first: each draw hides the next ones, beginning anew at the end.
        order_BT = uniform(x_BT.shape, rng, device).masked_fill(~counts_BT, 2.0)
        place_BT = order_BT.argsort(1).argsort(1)
        begin_B, share_B = torch.zeros_like(many_B), torch.zeros(B, device=device)
        for draw in range(draws):
            part_B = (level_B + draw) / draws
            n_B = 1 + ((middling(part_B) if learning else part_B) * many_B).long().clamp(max=many_B - 1)
            hide_BT = counts_BT & ((place_BT - begin_B[:, None]) % many_B[:, None] < n_B[:, None])
            seen_BT = x_BT.masked_fill(hide_BT, self.hidden).masked_fill(~exists_BT, self.absent)
            # 3. Cross-entropy where it is hidden, and nowhere else.
            h_ND = self.read(seen_BT, batch.cond, rng if learning else None)[hide_BT]
            nats_N = F.cross_entropy(self.head(h_ND), x_BT[hide_BT], reduction="none")
            nats_BT = torch.zeros(x_BT.shape, device=device).masked_scatter(hide_BT, nats_N.float())
            share_B, begin_B = share_B + nats_BT.sum(1) / n_B / draws, begin_B + n_B
        return share_B * N_B, N_B

    def local_nats(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """The nats a token that counts, told by some of the n-grams around it alone.

        A token is hidden and k neighbours known in 1 of (k + 1)(k + 2) draws alone, so that the table would learn far
        slower than from left to right. Here each token teaches it at each step, and the network finds it taught.
        """
        assert self.neighbours is not None
        exists_BT, counts_BT = masks(batch)
        x_BT = batch.x.masked_fill(~exists_BT, self.absent)
        seen_BTO = self.neighbours.glimpses(x_BT, rng, 1.0)
        h_BTD = self.begin(x_BT, torch.ones_like(exists_BT), seen_BTO, batch.cond)
        nats_N = F.cross_entropy(self.head(normed(h_BTD[counts_BT])), batch.x[counts_BT], reduction="none")
        return nats_N.sum() / counts_BT.sum().clamp(min=1)

    def loss(self, batch: Batch, phase: str, rng: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        """The bound a token that counts; a row with a known beginning has the rest's, and the whole row's weight."""
        if self.training and batch.cond is not None:  # so that one network knows both (Ho & Salimans 2022, algorithm 1)
            batch = replace(batch, cond=batch.cond.only(uniform((len(batch),), rng, batch.x.device) >= self.drop))
        nats_B, N_B = self.nats(batch, rng, learning=self.training)
        loss = nats_B.sum() / N_B.sum().clamp(min=1)
        stats = {"nats_per_token": loss.detach()}
        if self.training and self.neighbours is not None:
            local = self.local_nats(batch, rng)
            loss, stats["local_nats"] = loss + local, local.detach()
        return loss, stats

    @torch.no_grad()
    def score(self, batch: Batch, rng: torch.Generator) -> Tensor:
        return self.nats(batch, rng, self.draws)[0].double()

    @torch.no_grad()
    def validation_loss(self, batch: Batch, rng: torch.Generator) -> Tensor:
        nats_B, N_B = self.nats(batch, rng, self.draws)
        return nats_B.sum() / N_B.sum().clamp(min=1)

    # -------------------------------------------------------------------------------------------- sampling

    @torch.no_grad()
    def sample(
        self,
        rngs: Sequence[torch.Generator],
        cond: Cond | None = None,
        prompt: Prompt | None = None,
        options: Options | None = None,
    ) -> Iterator[Chunk]:
        """Known tokens stay, wherever they are; an end is drawn after the last of them alone, and nothing shows after
        the first end. Guidance is on logits (Schiff et al. 2024, arXiv:2412.10193)."""
        choice, device = chosen(options), self.turns.device
        values_BT, known_BT = self.placed(prompt, len(rngs), device)
        place_T = torch.arange(self.context + 1, device=device)
        length = 0 if prompt is None or prompt.values is None else prompt.values.shape[1]
        outside_T = place_T > length + (self.context if choice.max_new is None else choice.max_new)
        never_BTV = torch.zeros(len(rngs), self.context + 1, self.spec.vocab, dtype=torch.bool, device=device)
        never_BTV[:, :, self.end] = place_T < (known_BT * place_T).amax(1, keepdim=True)
        solver = "confident" if choice.temperature == 0 else choice.solver or self.solver
        if solver not in ORDERS:
            raise Unsupported(f"solver {solver!r}: tokens are unmasked by {', '.join(ORDERS)}")
        denoise = guided(in_blocks(self.denoise, self.rows), cond, choice.guidance, choice.negative)
        steps = unmask(
            denoise, values_BT.masked_fill(~known_BT, self.hidden), ~known_BT & ~outside_T, rngs, choice,
            order=ORDERS[solver], steps=choice.steps or self.steps, never_BTV=never_BTV,
        )  # fmt: skip
        for step in steps:
            ends_BT = (step.clean_BT == self.end) & (place_T > 0)
            over_BT = (ends_BT.cumsum(1) > ends_BT) | outside_T
            shown_BT = step.clean_BT.masked_fill(over_BT & ~known_BT, self.end)
            done_B = torch.full((len(rngs),), step.progress == 1.0, device=device)
            yield Chunk(shown_BT[:, 1:], done_B, step.progress)

    def placed(self, prompt: Prompt | None, rows: int, device: torch.device) -> tuple[Tensor, Tensor]:
        """The prompt's values behind the end that begins a sequence, and which of them are known: (B, T) each."""
        values_BT = torch.full((rows, self.context + 1), self.end, device=device)
        known_BT = torch.zeros_like(values_BT, dtype=torch.bool)
        known_BT[:, 0] = True
        if prompt is None or (prompt.values is None and prompt.start is None):
            return values_BT, known_BT
        if prompt.start is not None or prompt.values is None:
            raise Unsupported("start and strength: tokens are hidden or known, and nothing between the two")
        if prompt.values.ndim != 2 or len(prompt.values) != rows:
            raise Unsupported(f"a prompt holds one row a generator: {len(prompt.values)} rows for {rows}")
        length = prompt.values.shape[1]
        if length > self.context:
            raise Unsupported(f"a prompt of {length} tokens; the model holds {self.context}")
        values_BT[:, 1 : length + 1] = prompt.values
        known_BT[:, 1 : length + 1] = True if prompt.known is None else prompt.known
        return values_BT, known_BT


class Block(nn.Module):
    """Attention to both sides, then squared ReLU; nothing at first."""

    def __init__(self, width: int, heads: int, inner: int) -> None:
        super().__init__()
        self.attention = Attention(width, heads, heads)
        self.up, self.down = nn.Linear(width, inner, bias=False), nn.Linear(inner, width, bias=False)
        nn.init.zeros_(self.down.weight)

    def forward(self, h_BTD: Tensor, turns: Tensor, seen_B11T: Tensor | None) -> Tensor:
        qkv = self.attention.project(normed(h_BTD), turns)
        h_BTD = h_BTD + self.attention.mix(*qkv, seen_B11T, causal=False)
        return h_BTD + self.down(relu2(self.up(normed(h_BTD))))


def chosen(options: Options | None) -> UnmaskOptions:
    """The options, those left out as they are by default."""
    options = options or UnmaskOptions()
    if isinstance(options, UnmaskOptions):
        return options
    if type(options) not in (Options, RefineOptions):
        raise Unsupported(f"options: hidden tokens are revealed by UnmaskOptions, not {type(options).__name__}")
    return UnmaskOptions(**vars(options))


def masks(batch: Batch) -> tuple[Tensor, Tensor]:
    """Where tokens exist, and where they count; position 0 never does."""
    exists_BT = torch.ones_like(batch.x, dtype=torch.bool) if batch.exists is None else batch.exists
    counts_BT = exists_BT.clone() if batch.counts is None else batch.counts & exists_BT
    counts_BT[:, 0] = False
    return exists_BT, counts_BT


def middling(part_B: Tensor) -> Tensor:
    """Uniform shares bent to the density 6 t (1 - t), by its inverse distribution function."""
    return 0.5 - ((1 - 2 * part_B).asin() / 3).sin()


def uniform(shape: Sequence[int], rng: torch.Generator, device: torch.device) -> Tensor:
    return torch.rand(tuple(shape), generator=rng, device=rng.device).to(device)
