"""The contract: what every part of anew promises to every other. Read this first.

A codec turns samples of one modality into tensors and back. A model learns the distribution of those tensors and
never hears of the modality. A trainer moves parameters and knows neither. Here are the values that pass between
them; `anew.testing` holds the suites that check the promises.

Shape letters, here and in `models/` and `samplers/`:
B batch · T tokens · V vocabulary · S the grid's own axes · D width · Z latent
L prompt length · E prompt width · A attributes
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Literal, Protocol, Self

import torch
from torch import Tensor, nn

Kind = Literal["tokens", "grid"]
Streams = Literal["append", "refine", "once"]
ScoreKind = Literal["exact", "bound", "estimate", "surrogate"]
Role = Literal["matrix", "table", "rows", "rest"]
# ln p of a token, and (token, ln p) of the likeliest in its place, by the model itself: no mask, penalty or temperature
Likely = tuple[float, tuple[tuple[int, float], ...]]


class Unsupported(Exception):
    """A part was asked for something that it says it cannot do; the message names the field and the reason."""


# ------------------------------------------------------------------------------------------------ what a model knows


@dataclass(frozen=True)
class CondSpec:
    """Which conditions the data carries. Zero means: none of that kind."""

    classes: int = 0
    attributes: int = 0
    states: tuple[int, int] | None = None  # (L, E)
    tokens: tuple[int, int] | None = None  # (L, vocabulary)


@dataclass(frozen=True)
class Spec:
    """All that a model may know of a modality.

    tokens: `shape` is (T,), the longest sequence; `vocab` symbols, of which `end` ends a sequence, and so do `stops`.
    `begins`: what is put before every sequence; None: the end symbol; empty: nothing, the first token of a prompt
    begins, and the end symbol where there is none.
    `whole`: every sequence fills the shape, its end included, so that a row is one item and bears its own condition.
    grid: `shape` is S, the item's own axes; values are float32 of about zero mean and unit variance.
    """

    kind: Kind
    shape: tuple[int, ...]
    vocab: int = 0
    end: int | None = None
    cond: CondSpec | None = None
    whole: bool = False
    begins: tuple[int, ...] | None = None
    stops: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        odd = [token for token in (*self.opening, *self.ends) if not 0 <= token < self.vocab]
        if odd:
            raise ValueError(f"symbols {odd} begin or end a sequence, and the vocabulary has {self.vocab} alone")
        if self.begins is not None and (self.whole or len(self.begins) >= self.shape[0]):
            raise ValueError(f"{len(self.begins)} symbols before every sequence leave no room in {self.shape}")

    @property
    def opening(self) -> tuple[int, ...]:
        """The symbols before the first one that is predicted; one that nothing begins follows another's end."""
        return self.begins or (() if self.end is None else (self.end,))

    @property
    def ends(self) -> tuple[int, ...]:
        """Every symbol that ends a sequence, `end` first."""
        return self.stops if self.end is None else (self.end, *self.stops)


# ------------------------------------------------------------------------------------------------ what passes between


@dataclass(frozen=True)
class Cond:
    """One condition a row. Exactly one of the values is set; `present_B` False is the learned absent condition, and
    so is a Cond that is not there at all."""

    label_B: Tensor | None = None
    attributes_BA: Tensor | None = None
    states_BLE: Tensor | None = None
    mask_BL: Tensor | None = None
    tokens_BL: Tensor | None = None
    present_B: Tensor | None = None

    def __post_init__(self) -> None:
        held = [v for v in (self.label_B, self.attributes_BA, self.states_BLE, self.tokens_BL) if v is not None]
        if len(held) != 1:
            raise ValueError("a condition holds exactly one of labels, attributes, states and tokens")
        if self.present_B is None:
            object.__setattr__(self, "present_B", torch.ones(len(held[0]), dtype=torch.bool, device=held[0].device))

    def __len__(self) -> int:
        assert self.present_B is not None
        return len(self.present_B)

    def map(self, change: Callable[[Tensor], Tensor]) -> Cond:
        return Cond(**{f.name: None if (v := getattr(self, f.name)) is None else change(v) for f in fields(self)})

    def take(self, rows: Tensor | slice) -> Cond:
        return self.map(lambda v: v[rows])

    def only(self, keep_B: Tensor) -> Cond:
        """The same condition, absent where `keep_B` is False."""
        assert self.present_B is not None
        return replace(self, present_B=self.present_B & keep_B)

    def absent(self) -> Cond:
        assert self.present_B is not None
        return replace(self, present_B=torch.zeros_like(self.present_B))


@dataclass(frozen=True)
class Batch:
    """Rows to learn from. `exists`: not padding. `counts`: enters the loss and the score. None means: everywhere.
    tokens: x (B, T) int64, the masks (B, T); a model predicts position t from those before it, so position 0 of a
    row is context and never counts. grid: x (B, *S) float32 and no masks.
    """

    x: Tensor
    cond: Cond | None = None
    exists: Tensor | None = None
    counts: Tensor | None = None
    rival: Batch | None = None  # rows that these are preferred to, one each

    def __len__(self) -> int:
        return len(self.x)

    def map(self, change: Callable[[Tensor], Tensor]) -> Batch:
        held: Any = {name: value for name, value in vars(self).items() if value is not None}
        return type(self)(**{k: change(v) if isinstance(v, Tensor) else v.map(change) for k, v in held.items()})  # type: ignore[arg-type]

    def take(self, rows: Tensor | slice) -> Batch:
        return self.map(lambda v: v[rows])

    def to(self, device: torch.device | str) -> Batch:
        return self.map(lambda v: v.to(device))

    @property
    def weight(self) -> int:
        """Positions that count (tokens) or rows (grid, pairs): what micro-batches are weighted by."""
        if self.rival is not None or self.x.is_floating_point():
            return len(self.x)
        return self.x[:, 1:].numel() if self.counts is None else int(self.counts.sum())


@dataclass(frozen=True)
class Phase:
    """What one optimiser moves, and how often.
    `params` by role: a hidden "matrix" (which a matrix optimiser such as Muon may move), a look-up "table", the
    "rows" of a large one (whose gradient is sparse: the rows looked up), the "rest". `ema`: whether validation, samples
    and the artifact use the moving average of these parameters. `fresh`: draws micro-batches of its own.
    """

    name: str
    params: Mapping[Role, Sequence[nn.Parameter]]
    every: int = 1
    ema: bool = True
    fresh: bool = False

    def parameters(self) -> Iterator[nn.Parameter]:
        for group in self.params.values():
            yield from group


@dataclass(frozen=True)
class Prompt:
    """What of the sample is given: continuing, infilling, inpainting and varying are one idea.
    `values` and `known` (None: all): what to keep and where (tokens (B, T), grid (B, *S)); it comes out bit-equal.
    Tokens go without the symbols that begin every sequence: the model puts them there.
    `start` (B, *S) with `strength`: a sample to vary; 0 gives it back, 1 forgets it.
    """

    values: Tensor | None = None
    known: Tensor | None = None
    start: Tensor | None = None
    strength: float = 1.0


@dataclass(frozen=True)
class Chunk:
    """One instalment of B samples, which may end at different times.
    append: data (B, n) new tokens; a row that one of `spec.ends` has ended goes on with `spec.end`. refine: data
    (B, *S), the present estimate of the clean sample. once: the samples. `progress` runs to 1.0 in the last chunk,
    whose rows are all done. `likely`: one a row, of its last token, for rows that asked.
    """

    data: Tensor
    done_B: Tensor
    progress: float
    likely: Sequence[Likely | None] = ()


# ------------------------------------------------------------------------------------------------ sampling options


@dataclass(frozen=True)
class Options:
    """Sampling options that every family understands. `guidance` 1 is the plain conditional model."""

    guidance: float = 1.0
    negative: Cond | None = None


@dataclass(frozen=True)
class AppendOptions(Options):
    """`max_new` None: as many as the context holds. Temperature 0 is greedy. The others, off as they stand here, are
    defined in `samplers.choice`; `bias`: (token, what its logit gains) each; `logprobs`: how many are told."""

    max_new: int | None = None
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    typical: float = 1.0
    repetition: float = 1.0
    presence: float = 0.0
    frequency: float = 0.0
    bias: tuple[tuple[int, float], ...] = ()
    logprobs: int | None = None


@dataclass(frozen=True)
class RefineOptions(Options):
    """`steps` of the solver named `solver`; None is the model's own choice."""

    steps: int | None = None
    solver: str | None = None


@dataclass(frozen=True)
class OnceOptions(Options):
    """`temperature` scales the prior's standard deviation (below 1: truncation)."""

    temperature: float = 1.0


# ------------------------------------------------------------------------------------------------ codec


class Codec(ABC):
    """Modality <-> tensor. A sample is what a person would recognise: a str, a uint8 array (H, W, C), …
    A codec's settings are the keyword arguments of its constructor; what it learns from data is its `state`, JSON
    values and tensors only.
    """

    modality: ClassVar[str]  # "text" | "image" | "label" | …
    kind: ClassVar[Kind] = "tokens"  # what its spec will say, known before anything is fitted
    unit: ClassVar[str] = ""  # what `size` counts: "byte", "dimension"
    lossy: ClassVar[bool] = False  # then a score in tensor space says nothing about the data, and is not reported as if
    apart: ClassVar[bool] = False  # a sample is a row of its own, of which only what `counted` says enters the loss

    spec: Spec  # after fit or load

    @abstractmethod
    def fit(self, samples: Iterable[Any]) -> None:
        """Learn what encoding needs from the training samples, in one pass. The order must not matter."""

    @abstractmethod
    def encode(self, samples: Sequence[Any]) -> Sequence[Tensor] | Tensor:
        """tokens: a list of (T_i,) int64, of any length, without what begins and ends. grid: (B, *S) float32."""

    def counted(self, samples: Sequence[Any]) -> Sequence[Tensor]:
        """(T_i + 1,) bool a sample that stands apart: whether its tokens, and the end after them, enter the loss."""
        raise Unsupported(f"{type(self).__name__} learns from whole samples")

    @abstractmethod
    def decode(self, data: Sequence[Tensor] | Tensor) -> list[Any]:
        """The samples again; exact unless `lossy`. Tokens from the first of `spec.ends` on are dropped."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """JSON values and tensors: with the settings, all that `load` needs."""

    @abstractmethod
    def load(self, state: Mapping[str, Any]) -> None:
        """Take up a state; `spec` holds afterwards."""

    @classmethod
    def restore(cls, settings: Mapping[str, Any], state: Mapping[str, Any]) -> Self:
        """The codec of these settings in this state."""
        codec = cls(**settings)
        codec.load(state)
        return codec

    def size(self, sample: Any) -> int:
        """How many `unit`s the sample has: the denominator of bits per unit."""
        raise Unsupported(f"{type(self).__name__} does not measure samples")


# ------------------------------------------------------------------------------------------------ model


class State(Protocol):
    """What an autoregressive model remembers between calls of `extend`: a cache, a hidden vector."""

    @property
    def nbytes(self) -> int: ...
    def take(self, rows: Tensor) -> Self: ...  # of these rows, in this order
    def join(self, other: Self) -> Self: ...  # of both batches' rows
    def rewind(self, n: int) -> Self: ...  # as it was n tokens ago; raises Unsupported where the past is gone


class Model(nn.Module):
    """p_θ over tensors of one `Spec`.

    Hyper-parameters are keyword arguments of the constructor with defaults; `sizes` maps the size dial (xs, s, m, l)
    to values of them. A model draws randomness from the generators it is given and from nothing else.
    """

    family: ClassVar[str]  # "autoregressive" | "vae" | "gan" | "diffusion" | "judge" (scores) | "enlargement"
    kinds: ClassVar[tuple[Kind, ...]]
    streams: ClassVar[Streams | None]  # None: does not sample
    score_kind: ClassVar[ScoreKind | None] = None
    options: ClassVar[type[Options]] = Options
    solvers: ClassVar[Collection[str]] = ()  # names that `options.solver` may hold
    sizes: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    rows: int = 8  # networks run on blocks of so many rows while sampling, so that company changes no bit
    encodes: ClassVar[Kind | None] = None  # what a model with encode and decode makes of a grid, as a learned codec
    latent_shape: tuple[int, ...] | None = None  # of z, for a model with `to_latent` or `from_latent`

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        if spec.kind not in self.kinds:
            raise Unsupported(f"{type(self).__name__} models {' or '.join(self.kinds)}, not {spec.kind}")
        self.spec = spec

    def phases(self) -> list[Phase]:
        """Cover each parameter that requires a gradient exactly once."""
        return [Phase("all", by_role(self))]

    def loss(self, batch: Batch, phase: str, rng: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        """A scalar to minimise, the mean over what counts, and detached scalars worth a line in the journal."""
        raise NotImplementedError

    def sample(
        self,
        rngs: Sequence[torch.Generator],
        cond: Cond | None = None,
        prompt: Prompt | None = None,
        options: Options | None = None,
    ) -> Iterator[Chunk]:
        """One sample a generator. A row's sample depends on its own generator, condition and prompt alone."""
        raise Unsupported(f"{type(self).__name__} does not sample")

    def score(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """(B,) nats: -log p of what counts, as exact as `score_kind` says."""
        raise Unsupported(f"{type(self).__name__} has no score")

    def validation_loss(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """A scalar, lower is better, by which held-out rows choose the weights: it has to follow the samples' worth."""
        return self.loss(batch, self.phases()[0].name, rng)[0]

    def diagnose(self, batch: Batch, rng: torch.Generator) -> list[str]:
        """What held-out rows show to be wrong with the model, each in one plain sentence; nothing is the rule."""
        return []

    def to_latent(self, x: Tensor, cond: Cond | None = None) -> Tensor:
        """(B, *latent_shape): where x lies in a space in which data are about standard normal."""
        raise Unsupported(f"{type(self).__name__} cannot place a sample in a latent space")

    def from_latent(self, z: Tensor, cond: Cond | None = None) -> Tensor:
        """(B, *S): the sample at z (B, *latent_shape), without chance; a row does not depend on its company."""
        raise Unsupported(f"{type(self).__name__} has no latent space to draw from")


# ------------------------------------------------------------------------------------------------ for writers of models


def by_role(module: nn.Module, rest: Iterable[nn.Parameter] = ()) -> dict[Role, list[nn.Parameter]]:
    """A module's trainable parameters by role: embeddings are tables, or rows where they say `sparse`; other weights of
    two axes or more are matrices; vectors are the rest, and whatever `rest` names (an output head)."""
    lookups = [m for m in module.modules() if isinstance(m, (nn.Embedding, nn.EmbeddingBag))]
    tables: dict[int, Role] = {id(m.weight): "rows" if m.sparse else "table" for m in lookups}
    outside = {id(p) for p in rest}
    groups: dict[Role, list[nn.Parameter]] = {"matrix": [], "table": [], "rows": [], "rest": []}
    for p in module.parameters():
        if p.requires_grad:
            groups["rest" if id(p) in outside else tables.get(id(p), "matrix" if p.ndim >= 2 else "rest")].append(p)
    return {role: params for role, params in groups.items() if params}


__all__ = [
    "AppendOptions", "Batch", "Chunk", "Codec", "Cond", "CondSpec", "Kind", "Likely", "Model", "OnceOptions", "Options",
    "Phase", "Prompt", "RefineOptions", "Role", "ScoreKind", "Spec", "State", "Streams", "Unsupported", "by_role",
]  # fmt: skip
