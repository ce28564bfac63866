"""A comparison in words and as a page: claims only what the intervals bear, explains every column, loads nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pytest

from anew.validate.comparison import DRAWS, Difference, Entrant, standings
from anew.validate.metric import Metric
from anew.validate.plots import sheet
from anew.validate.side_by_side import BITS, COLUMNS, FRECHET, Ranked, Row, Told, page, recommend, ruler_of

PICTURE = sheet([np.zeros((8, 8), np.uint8)] * 4, 2)


def row(name: str, value: float, ranked: Ranked = FRECHET, kind: str = "estimate", **more: Metric) -> Row:
    return Row(name, "diffusion", {ranked.metric: Metric(ranked.metric, value, kind=kind), **more}, PICTURE)


def placed(rows: list[Row], ranked: Ranked = FRECHET, spread: float = 1.0) -> tuple[list[Row], list[Difference]]:
    figures = [r.figures[ranked.metric] for r in rows]
    entrants = [
        Entrant(r.name, [f.value], [np.random.default_rng(i).normal(0, spread, DRAWS)], str(f.kind))
        for i, (r, f) in enumerate(zip(rows, figures, strict=True))
    ]
    found, apart = standings(entrants, ranked.better, np.random.default_rng(0))
    known = {r.name: r for r in rows}
    return [known[s.name].ranked(s, ranked.metric) for s in found], apart


def said(rows: list[Row], ranked: Ranked = FRECHET, steady: tuple[float, float] | None = None) -> str:
    ordered, apart = placed(rows, ranked)
    return "\n".join(recommend(ordered, apart, ranked, steady, {}))


def share(name: str, value: float, low: float, high: float) -> Metric:
    return Metric(name, value, low, high, 500, "share")


def test_the_best_is_named_only_where_it_is_more_than_chance() -> None:
    assert "Take flow: it has the lowest Fréchet distance, 10 [" in said([row("gan", 20), row("flow", 10)])
    told = said([row("gan", 10.5), row("flow", 10)])
    assert "flow has the lowest" in told and "gan is no worse within the interval" in told and "Take" not in told
    assert "--seeds 3" in told
    assert "steady: Kendall's τ 0.8667" in said([row("a", 1), row("b", 9)], steady=(0.8667, 0.6))
    assert "not steady" in said([row("a", 1), row("b", 9)], steady=(0.2, -0.3))
    assert "nothing of its kind" in said([row("a", 1)])


def test_exact_figures_and_bounds_are_told_apart() -> None:
    rows = [row("transformer", 2.0, BITS, "exact"), row("masked", 1.5, BITS, "bound"), row("rnn", 9.0, BITS, "exact")]
    told = said(rows, BITS)
    assert "Take transformer (exact)" in told and "masked (bound)" in told and "ranked apart" in told
    ordered, _ = placed(rows, BITS)
    columns = {r.name: {c.key for c in COLUMNS if c.key in r.figures} for r in ordered}
    assert columns == {"transformer": {"exact"}, "rnn": {"exact"}, "masked": {"bound"}}


def test_speed_copies_and_gaps_are_told() -> None:
    fast, slow = (Metric("samples_per_second", v) for v in (900.0, 100.0))
    told = said([row("flow", 10, samples_per_second=slow), row("meanflow", 10.4, samples_per_second=fast)])
    assert "meanflow draws 9.0 times as fast, at no loss that is more than chance" in told
    told = said([row("flow", 10, samples_per_second=slow), row("gan", 30, samples_per_second=fast)])
    assert "gan draws 9.0 times as fast, at 30" in told
    narrow = {"coverage": share("coverage", 0.3, 0.26, 0.34), "coverage_real": share("coverage_real", 0.96, 0.94, 0.98)}
    told = said([row("gan", 10, near_copies=share("near_copies", 0.2, 0.16, 0.24), **narrow)])
    assert "gan copies: 20 % [16, 24 %]" in told and "gan leaves much out: it covers 30 %" in told


def test_another_that_shows_more_often_what_was_asked_for_is_named() -> None:
    often, seldom = share("label_agreement", 0.81, 0.77, 0.85), share("label_agreement", 0.67, 0.62, 0.72)
    told = said([row("flow", 20, label_agreement=often), row("meanflow", 10, label_agreement=seldom)])
    assert "Take meanflow" in told and "flow shows what was asked for more often than meanflow: 81 %" in told
    assert "more often" not in said(
        [row("flow", 20, label_agreement=seldom), row("meanflow", 10, label_agreement=often)]
    )
    near = share("label_agreement", 0.7, 0.65, 0.75)
    assert "more often" not in said(
        [row("flow", 20, label_agreement=near), row("meanflow", 10, label_agreement=seldom)]
    )


def told(rows: list[Row], failed: Mapping[str, str] | None = None) -> Told:
    ordered, apart = placed(rows)
    counts = {"train": 100, "validation": 10, "test": 10}
    return Told(
        "digits <script>", "image", 2.0, 1, "anew compare digits", counts, "abc", FRECHET, ordered, ruler_of(ordered),
        apart, None, failed or {}, recommend(ordered, apart, FRECHET, None, failed or {}),
    )  # fmt: skip


def test_the_page_explains_each_of_its_columns_and_loads_nothing() -> None:
    near = share("near_copies", 0.01, 0.0, 0.02)
    html = page(told([row("flow", 10, near_copies=near, frechet_real=Metric("frechet_real", 7.5)), row("gan", 30)]))
    assert "digits &lt;script&gt;" in html and "<script" not in html
    assert not re.search(r"(src|href)=\"(?!data:|#)", html) and "default-src 'none'" in html
    for column in COLUMNS:
        shown = column.key in ("frechet_samples", "near_copies")
        assert (f">{column.title}</th>" in html) == shown == (f"<dt>{column.title}</dt>" in html)
    assert html.count("data:image/png") == 2 and ">7.5<" in html
    assert html.index("1. flow") < html.index("2. gan")


def test_a_page_of_failures_is_a_page_too() -> None:
    html = page(told([], {"gan, seed 0": "it <b>blew</b> up"}))
    assert "it &lt;b&gt;blew&lt;/b&gt; up" in html and "nothing to compare" in html


@pytest.mark.parametrize("column", COLUMNS, ids=lambda c: c.key)
def test_each_column_is_told_in_a_sentence(column) -> None:
    assert column.title and column.told[0].isupper() and column.told.endswith((".", "?"))
