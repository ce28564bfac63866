"""Ranks that follow from intervals, differences that cancel what is common, an order's steadiness."""

import numpy as np
import pytest
from scipy import stats

from anew.validate.comparison import (
    DRAWS,
    Entrant,
    kendall,
    of_features,
    of_interval,
    of_ratio,
    standings,
    steadiness,
)  # fmt: skip


def entrant(name: str, value: float, spread: float, seed: int, kind: str = "estimate") -> Entrant:
    return Entrant(name, [value], [np.random.default_rng(seed).normal(0, spread, DRAWS)], kind)


def ranks(entrants: list[Entrant], better: str = "lower") -> dict[str, int]:
    return {s.name: s.rank for s in standings(entrants, better, np.random.default_rng(0))[0]}


def test_models_within_chance_share_a_rank() -> None:
    some = [entrant("a", 10, 1, 0), entrant("b", 10.5, 1, 1), entrant("c", 20, 1, 2), entrant("d", 21, 1, 3)]
    assert ranks(some) == {"a": 1, "b": 1, "c": 3, "d": 3}
    assert ranks(some, "higher") == {"d": 1, "c": 1, "b": 3, "a": 3}
    chain = [entrant("a", 10, 1, 0), entrant("b", 12, 1, 1), entrant("c", 14, 1, 2)]  # a ~ b ~ c, and a < c
    assert ranks(chain) == {"a": 1, "b": 1, "c": 2}
    found, apart = standings(some, "lower", np.random.default_rng(0))
    assert [s.name for s in found] == ["a", "b", "c", "d"] and all(s.low < s.value < s.high for s in found)
    told = {(d.better, d.worse): d for d in apart}
    assert len(told) == 6 and not told["a", "b"].significant and told["b", "c"].significant
    assert told["a", "c"].value == 10 and told["a", "c"].low < 10 < told["a", "c"].high


def test_unlike_kinds_are_never_ranked_together() -> None:
    some = [entrant("a", 2, 0.01, 0, "exact"), entrant("b", 1, 0.01, 1, "bound"), entrant("c", 3, 0.01, 2, "exact")]
    found, apart = standings(some, "lower", np.random.default_rng(0))
    assert ranks(some) == {"a": 1, "c": 2, "b": 1} and [(d.better, d.worse) for d in apart] == [("a", "c")]
    assert [s.kind for s in found] == ["exact", "exact", "bound"]


def test_what_is_hard_for_both_cancels_in_the_difference() -> None:
    """Two models of the same documents, the second a little worse on each: the intervals overlap, the ranks differ."""
    rng = np.random.default_rng(0)
    sizes = rng.integers(100, 1000, 60).astype(float)
    bits = sizes * rng.uniform(1, 4, 60)
    pair = [np.stack([bits, sizes], 1), np.stack([bits + 0.05 * sizes * rng.uniform(0.5, 1.5, 60), sizes], 1)]
    some = [Entrant(n, [r[:, 0].sum() / sizes.sum()], [of_ratio(r, 5)]) for n, r in zip("ab", pair, strict=True)]
    found, (apart,) = standings(some, "lower", np.random.default_rng(0))
    assert found[0].high > found[1].low and apart.significant and ranks(some) == {"a": 1, "b": 2}


def test_seeds_widen_the_interval() -> None:
    small = [np.random.default_rng(s).normal(0, 0.01, DRAWS) for s in range(3)]
    one, three = Entrant("a", [10.0], small[:1]), Entrant("a", [8.0, 10.0, 12.0], small)
    narrow, wide = (standings([e], "lower", np.random.default_rng(0))[0][0] for e in (one, three))
    assert narrow.high - narrow.low < 0.1 and wide.value == 10 and 2 < wide.high - wide.low < 4
    paired = [three, Entrant("b", [8.5, 10.5, 12.5], small)]  # each seed is worse by the same
    assert ranks(paired) == {"a": 1, "b": 2}


def test_deviations_of_features_cover_a_true_difference() -> None:
    rng = np.random.default_rng(0)
    real, alike, off = (rng.normal(size=(300, 8)) + shift for shift in (0, 0, 0.5))
    near, far = of_features(real, alike, 0), of_features(real, off, 0)
    assert near.shape == (DRAWS,) and near.mean() == pytest.approx(0) and far.std() > near.std()
    assert (near == of_features(real, alike, 0)).all()
    assert of_interval(1, 3, 0).std() == pytest.approx(2 / 3.92, rel=0.1) and not of_interval(1, 1, 0).any()


def test_kendall_is_the_known_one() -> None:
    rng = np.random.default_rng(0)
    for n in (2, 5, 9):
        a, b = rng.permutation(n).astype(float).tolist(), rng.permutation(n).astype(float).tolist()
        assert kendall(a, b) == pytest.approx(stats.kendalltau(a, b).statistic)
    assert kendall([1, 2, 3], [1, 2, 3]) == 1 and kendall([1, 2, 3], [3, 2, 1]) == -1
    with pytest.raises(ValueError, match="no order"):
        kendall([1], [1])


def test_steadiness_is_over_pairs_of_seeds() -> None:
    none = [np.zeros(DRAWS)] * 3
    some = [Entrant("a", [1, 1, 2], none), Entrant("b", [2, 2, 1], none), Entrant("c", [3, 3, 3], none)]
    assert steadiness(some) == (pytest.approx((1 + 1 / 3 + 1 / 3) / 3), pytest.approx(1 / 3))
    assert steadiness([Entrant("a", [1], none[:1]), Entrant("b", [2], none[:1])]) is None
    assert steadiness([*some, Entrant("d", [9], none[:1])]) == steadiness(some)
