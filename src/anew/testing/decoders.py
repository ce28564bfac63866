"""What a token sampler promises: the distribution that was asked for, row by row, over the verb `extend` alone.

A sampler takes (extend, rngs, prompts, options, end=, begins=, stops=, context=, rows=, allowed=) and gives a Chunk at
a time. It runs here on a Markov chain whose probabilities are known.

B rows · R rows of a block · T tokens of a call · V vocabulary
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

import torch
from torch import Tensor

from anew.contract import AppendOptions, Chunk, Cond
from anew.testing.suite import check, generators, global_generators_untouched

V, END, CONTEXT, ROWS = 7, 0, 24, 4
DRAWS = 3000


def table(ends: bool = False) -> Tensor:
    """(V, V) logits of the next token after each; the end symbol is out of reach unless `ends`."""
    logits_VV = 1.5 * torch.randn(V, V, generator=torch.Generator().manual_seed(0))
    if not ends:
        logits_VV[:, END] = -torch.inf
    return logits_VV


@dataclass
class Last:
    """A state of the chain: the last token of each row."""

    token_R: Tensor

    @property
    def nbytes(self) -> int:
        return self.token_R.numel() * 8

    def take(self, rows: Tensor) -> Self:
        return type(self)(self.token_R[rows])

    def join(self, other: Self) -> Self:
        return type(self)(torch.cat([self.token_R, other.token_R]))

    def rewind(self, n: int | Tensor) -> Self:
        return self


@dataclass
class Chain:
    """A Markov chain with the verb of an autoregressive model, which writes down how it is called."""

    logits_VV: Tensor
    rows: list[int] = field(default_factory=list)
    read: list[Tensor] = field(default_factory=list)

    def __call__(
        self, x_RT: Tensor, exists_RT: Tensor | None = None, state: Last | None = None, cond: Cond | None = None
    ) -> tuple[Tensor, Last]:
        self.rows.append(len(x_RT))
        exists_RT = torch.ones_like(x_RT, dtype=torch.bool) if exists_RT is None else exists_RT
        self.read.append(torch.where(exists_RT, x_RT, -1))
        last_R = torch.full((len(x_RT),), END) if state is None else state.token_R.clone()
        for t in range(x_RT.shape[1]):
            last_R = torch.where(exists_RT[:, t], x_RT[:, t], last_R)
        return self.logits_VV[x_RT], Last(last_R)


@dataclass(frozen=True)
class DecoderSubject:
    decode: Callable[..., Any]

    def chunks(self, n: int, chain: Chain | None = None, prompts: list[Tensor] | None = None, seeds: Any = None,
               allowed: Any = None, rows: int = ROWS, begins: Any = None, stops: tuple[int, ...] = (),
               **options: Any) -> list[Chunk]:  # fmt: skip
        chain = Chain(table()) if chain is None else chain
        prompts = [torch.empty(0, dtype=torch.long)] * n if prompts is None else prompts
        rngs = generators(*(range(n) if seeds is None else seeds))
        options = {"max_new": 6, **options}
        more = {"end": END, "context": CONTEXT, "rows": rows, "begins": begins, "stops": stops}
        return list(self.decode(chain, rngs, prompts, AppendOptions(**options), allowed=allowed, **more))

    def draw(self, n: int, **more: Any) -> Tensor:
        """(B, T): all new tokens."""
        return torch.cat([chunk.data for chunk in self.chunks(n, **more)], 1)

    def first(self, **options: Any) -> Tensor:
        """(V,): how often each token comes first, in `DRAWS` rows."""
        return torch.bincount(self.draw(DRAWS, max_new=1, rows=100, **options)[:, 0], minlength=V).double()


# ------------------------------------------------------------------------------------------------ distribution


@check()
def temperature_0_takes_the_likeliest(subject: DecoderSubject) -> None:
    x_BT = subject.draw(3, temperature=0.0)
    best_V = table().argmax(1)
    expected = [best_V[END]]
    for _ in range(5):
        expected.append(best_V[expected[-1]])
    assert x_BT.tolist() == [torch.stack(expected).tolist()] * 3, f"{x_BT.tolist()}, not {expected}"


@check()
def frequencies_are_the_probabilities(subject: DecoderSubject) -> None:
    for temperature in (1.0, 0.6, 1.8):
        told = torch.softmax(table()[END].double() / temperature, 0) * DRAWS
        seen = subject.first(temperature=temperature)
        assert_as_told(seen, told, f"temperature {temperature}")


@check()
def later_tokens_follow_the_earlier(subject: DecoderSubject) -> None:
    """Pairs of tokens in long rows, against the chain's own transitions."""
    x_BT = subject.draw(300, max_new=20, rows=100)
    before, after = x_BT[:, :-1].flatten(), x_BT[:, 1:].flatten()
    for token in range(1, V):
        seen = torch.bincount(after[before == token], minlength=V).double()
        assert_as_told(seen, torch.softmax(table()[token].double(), 0) * seen.sum(), f"after token {token}")


@check()
def top_k_top_p_and_min_p_keep_what_they_say(subject: DecoderSubject) -> None:
    p_V = torch.softmax(table()[END].double(), 0)
    ranked = p_V.argsort(descending=True).tolist()
    above = p_V.sort(descending=True).values.cumsum(0) - p_V.sort(descending=True).values
    for options, keep in (
        ({"top_k": 1}, ranked[:1]),
        ({"top_k": 3}, ranked[:3]),
        ({"top_k": V + 3}, [i for i in ranked if p_V[i] > 0]),
        ({"top_p": 0.6}, [token for token, before in zip(ranked, above, strict=True) if before < 0.6]),
        ({"top_p": 1e-9}, ranked[:1]),
        ({"min_p": 0.2}, [i for i in ranked if p_V[i] >= 0.2 * p_V.max()]),
        ({"min_p": 0.9999}, ranked[:1]),
    ):
        told = torch.zeros(V, dtype=torch.float64)
        told[keep] = p_V[keep] / p_V[keep].sum() * DRAWS
        assert_as_told(subject.first(**options), told, f"{options}")


# ------------------------------------------------------------------------------------------------ rows


@check()
def each_row_has_its_own_generator(subject: DecoderSubject) -> None:
    n = 2 * ROWS + 1
    with global_generators_untouched():
        together = subject.draw(n, max_new=12)
    assert torch.equal(together, subject.draw(n, max_new=12)), "the same seeds give other tokens"
    assert len(set(map(tuple, together.tolist()))) == n, "rows share their chance"
    back = subject.draw(n, seeds=range(n - 1, -1, -1), max_new=12)
    assert torch.equal(together, back.flip(0)), "rows in another order give other tokens"
    for i in (0, ROWS, n - 1):
        assert torch.equal(together[i], subject.draw(1, seeds=[i], max_new=12)[0]), f"row {i} alone gives other tokens"


@check()
def networks_run_on_blocks_of_one_size(subject: DecoderSubject) -> None:
    chain = Chain(table())
    subject.draw(2 * ROWS + 1, chain=chain)
    assert set(chain.rows) == {ROWS}, f"calls with {sorted(set(chain.rows))} rows; blocks have {ROWS}"


@check()
def a_prompt_is_read_and_left_as_it_is(subject: DecoderSubject) -> None:
    """Row by row of any length, after the end symbol that begins a sequence."""
    prompts = [torch.tensor(p, dtype=torch.long) for p in ([3], [1, 2, 5], [], [4, 4])]
    before = [prompt.clone() for prompt in prompts]
    chain = Chain(table())
    x_BT = subject.draw(4, chain=chain, prompts=prompts, temperature=0.0, max_new=1)
    best_V = table().argmax(1)
    expected = [int(best_V[int(p[-1]) if len(p) else END]) for p in prompts]
    assert x_BT[:, 0].tolist() == expected, f"{x_BT[:, 0].tolist()} after the prompts, not {expected}"
    assert all(map(torch.equal, before, prompts)), "it changes the prompts"
    read = [[t for call in chain.read for t in call[i].tolist() if t >= 0] for i in range(4)]
    assert read == [[END, *p.tolist()] for p in prompts], f"it reads {read}"


@check()
def rows_end_at_the_end_symbol_or_the_limit(subject: DecoderSubject) -> None:
    chunks = subject.chunks(40, chain=Chain(table(ends=True)), max_new=9)
    x_BT = torch.cat([chunk.data for chunk in chunks], 1)
    assert x_BT.shape[1] <= 9, f"{x_BT.shape[1]} tokens where 9 were asked for"
    for i in range(1, len(chunks)):
        ended = (x_BT[:, :i] == END).any(1)
        assert torch.equal(chunks[i - 1].done_B, ended), f"after {i} tokens the rows done are not the ones that ended"
        assert (x_BT[ended, i:] == END).all(), "a row goes on after its end"
    assert chunks[-1].done_B.all() and chunks[-1].progress == 1.0, "the last chunk is not the end"
    told = torch.softmax(table(ends=True)[END].double(), 0) * DRAWS
    assert_as_told(subject.first(chain=Chain(table(ends=True))), told, "with an end in reach")


@check()
def sequences_begin_and_stop_as_told(subject: DecoderSubject) -> None:
    """`begins` is read before each prompt, `end` where nothing is; `stops` end a row as `end` does."""
    prompts = [torch.tensor([5, 6]), torch.tensor([], dtype=torch.long)]
    for begins, first in ((None, [[END, 5, 6], [END]]), ((2, 3), [[2, 3, 5, 6], [2, 3]]), ((), [[5, 6], [END]])):
        chain = Chain(table())
        subject.chunks(2, chain=chain, prompts=prompts, begins=begins, max_new=1)
        read = [[int(t) for t in row if t >= 0] for row in chain.read[0][:2]]
        assert read == first, f"begins={begins}: the rows read {read}, not {first}"
    x_BT = subject.draw(ROWS, stops=(3, 4), max_new=12)
    stopped_BT = torch.isin(x_BT, torch.tensor([3, 4])).cumsum(1)
    assert (stopped_BT[:, -1] == 1).any() and (stopped_BT <= 1).all(), f"{x_BT.tolist()} with stops 3 and 4"
    after_BT = (stopped_BT.roll(1, 1) > 0) & (torch.arange(x_BT.shape[1]) > 0)
    assert (x_BT[after_BT] == END).all(), f"{x_BT.tolist()}: a row that stopped does not go on with the end"


@check()
def only_allowed_tokens_come(subject: DecoderSubject) -> None:
    """A mask a row, of the tokens chosen so far; a row that may say nothing ends."""

    def allowed(chosen_BT: Tensor) -> Tensor:
        mask_BV = torch.zeros(len(chosen_BT), V, dtype=torch.bool)
        mask_BV[:, 1 + chosen_BT.shape[1] % 3] = True
        mask_BV[0] = False
        mask_BV[0, 1:] = chosen_BT.shape[1] < 2
        return mask_BV

    chain = Chain(table(ends=True))
    x_BT = subject.draw(ROWS + 1, chain=chain, allowed=allowed, max_new=4)
    assert x_BT[1:].tolist() == [[1, 2, 3, 1]] * ROWS, f"{x_BT[1:].tolist()} where one token was allowed at a time"
    assert x_BT[0, 2:].tolist() == [END, END], f"{x_BT[0].tolist()}: nothing was allowed from the third token on"
    free = subject.draw(ROWS + 1, max_new=4)
    assert torch.equal(free, subject.draw(ROWS + 1, allowed=lambda chosen_BT: None, max_new=4)), (
        "None does not allow all"
    )


# ------------------------------------------------------------------------------------------------ what checks say it in


def assert_as_told(seen: Tensor, told: Tensor, what: str) -> None:
    """A chi-square test at about one in ten thousand, and nothing where nothing is told."""
    where = told > 1e-9
    stray = int(seen[~where].sum())
    assert not stray, f"{what}: {stray} tokens outside of the support; seen {seen.int().tolist()}"
    chi2 = float(((seen - told).square()[where] / told[where]).sum())
    freedom = max(int(where.sum()) - 1, 1)
    limit = freedom + 3.72 * (2 * freedom) ** 0.5 + 10
    assert chi2 < limit, (
        f"{what}: seen {seen.int().tolist()}, told {told.round().int().tolist()}, chi-square {chi2:.1f}"
    )
