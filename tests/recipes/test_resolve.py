"""What cannot work is refused while a recipe is resolved, in words and before anything is trained."""

from __future__ import annotations

from typing import Any

import pytest

from anew.errors import RecipeError
from anew.recipe import override, parse
from anew.recipes import find
from anew.recipes.resolve import resolve


@pytest.mark.parametrize(
    ("recipe", "changes", "said"),
    [
        ("images", {"model.name": "transformer"}, "model.name: transformer learns tokens, and this codec makes grid"),
        ("text", {"model": {"name": "flow"}}, "model.name: flow learns grid, and this codec makes tokens"),
        ("images", {"codec.learned.name": "transformer"}, "codec.learned.name: transformer takes tokens, not grid"),
        ("images", {"codec.learned.name": "flow"}, "codec.learned.name: flow does not encode"),
        ("images", {"codec.learned": {"name": "autoencoder"}, "model": {"name": "classifier"}}, "does not sample"),
        ("text", {"model.heads": 0}, "model.heads: Input should be greater than 0, not 0"),
        ("text", {"model.table_rows": 0}, "model.table_rows: Input should be greater than or equal to 2, not 0"),
        ("text", {"model.drop_ngrams": 1.5}, "model.drop_ngrams: Input should be less than or equal to 1, not 1.5"),
        ("images", {"judge.width": 12}, "judge.width: Input should be a multiple of 8, not 12"),
        ("digits", {"sample.solver": "jump"}, "sample.solver: flow has no solver 'jump'; it knows euler, heun"),
        ("digits-few", {"sample.solver": "tokens"}, "sample.solver: meanflow has no solver 'tokens'"),
        ("text", {"sample.solver": "euler"}, "sample.solver: transformer has no such option"),
    ],
)
def test_a_recipe_that_cannot_work_is_refused(recipe: str, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(RecipeError) as refused:
        resolve(parse(override(find(recipe), {"data.source": "x", **changes}, typed=True)))
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("recipe", "solver"),
    [("digits", "heun"), ("digits-few", "jump"), ("digits-few", "euler"), ("text-masked", "confident")],
)
def test_a_solver_that_the_model_knows_is_taken(recipe: str, solver: str) -> None:
    given = override(find(recipe), {"data.source": "x", "sample.solver": solver}, typed=True)
    assert resolve(parse(given)).sample.solver == solver
