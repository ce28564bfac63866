"""Tables as vectors and as tokens: kinds told by looking, places, missing values, rare ones, constraints."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pytest
import torch

from anew.codecs.columns import Category, Number, look
from anew.codecs.conditions import read
from anew.codecs.table import RowCodec, Rows, Table
from anew.errors import DataError, RecipeError

Row = dict[str, Any]


def people(n: int = 400, seed: int = 0) -> list[Row]:
    """Mixed kinds as a CSV file has them: all text, some of it missing."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        x, y = rng.integers(1, 50), rng.integers(1, 50)
        day = datetime.date(2000, 1, 1) + datetime.timedelta(days=int(rng.integers(0, 9000)))
        city = rng.choice(["Ulm", "Bonn", "Jena", f"rare{i % 9}"], p=[0.5, 0.3, 0.17, 0.03])
        rows.append({
            "age": str(rng.integers(18, 90)), "height": f"{rng.normal(170, 9):.1f}",
            "income": repr(float(rng.lognormal(9, 2))), "sex": str(rng.choice(["F", "M"])), "city": str(city),
            "zip": f"{rng.integers(0, 30):05d}", "member": bool(rng.random() < 0.3), "day": day.isoformat(),
            "x": int(x), "y": int(y), "total": int(x + y), "always": "yes", "name": f"person {i}",
            "weight": None if rng.random() < 0.2 else f"{rng.normal(70, 9):.2f}",
        })  # fmt: skip
    return rows


def fitted(kind: type[RowCodec], rows: list[Row] | None = None, **settings: Any) -> Any:
    codec = kind(**settings)
    codec.fit(rows or people())
    return codec


def test_kinds_are_told_by_looking() -> None:
    codec = fitted(Table)
    kinds = {c.name: c for c in codec.columns}
    assert {name for name, c in kinds.items() if isinstance(c, Number)} == {
        "age", "height", "income", "day", "x", "y", "total", "weight",
    }  # fmt: skip
    assert kinds["age"].decimals == 0 and kinds["height"].decimals == 1 and kinds["day"].dates
    assert kinds["zip"].values[0].startswith("0") and set(kinds["member"].values) == {True, False}
    assert codec.left == {"name": "its 400 values name rows rather than describe them"}
    assert codec.typed(people(1)[0])["age"] == int(people(1)[0]["age"])
    with pytest.raises(DataError, match="no column is left"):
        fitted(Table, leave_out=[*codec.names, "name"])


@pytest.mark.parametrize("kind", [Table, Rows])
def test_categories_flags_and_gaps_come_back_and_numbers_stay_near(kind: type[RowCodec]) -> None:
    codec, rows = fitted(kind), people()
    typed = [codec.typed(row) for row in rows]
    back = codec.decode(codec.encode(rows))
    for name in ("sex", "zip", "member", "always"):
        assert [r[name] for r in back] == [r[name] for r in typed]
    assert [r["weight"] is None for r in back] == [r["weight"] is None for r in typed]
    common = [(a["city"], b["city"]) for a, b in zip(typed, back, strict=True) if not a["city"].startswith("rare")]
    assert all(a == b for a, b in common)
    assert {r["city"] for r in back} <= {r["city"] for r in typed}
    ages = np.array([[a["age"], b["age"]] for a, b in zip(typed, back, strict=True)])
    assert np.corrcoef(ages.T)[0, 1] > 0.98 and ages[:, 1].min() >= 18 and ages[:, 1].max() < 90
    assert all(isinstance(r["age"], int) and round(r["height"], 1) == r["height"] for r in back)
    assert all(datetime.date.fromisoformat(r["day"]).year >= 2000 for r in back)


@pytest.mark.parametrize("kind", [Table, Rows])
def test_chance_gives_the_table_s_own_columns(kind: type[RowCodec]) -> None:
    """Normal noise, or tokens by their frequency, decode to columns distributed as the training rows are."""
    codec, rows = fitted(kind, people(2000)), people(2000)
    rng = torch.Generator().manual_seed(0)
    if kind is Table:
        made = codec.decode(torch.randn(4000, *codec.spec.shape, generator=rng))
    else:
        draws = [torch.multinomial(torch.from_numpy(c.masses), 4000, True, generator=rng) for c in codec.learnt]
        draws.append(torch.randint(0, 256, (4000,), generator=rng))
        made = codec.decode(list((torch.stack(draws, 1) + torch.from_numpy(codec.firsts)).unbind(0)))
    for name in ("age", "height", "income", "x"):
        real = np.sort([float(row[name]) for row in rows])
        ours = np.sort([float(row[name]) for row in made])
        both = np.concatenate([real, ours])
        apart = np.searchsorted(real, both, "right") / len(real) - np.searchsorted(ours, both, "right") / len(ours)
        assert np.abs(apart).max() < 0.05, name
    assert abs(np.mean([row["weight"] is None for row in made]) - 0.2) < (0.05 if kind is Rows else 0.2)


def test_a_place_and_its_value_belong_together() -> None:
    rng = np.random.default_rng(1)
    values = [*np.round(rng.exponential(10, 900), 3).tolist(), *[0.0] * 600]
    column = look("x", values, 50, 50)
    assert isinstance(column, Number) and 0.0 in column.low_P[column.low_P == column.high_P]
    place = column.places(values, rng.random(len(values)))
    assert 0 < place.min() and place.max() < 1
    assert np.histogram(place, 10, (0, 1))[0] == pytest.approx(150, abs=30)  # as good as uniform
    assert column.at(place)[900:] == [0.0] * 600
    assert column.at(place)[:900] == pytest.approx(values[:900], abs=0.002)
    assert column.masses.sum() == pytest.approx(1) and column.masses.max() == pytest.approx(0.4, abs=0.01)


def test_numbers_keep_to_the_steps_they_come_in() -> None:
    rng = np.random.default_rng(2)
    weights = (25 * rng.integers(100, 250, 3000)).tolist()
    column = look("weight", weights, 50, 50)
    assert isinstance(column, Number) and column.step == 25
    made = column.at(rng.random(500))
    assert all(isinstance(x, int) and x % 25 == 0 for x in made) and len(set(made)) > 100
    assert look("x", [*weights, 2701], 50, 50).step == 1  # type: ignore[union-attr]


def test_rare_texts_share_a_symbol_and_come_back_as_often() -> None:
    values = ["a"] * 500 + ["b"] * 300 + [f"rare{i}" for i in range(4) for _ in range(i + 1)]
    column = look("x", values, 50, 50)
    assert isinstance(column, Category) and column.symbols == 3
    chance = (np.arange(1000) + 0.5) / 1000
    back = column.decode(np.full(1000, 2), chance)
    assert [back.count(f"rare{i}") for i in range(4)] == pytest.approx([100, 200, 300, 400], abs=2)
    assert column.encode(["never seen"]).tolist() == [2]


# ------------------------------------------------------------------------------------------------ constraints


@pytest.mark.parametrize("kind", [Table, Rows])
def test_a_column_that_follows_from_others_is_worked_out(kind: type[RowCodec]) -> None:
    codec = fitted(kind, constraints=["total == x + y", "age >= 18"])
    assert [c.name for c in codec.learnt] == [n for n in codec.names if n != "total"]
    noise = torch.randn(200, *codec.spec.shape, generator=torch.Generator().manual_seed(0)) * 3
    made = codec.decode(noise if kind is Table else codec.encode(people(200, 5)))
    assert all(row["total"] == row["x"] + row["y"] for row in made) and list(made[0]) == codec.names
    assert not any(codec.constraints.broken(row) for row in made)


def test_a_constraint_that_the_data_break_is_refused() -> None:
    with pytest.raises(DataError, match="training rows break the constraint 'age > 60'"):
        fitted(Table, constraints=["age > 60"])
    with pytest.raises(RecipeError, match="no column 'agee'"):
        fitted(Table, constraints=["agee > 60"])
    with pytest.raises(RecipeError, match="compares two things"):
        Table(constraints=["age"])


def test_a_condition_that_no_row_meets_is_refused_with_what_there_is() -> None:
    codec = fitted(Rows)
    for text, words in (("age > 200", "age runs from 18 to 89"), ("sex == D", "sex is one of: [FM], [FM]")):
        with pytest.raises(DataError, match=words):
            codec.condition(text)
    with pytest.raises(DataError, match="'age > 60 and age < 40'"):
        codec.condition("age > 60 and age < 40")
    assert codec.condition("weight == missing").met({"weight": None})


def test_tokens_and_cells_are_held_to_a_condition() -> None:
    condition = read("age > 60 and sex == F", ["age", "sex"])
    rows = fitted(Rows)
    mask = rows.allowed(condition)
    assert mask.shape == (rows.spec.shape[0], rows.spec.vocab) and mask[-1].tolist() == [
        True,
        *[False] * (len(mask[0]) - 1),
    ]
    assert mask.sum(1)[rows.names.index("sex")] == 1 and mask.any(1).all()
    table = fitted(Table)
    values, known = table.held(condition, [torch.Generator().manual_seed(i) for i in range(50)])
    made = table.decode(torch.where(known, values, torch.zeros_like(values)))
    assert all(row["sex"] == "F" for row in made) and 0 < known[0].sum() < known.shape[1]
    assert np.mean([row["age"] > 60 for row in made]) > 0.9  # a bin may be cut by the condition; the rest is checked
    assert len({row["age"] for row in made}) > 10
