"""Grids that run along with a prompt: token after token, each of as many columns as it takes.

In: grids (C, H, F) whose columns follow one another, with prompts whose tokens do too, and nothing that says which
column is whose. Out: such grids. A reader gives each token the mean of its columns and how many they are; the path
between the two is found while learning, the likeliest that goes forward (Kim et al. 2020, arXiv:2005.11129), and a flow
from noise paints what means leave out (Mehta et al. 2024, Matcha-TTS, arXiv:2309.03199).

A row ends where nothing but its lowest values follows.

B batch · L tokens · M cells of a column · F columns · D width
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from anew.contract import Batch, Chunk, Cond, Model, Options, Phase, Prompt, RefineOptions, Spec, Unsupported, by_role
from anew.models.diffusion.backbones import FREQUENCIES, waves
from anew.models.diffusion.family import SOLVERS, spread_out
from anew.models.layers.alignment import likeliest_path
from anew.models.layers.convnext import ConvNeXt
from anew.models.layers.convolution import zero
from anew.models.layers.dropout import added, thinned
from anew.models.layers.norm import normed
from anew.models.layers.reading import Looking
from anew.samplers.flow import Step, free

LOWEST = 1e-3  # so far above the lowest value a cell counts as more than nothing


@dataclass(frozen=True)
class PacedOptions(RefineOptions):
    """`pace`: how fast the grid runs along with the prompt; 2 takes half the columns."""

    pace: float = 1.0


@dataclass(frozen=True)
class Read:
    """What the reader makes of prompts: states (B, L, D), means of columns (B, L, M), ln of how many columns each token
    takes (B, L), and which tokens exist."""

    states_BLD: Tensor
    mean_BLM: Tensor
    log_columns_BL: Tensor
    exists_BL: Tensor

    def along(self, path_BF: Tensor) -> tuple[Tensor, Tensor]:
        """States (B, F, D) and means (B, F, M), a column each, of the token that the path gives it."""
        held = (self.states_BLD, self.mean_BLM)
        states_BFD, mean_BFM = (v.gather(1, path_BF[:, :, None].expand(-1, -1, v.shape[2])) for v in held)
        return states_BFD, mean_BFM


class Aligned(Model):
    """`width` D and `depth` blocks of the flow; `reading` the reader's width, of `readers` blocks; `led`: a prompt's
    first token says whose the others are, and is told to each of them; `segment` columns of each row teach the flow in
    a step, a stretch drawn anew; `dropout`: the share of the numbers that each block adds which are left out while
    learning; `temperature` scales the noise that a sample begins with; `steps` and `solver` the defaults of sampling.
    """

    family = "diffusion"
    kinds = ("grid",)
    streams = "refine"
    options = PacedOptions
    solvers = tuple(name for name in SOLVERS if name != "ancestral")
    rows = 1  # a row takes the columns that its own prompt asks for
    sizes: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "xs": {"width": 128, "depth": 3, "reading": 96, "readers": 2},
        "s": {"width": 256, "depth": 8, "reading": 192, "readers": 4},
        "m": {"width": 384, "depth": 10, "reading": 256, "readers": 6},
        "l": {"width": 512, "depth": 12, "reading": 384, "readers": 8},
    }

    def __init__(
        self,
        spec: Spec,
        *,
        width: Annotated[int, Field(ge=16, multiple_of=16)] = 256,
        depth: Annotated[int, Field(ge=1)] = 8,
        reading: Annotated[int, Field(ge=32, multiple_of=32)] = 192,
        readers: Annotated[int, Field(ge=1)] = 4,
        led: bool = False,
        segment: Annotated[int, Field(ge=8)] = 128,
        dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0,
        temperature: Annotated[float, Field(ge=0)] = 1.0,
        steps: Annotated[int, Field(ge=1)] = 10,
        solver: str = "adams-bashforth",
    ) -> None:
        super().__init__(spec)
        if len(spec.shape) != 3 or spec.cond is None or spec.cond.tokens is None:
            raise Unsupported(f"Aligned takes grids (C, H, F) with prompts, not {spec.shape} with {spec.cond}")
        self.cells, self.columns = spec.shape[0] * spec.shape[1], spec.shape[2]
        self.segment, self.temperature, self.steps, self.solver = segment, temperature, steps, solver
        self.dropout = dropout
        self.register_buffer("lowest_M", torch.zeros(self.cells))  # of each cell of a column, over all rows seen
        vocab = spec.cond.tokens[1]
        self.symbol = nn.Embedding(vocab + 1, reading)  # 0: the token of a row without a prompt
        nn.init.normal_(self.symbol.weight, std=0.5)
        self.lead = zero(nn.Linear(reading, reading, bias=False)) if led else None
        self.near = nn.ModuleList(ConvNeXt(reading, reach=5) for _ in range(readers))
        self.far = nn.ModuleList(Looking(reading, reading) for _ in range(readers))
        self.mean = nn.Linear(reading, self.cells)
        self.lasting, self.log_columns = ConvNeXt(reading, reach=5), nn.Linear(reading, 1)
        self.flow = Painter(self.cells, reading, width, depth, dropout)

    def phases(self) -> list[Phase]:
        # What comes from one vector a row or from few cells is cheap to learn and dear to make orthogonal.
        outer = [layer.weight for layer in (self.mean, self.log_columns, self.flow.first, self.flow.last)]
        outer += [p for name, p in self.flow.named_parameters() if p.ndim == 2 and ("listen" in name or "time" in name)]
        outer += [] if self.lead is None else [self.lead.weight]
        return [Phase("all", by_role(self, rest=outer))]

    # ------------------------------------------------------------------------------------------------ reading

    def read(self, cond: Cond | None, n: int, rng: torch.Generator | None = None) -> Read:
        """Of n rows; `rng` draws what is left out while learning. Unsupported: a condition that is no prompt."""
        tokens_BL = torch.zeros(n, 1, dtype=torch.int64, device=self.symbol.weight.device)
        if cond is not None:
            if cond.tokens_BL is None or cond.present_B is None:
                raise Unsupported("condition: this model was trained under prompts, and not with such a condition")
            tokens_BL = torch.where(cond.present_B[:, None], cond.tokens_BL, 0)
            tokens_BL = tokens_BL[:, : max(1, int((tokens_BL != 0).any(0).sum()))]
        exists_BL = tokens_BL != 0
        exists_BL = torch.cat([torch.ones_like(exists_BL[:, :1]), exists_BL[:, 1:]], 1)
        h_BLD = self.symbol(tokens_BL)
        if self.lead is not None:
            h_BLD = h_BLD + self.lead(h_BLD[:, :1])
        for near, far in zip(self.near, self.far, strict=True):
            h_BLD = added(h_BLD, near(h_BLD, exists_BL), self.dropout, rng)
            h_BLD = h_BLD + thinned(far(h_BLD, normed(h_BLD), exists_BL), self.dropout, rng)
        h_BLD = normed(h_BLD)
        lasting_BLD = self.lasting(h_BLD.detach(), exists_BL)  # what is drawn does not bend to how long it lasts
        # What is compared and counted is so in full, whatever precision the products have.
        mean_BLM, log_columns_BL = self.mean(h_BLD).float(), self.log_columns(lasting_BLD)[:, :, 0].float()
        return Read(h_BLD, mean_BLM, log_columns_BL, exists_BL)

    def ends(self, x_BMF: Tensor) -> Tensor:
        """(B,): how many columns of each row come before nothing but its lowest values; at least one."""
        more_BF = (x_BMF > self.lowest_M[:, None] + LOWEST).any(1)
        places_F = torch.arange(1, x_BMF.shape[2] + 1, device=x_BMF.device)
        return (more_BF * places_F).amax(1).clamp(min=1)

    # ------------------------------------------------------------------------------------------------ learning

    @torch.no_grad()
    def validation_loss(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """Without what is told of how long tokens last: of few rows that is soon known by heart, while what is drawn
        still gets better."""
        loss, told = self.loss(batch, "all", rng)
        return loss - told["columns_error"]

    def loss(self, batch: Batch, phase: str, rng: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        x_BMF = batch.x.flatten(1, 2)
        if self.training:
            self.lowest_M = torch.minimum(self.lowest_M, x_BMF.amin((0, 2)))
        # 1. The likeliest path, by normal distributions about the tokens' means (Kim et al. 2020, equation 6).
        noise = rng if self.training and self.dropout else None
        ends_B, read = self.ends(x_BMF), self.read(batch.cond, len(batch), noise)
        x_BFM = x_BMF[:, :, : int(ends_B.max())].transpose(1, 2)
        exists_BF = torch.arange(x_BFM.shape[1], device=x_BFM.device) < ends_B[:, None]
        path_BF = self.path(read, x_BFM, ends_B)
        states_BFD, mean_BFM = read.along(path_BF)
        prior = masked((mean_BFM - x_BFM).square().mean(2), exists_BF)
        # 2. How many columns each token got there.
        counts_BL = torch.zeros_like(read.log_columns_BL).scatter_add_(1, path_BF, exists_BF.float())
        wrong_BL = (read.log_columns_BL - counts_BL.clamp(min=1).log()).square()
        lasting = masked(wrong_BL, read.exists_BL)
        # 3. The slope of straight paths from noise to data (Lipman et al. 2023, equation 9), on a stretch of each row.
        stretch_BF, inside_BF = self.stretch(ends_B, x_BFM.shape[1], rng)
        x_BFM, mean_BFM, states_BFD = (taken(v, stretch_BF) for v in (x_BFM, mean_BFM, states_BFD))
        t_B = spread_out(len(batch), rng)
        noise_BFM = torch.randn(x_BFM.shape, generator=rng, device=rng.device)
        mixed_BFM = noise_BFM + t_B[:, None, None] * (x_BFM - noise_BFM)
        slope_BFM = self.flow(mixed_BFM, t_B, mean_BFM, states_BFD, inside_BF, noise)
        error = masked((slope_BFM - (x_BFM - noise_BFM)).square().mean(2), inside_BF)
        told = {"slope_error": error, "mean_error": prior, "columns_error": lasting}
        return error + prior + lasting, {name: value.detach() for name, value in told.items()}

    def path(self, read: Read, x_BFM: Tensor, ends_B: Tensor) -> Tensor:
        """(B, F): the token of each column."""
        mean_BLM, x_BMF = read.mean_BLM.detach(), x_BFM.transpose(1, 2)
        with torch.autocast(x_BMF.device.type, enabled=False):
            squares_BLF = mean_BLM.square().sum(2)[:, :, None] + x_BMF.square().sum(1)[:, None] - 2 * mean_BLM @ x_BMF
        return likeliest_path(-0.5 * squares_BLF, read.exists_BL.sum(1), ends_B)

    def stretch(self, ends_B: Tensor, columns: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """(B, segment): columns of a stretch of each row, and which of them the row has."""
        length = min(self.segment, columns)
        room_B = (ends_B - length).clamp(min=0)
        first_B = (torch.rand(len(ends_B), generator=rng, device=rng.device) * (room_B + 1)).long().clamp(max=room_B)
        stretch_BF = first_B[:, None] + torch.arange(length, device=ends_B.device)
        return stretch_BF.clamp(max=columns - 1), stretch_BF < ends_B[:, None]

    # ------------------------------------------------------------------------------------------------ sampling

    @torch.no_grad()
    def sample(
        self,
        rngs: Sequence[torch.Generator],
        cond: Cond | None = None,
        prompt: Prompt | None = None,
        options: Options | None = None,
    ) -> Iterator[Chunk]:
        """Each row by itself, of as many columns as its prompt takes; below them lie the lowest values. Unsupported: a
        prompt that takes more columns than the grid has."""
        options = options or PacedOptions()
        if not isinstance(options, RefineOptions):
            raise Unsupported(f"{type(self).__name__} takes PacedOptions, not {type(options).__name__}")
        if options.guidance != 1.0 or options.negative is not None:
            raise Unsupported(f"guidance: {type(self).__name__} is told its prompt, and nothing steers it further")
        if prompt is not None and (prompt.values is not None or prompt.start is not None):
            raise Unsupported(f"prompt: {type(self).__name__} draws whole rows, and keeps or varies none")
        ways = [
            self.way(rng, None if cond is None else cond.take(slice(i, i + 1)), options) for i, rng in enumerate(rngs)
        ]
        done_B, count = torch.ones(len(rngs), dtype=torch.bool), options.steps or self.steps
        for i, rows in enumerate(zip(*ways, strict=True), 1):
            yield Chunk(torch.cat(rows), done_B if i == count else ~done_B, i / count)

    def way(self, rng: torch.Generator, cond: Cond | None, options: RefineOptions) -> Iterator[Tensor]:
        """One row (1, *S) after each step."""
        read = self.read(cond, 1)
        states_1FD, mean_1FM = read.along(self.laid_out(read, getattr(options, "pace", 1.0)))
        x_1FM = torch.randn(mean_1FM.shape, generator=rng, device=rng.device) * self.temperature
        steps, solver = options.steps or self.steps, options.solver or self.solver
        if solver not in self.solvers:
            raise Unsupported(f"solver {solver!r}: this model has {', '.join(self.solvers)}")

        def velocity(x_1FM: Tensor, t_1: Tensor) -> Tensor:
            return self.flow(x_1FM, t_1, mean_1FM, states_1FD)  # type: ignore[no-any-return]

        walk: Iterator[Step] = SOLVERS[solver](velocity, x_1FM, [i / steps for i in range(steps + 1)], free)
        for i, step in enumerate(walk, 1):
            yield self.whole(step.x_BS if i == steps else step.clean_BS)

    def laid_out(self, read: Read, pace: float) -> Tensor:
        """(1, F): the token of each column, as many as it is to take. Unsupported: no pace, or too many columns."""
        if not pace > 0:
            raise Unsupported(f"pace is above 0, not {pace:g}")
        ends_L = (read.log_columns_BL[0].exp() / pace).cumsum(0).round().long()
        if (columns := max(1, int(ends_L[-1]))) > self.columns:
            raise Unsupported(f"prompt: it takes {columns} columns of {self.columns}; a shorter one, or a higher pace")
        places_F = torch.arange(columns, device=ends_L.device)
        return torch.searchsorted(ends_L, places_F, right=True).clamp(max=len(ends_L) - 1)[None]

    def whole(self, x_1FM: Tensor) -> Tensor:
        """(1, *S) of the columns that are there."""
        rest_1FM = self.lowest_M.expand(1, self.columns - x_1FM.shape[1], -1)
        return torch.cat([x_1FM, rest_1FM], 1).transpose(1, 2).unflatten(1, self.spec.shape[:2])


class Painter(nn.Module):
    """(x_BFM, t_B, means_BFM, states_BFD) -> the slope (B, F, M)."""

    def __init__(self, cells: int, states: int, width: int, depth: int, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        self.time = nn.Sequential(nn.Linear(2 * FREQUENCIES, width), nn.SiLU(), nn.Linear(width, width))
        self.first, self.state = nn.Linear(2 * cells, width), nn.Linear(states, width)
        self.blocks = nn.ModuleList(ConvNeXt(width, told=width) for _ in range(depth))
        self.last = nn.Linear(width, cells)

    def forward(
        self,
        x_BFM: Tensor,
        t_B: Tensor,
        mean_BFM: Tensor,
        states_BFD: Tensor,
        exists_BF: Tensor | None = None,
        rng: torch.Generator | None = None,
    ) -> Tensor:
        told_BD = F.silu(self.time(waves(t_B)))
        h_BFD = self.first(torch.cat([x_BFM, mean_BFM], 2)) + self.state(states_BFD)
        for block in self.blocks:
            h_BFD = added(h_BFD, block(h_BFD, exists_BF, told_BD), self.dropout, rng)
        slope_BFM: Tensor = self.last(normed(h_BFD))
        return slope_BFM


def masked(values: Tensor, exists: Tensor) -> Tensor:
    """The mean over what exists."""
    return (values * exists).sum() / exists.sum()


def taken(values_BFX: Tensor, columns_BF: Tensor) -> Tensor:
    """(B, F', X): of each row the columns that are named."""
    return values_BFX.gather(1, columns_BF[:, :, None].expand(-1, -1, values_BFX.shape[2]))
