"""Figures of tables against numbers worked out by hand, and controls that cannot fail to show."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest

from anew.codecs.columns import Column, look
from anew.validate.metric import Unmeasured
from anew.validate.table_plots import correlation_maps, histograms
from anew.validate.tables import (
    Frame,
    area,
    correlations,
    exact_copies,
    likeness,
    macro_f1,
    r_squared,
    shapes,
    told_apart,
    total_variation,
    trends,
    two_sample,
    useful,
)


def frames(*tables: dict[str, list[Any]]) -> list[Frame]:
    """Frames of the same columns, which the first table's values tell."""
    first = tables[0]
    columns: list[Column] = [c for name, v in first.items() if not isinstance(c := look(name, v, 50, 50), str)]
    made = []
    for table in tables:
        rows = [dict(zip(table, values, strict=True)) for values in zip(*table.values(), strict=True)]
        made.append(Frame.of(columns, rows))
    return made


def related(n: int, seed: int) -> dict[str, list[Any]]:
    """Two numbers that rise together and a category that follows the first."""
    rng = np.random.default_rng(seed)
    a = rng.normal(size=n)
    b = a + 0.3 * rng.normal(size=n)
    kind = ["up" if x > 0 else "down" for x in a]
    return {"a": a.round(4).tolist(), "b": b.round(4).tolist(), "kind": kind}


def test_shapes_by_hand() -> None:
    """Distribution functions of {1, 2, 3, 4} and {1, 2, 3, 40}, {3, 4, 5, 6}: 1/4 and 1/2 apart at the most."""
    one = {"x": [1.0, 2.0, 3.0, 4.0], "kind": ["a", "a", "b", "c"]}
    two = {"x": [1.0, 2.0, 3.0, 40.0], "kind": ["a", "a", "b", "b"]}
    three = {"x": [3.0, 4.0, 5.0, 6.0], "kind": ["b", "b", "b", "d"]}
    real, near, far = frames(one, two, three)
    assert shapes(real, real) == pytest.approx([1, 1])
    assert shapes(real, near) == pytest.approx([0.75, 0.75])  # b: 1/4 -> 1/2, c: 1/4 -> 0
    assert shapes(real, far) == pytest.approx([0.5, 0.25])
    assert total_variation(np.array([0, 0, 1]), np.array([2, 2, 2])) == 1


def test_trends_by_hand() -> None:
    """Correlations of 1 and -1 are 1 - 2/2 alike; of a table of pairs half the cells moved is 1/2."""
    rising = {
        "x": [0.0, 1.0, 2.0, 3.0],
        "y": [0.0, 2.0, 4.0, 6.0],
        "kind": ["a", "a", "b", "b"],
        "sort": ["u", "v", "u", "v"],
    }
    falling = rising | {"y": [6.0, 4.0, 2.0, 0.0], "sort": ["u", "u", "v", "v"]}
    real, made = frames(rising, falling)
    found = trends(real, made)
    assert found[0, 1] == found[1, 0] == pytest.approx(0)
    assert found[2, 3] == pytest.approx(0.5)  # (a,u) (a,v) (b,u) (b,v), a quarter each -> (a,u) and (b,v), a half each
    assert found[0, 2] == pytest.approx(1)  # x is cut into ten widths, each value in its own, with the same category
    assert np.isnan(np.diag(found)).all() and np.nanmin(trends(real, real)) == pytest.approx(1)


def test_correlations_where_values_are_missing() -> None:
    x = np.array([[1.0, 2.0], [2.0, 1.0], [3.0, 4.0], [np.nan, 9.0], [4.0, np.nan]])
    assert correlations(x)[0, 1] == pytest.approx(np.corrcoef(x[:3].T)[0, 1])
    assert np.isnan(correlations(np.array([[1.0, 2.0], [1.0, 3.0]]))[0, 1])


def test_an_area_under_a_curve_by_hand() -> None:
    assert area(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0.0, 0, 1, 1])) == pytest.approx(0.75)
    assert area(np.zeros(6), np.array([0.0, 1, 0, 1, 0, 1])) == pytest.approx(0.5)


def test_scores_of_predictions_by_hand() -> None:
    truth, read = np.array([0.0, 0, 1, 1]), np.array([0.0, 1, 1, 1])
    assert macro_f1(truth, read) == pytest.approx((2 / 3 + 4 / 5) / 2)
    assert r_squared(np.array([1.0, 2, 3]), np.array([1.0, 2, 3])) == 1
    assert r_squared(np.array([1.0, 2, 3]), np.array([2.0, 2, 2])) == 0


def test_shuffled_columns_have_every_shape_and_no_trend() -> None:
    real, made, held_out = frames(related(600, 0), related(600, 1), related(200, 2))
    rng = np.random.default_rng(0)
    found = {m.name: m for m in likeness(real, held_out, made, rng, draws=20).metrics}
    assert found["column_shapes"].value > 0.9 and found["pair_trends"].value > 0.9
    assert found["column_shapes_independent"].value == pytest.approx(1)
    assert found["pair_trends_independent"].value < 0.75 and found["pair_trends_control"].passed
    alone = frames({"a": list(range(600)), "b": np.random.default_rng(5).permutation(600).tolist()})[0]
    control = [m for m in likeness(alone, alone, alone, rng, draws=20).metrics if m.name == "pair_trends_control"]
    assert not control[0].passed  # where columns have nothing in common, shuffling them cannot be seen


def test_a_copied_table_is_caught() -> None:
    training = [{"a": i, "b": i % 7} for i in range(100)]
    fresh = [{"a": i, "b": i % 7} for i in range(100, 150)]
    copied = {m.name: m for m in exact_copies(training, fresh, training)}
    honest = {m.name: m for m in exact_copies(training, fresh, [*fresh, training[3]])}
    assert copied["exact_copies"].value == 1 and copied["exact_copies_held_out"].value == 0
    assert honest["exact_copies"].value == pytest.approx(1 / 51) and honest["exact_copies_planted"].passed


def test_a_classifier_tells_shuffled_columns_and_not_real_rows() -> None:
    pytest.importorskip("sklearn")
    real, made, held_out = frames(related(300, 0), related(300, 1), related(300, 2))
    found = {m.name: m for m in told_apart(real, held_out, made, np.random.default_rng(0))}
    assert 0.35 < found["two_sample_auc"].value < 0.65 < found["two_sample_auc_independent"].value
    with pytest.raises(Unmeasured, match="a classifier needs"):
        two_sample(real.take(np.arange(10)), made, np.random.default_rng(0))


def test_what_is_learnt_from_shuffled_rows_is_of_no_use() -> None:
    pytest.importorskip("sklearn")
    real, made, held_out = frames(related(300, 0), related(300, 1), related(200, 2))
    rng = np.random.default_rng(0)
    for target, useless in ((2, 0.65), (1, 0.2)):
        good = {m.name: m.value for m in useful(target, real, held_out, made, rng)}
        bad = {m.name: m.value for m in useful(target, real, held_out, real.shuffled(rng), rng)}
        assert good["train_on_synthetic"] > 0.75 and abs(good["train_on_synthetic"] - good["train_on_real"]) < 0.15
        assert bad["train_on_synthetic"] < useless


def test_charts_are_whole() -> None:
    real, made = frames(related(50, 0), related(40, 1))
    for chart in (histograms(real, made), correlation_maps(real, made)):
        assert chart is not None and ET.fromstring(chart).tag.endswith("svg")
    assert correlation_maps(*frames({"kind": ["a", "b"] * 9}, {"kind": ["b", "a"] * 9})) is None
