"""Paired gains: what is better by more than chance is called so, and what is not is not."""

from __future__ import annotations

import numpy as np
import pytest

from anew.validate.gain import EXACT, gains, sign_flips


def test_p_by_hand() -> None:
    """Of ten differences all above 0 only two of 1,024 flips reach the mean: all as they are, and all flipped."""
    rng = np.random.default_rng(0)
    assert sign_flips(np.arange(1.0, 11.0), rng) == 2 / 1024
    assert sign_flips(np.array([1.0, -1.0]), rng) == 1.0
    assert sign_flips(np.array([3.0, 1.0]), rng) == 0.5
    assert sign_flips(np.zeros(8), rng) == 1.0


def test_chance_is_called_significant_as_often_as_it_says() -> None:
    """Arms that are alike: p below 0.05 about one time in twenty."""
    rng = np.random.default_rng(1)
    found = [sign_flips(rng.normal(size=10), rng) for _ in range(400)]
    assert 0.02 < np.mean(np.array(found) < 0.05) < 0.09


def test_drawn_flips_agree_with_counted_ones() -> None:
    rng = np.random.default_rng(2)
    few = rng.normal(0.4, 1, EXACT)
    exact = sign_flips(few, rng)
    more = np.concatenate([few, [0.0]])  # a difference of nothing changes no flip, but makes them too many to count
    assert abs(sign_flips(more, rng) - exact) < 0.02


def test_gain_is_told_beside_its_baseline() -> None:
    rng = np.random.default_rng(3)
    base = rng.normal(0.8, 0.05, 12)
    values = {"none": base, "better": base + 0.03, "alike": base + rng.normal(0, 0.01, 12), "worse": base - 0.02}
    found = {one.arm: one for one in gains({k: list(v) for k, v in values.items()}, "none", rng)}
    assert [one.significant for one in found.values()] == [False, True, False, False]
    assert found["better"].gain == pytest.approx(0.03) and found["better"].gain_low > 0.029
    assert found["worse"].p < 0.05 and found["worse"].gain_high < 0
    assert found["better"].low < found["better"].mean < found["better"].high
    assert found["none"].gain == 0 and found["none"].p == 1.0


def test_arms_of_different_seeds_are_refused() -> None:
    with pytest.raises(ValueError, match="seeds"):
        gains({"none": [0.1, 0.2], "more": [0.1]}, "none", np.random.default_rng(0))
