"""Precision, recall, density and coverage on cases that can be worked out by hand, and on planted faults."""

import numpy as np
import pytest

from anew.validate import diversity
from anew.validate.diversity import distances, measure, radii
from anew.validate.metric import Unmeasured


def clusters(places: list[float], n: int, seed: int, spread: float = 0.1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.normal((place, 0), spread, (n, 2)) for place in places])


def test_radii_and_distances_by_hand() -> None:
    line = np.array([[0.0], [1.0], [3.0], [7.0]])
    assert distances(line, line[:2]).tolist() == [[0, 1], [1, 0], [3, 2], [7, 6]]
    assert radii(line, 1).tolist() == [1, 1, 2, 4] and radii(line, 2).tolist() == [3, 2, 3, 6]
    assert radii(np.zeros((4, 1)), 3).tolist() == [0, 0, 0, 0]


def test_a_line_by_hand() -> None:
    """Real items at 0 … 29; samples at 0.5 … 9.5 twice over: all look real, a third of what is real is shown."""
    real, made = np.arange(30.0)[:, None], np.repeat(np.arange(0.5, 10), 2)[:, None]
    found = measure(real, made)
    assert found.precision.mean() == 1
    # the third neighbour of a sample is 1 away (its twin at 0, two at 1), but at the ends; the edge is outside
    assert found.recall.tolist() == [1] * 11 + [0] * 19
    # k = 5: a real item's ball reaches 3 to either side, so that the last one to be covered is 12, 2.5 from 9.5
    assert found.coverage.tolist() == [1] * 13 + [0] * 17
    assert found.density[-2:].tolist() == [6 / 5, 6 / 5]


def test_the_same_distribution_another_and_a_part_of_it() -> None:
    real, alike = clusters([0, 5, 10, 15], 60, 0), clusters([0, 5, 10, 15], 60, 1)
    same, part = measure(real, alike), measure(real, clusters([0, 5], 120, 2))
    away = measure(real, clusters([100], 240, 3))
    assert same.precision.mean() > 0.85 and same.recall.mean() > 0.85 and same.coverage.mean() > 0.9
    assert same.density.mean() == pytest.approx(1, abs=0.15)
    assert (
        part.precision.mean() > 0.85
        and part.recall.mean() < 0.55
        and part.coverage.mean() == pytest.approx(0.5, abs=0.05)
    )
    assert not any(v.any() for v in (away.precision, away.recall, away.density, away.coverage))


def test_one_outlier_spoils_recall_of_the_first_paper_and_not_coverage() -> None:
    """What density and coverage were made for (Naeem et al. 2020, figure 1)."""
    real = clusters([0, 5], 100, 0)
    far = np.concatenate([clusters([0], 196, 1), [[3.0, 300], [3, -300], [300, 3], [-300, 3]]])
    found = measure(real, far)
    assert found.recall.mean() == 1 and found.coverage.mean() < 0.55


def test_the_figures_come_with_a_ruler_and_a_control_that_must_find_a_missing_kind() -> None:
    rng = np.random.default_rng(0)
    real, ruler = clusters([0, 5, 10], 60, 0), clusters([0, 5, 10], 60, 1)
    kinds = ["a"] * 60 + ["b"] * 60 + ["c"] * 60
    made = clusters([0, 5], 90, 2)
    found = {m.name: m for m in diversity.diversity(real, made, ruler, kinds, "a test", rng, 200)}
    assert found["coverage"].high < found["coverage_real"].low and found["recall"].high < found["recall_real"].low
    assert found["precision"].value == pytest.approx(found["precision_real"].value, abs=0.1)
    for name in ("recall_without_a_kind", "coverage_without_a_kind"):
        assert found[name].passed and 0.2 < found[name].value < 0.4
    assert all(m.low <= m.value <= m.high for m in found.values())
    blind = diversity.diversity(real, made, ruler, [None] * 180, "a test", rng, 100)
    assert not [m for m in blind if m.passed is not None]
    none_lost = diversity.control(np.zeros((40, 2)), np.zeros((60, 2)), measure(np.zeros((40, 2)), np.zeros((60, 2))),
                                  ["a"] * 30 + ["b"] * 30, rng, 100)  # fmt: skip
    assert [m.passed for m in none_lost] == [False, False]


def test_too_few_items_are_not_measured() -> None:
    with pytest.raises(Unmeasured, match="20 of each"):
        measure(np.zeros((19, 2)), np.zeros((50, 2)))
