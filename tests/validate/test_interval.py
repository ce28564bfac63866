"""Intervals cover the truth as often as they say, and are the same for the same seed."""

import numpy as np
import pytest

from anew.validate.interval import at_least, bootstrap, clopper_pearson, ratio_of_sums
from anew.validate.metric import Metric, by_name, short


def covered(make, truth, rounds, seed):
    rng = np.random.default_rng(seed)
    return sum(low <= truth <= high for low, high in (make(rng) for _ in range(rounds))) / rounds


def test_bootstrap_covers_a_mean():
    share = covered(lambda rng: bootstrap(rng.normal(3.0, 2.0, 60), None, rng, draws=300), 3.0, 400, seed=1)
    assert 0.90 <= share <= 0.98


def test_a_narrower_level_covers_less():
    share = covered(lambda rng: bootstrap(rng.normal(3.0, 2.0, 60), None, rng, draws=300, level=0.5), 3.0, 400, seed=2)
    assert 0.42 <= share <= 0.58


def test_bootstrap_covers_a_ratio_of_sums():
    def once(rng):
        lengths = rng.integers(10, 200, 80)
        bits = lengths * 2.0 + rng.normal(0, 1, 80) * np.sqrt(lengths) * 3
        return bootstrap(np.stack([bits, lengths], 1), ratio_of_sums, rng, draws=300)

    assert 0.90 <= covered(once, 2.0, 300, seed=3) <= 0.98


def test_bootstrap_is_the_same_for_the_same_seed():
    values = np.random.default_rng(0).normal(size=50)
    first, again, other = (bootstrap(values, None, np.random.default_rng(s)) for s in (5, 5, 6))
    assert first == again != other


@pytest.mark.parametrize("share", [0.01, 0.05, 0.3, 0.9])
def test_clopper_pearson_covers_at_least_its_level(share):
    n = 200
    k = np.arange(n + 1)
    mass = np.array([at_least(int(i), n, share) for i in k])
    mass -= np.append(mass[1:], 0.0)
    intervals = [clopper_pearson(int(i), n) for i in k]
    exact = sum(m for m, (low, high) in zip(mass, intervals, strict=True) if low <= share <= high)
    assert 0.95 <= exact <= 0.995  # never below its level, and not uselessly wide


def test_clopper_pearson_against_closed_forms_and_a_published_table():
    low, high = clopper_pearson(0, 100)
    assert low == 0 and high == pytest.approx(1 - 0.025 ** (1 / 100), abs=1e-9)
    low, high = clopper_pearson(100, 100)
    assert high == 1 and low == pytest.approx(0.025 ** (1 / 100), abs=1e-9)
    assert clopper_pearson(10, 100) == pytest.approx((0.0490047, 0.1762226), abs=1e-6)  # R binom.test(10, 100)


@pytest.mark.parametrize("call", [lambda: clopper_pearson(3, 2), lambda: clopper_pearson(0, 0)])
def test_impossible_counts_are_refused(call):
    with pytest.raises(ValueError):
        call()


def test_bootstrap_refuses_nothing():
    with pytest.raises(ValueError):
        bootstrap([], None, np.random.default_rng(0))
    with pytest.raises(ValueError):
        bootstrap([1.0], None, np.random.default_rng(0), level=95)


def test_metrics_become_json_by_name():
    made = by_name([Metric("a", np.float32(0.5), n=3), Metric("b", float("nan"))])  # type: ignore[arg-type]
    assert made["a"]["value"] == 0.5 and isinstance(made["a"]["value"], float)
    assert made["b"]["value"] is None
    with pytest.raises(ValueError, match="'a'"):
        by_name([Metric("a", 1), Metric("a", 2)])


@pytest.mark.parametrize(
    ("number", "text"), [(2.0, "2"), (12345.6, "12,346"), (0.123456, "0.1235"), (float("inf"), "—"), (1e-7, "1.00e-07")]
)
def test_short(number, text):
    assert short(number) == text


def test_text_shows_the_interval_and_the_unit():
    assert Metric("x", 1.23456, 1.2, 1.3, unit="bits per byte").text() == "1.235 bits per byte [1.2, 1.3]"
    assert Metric("x", 0.97812, 0.961, 0.9887, unit="share").text() == "97.8 % [96.1, 98.9 %]"
