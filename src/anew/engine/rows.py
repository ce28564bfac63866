"""Rows of a table as they are asked for: constraints never broken, conditions met, labels as asked.

In: a model of a table, and what its rows have to be like. Out: just such rows, or an error that says why there are
none. First rows are drawn freely and those kept that fit, which leaves their distribution as the model has it; where a
condition is too rare for that, what it says of single columns is put in place (values that the codec forbids or holds),
and the model draws the rest.

Draw number d of item i comes from a seed of i and d alone, so that an item does not depend on its company.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from anew.artifact import Artifact
from anew.codecs.conditions import Condition
from anew.codecs.table import RowCodec, Rows, Table, TableRow
from anew.contract import Cond, Options, Prompt
from anew.engine.requests import seed_of
from anew.errors import RecipeError

FREE = 64  # draws of an item before its columns are put in place
MOST = 1024  # draws of an item altogether
TOGETHER = 4096  # rows drawn at once
HOPELESS = 2000  # draws, for all items together, of which none fits, before it is given up


@dataclass(frozen=True)
class Wish:
    """What rows have to be like. `labels`: what each item's `label_column` has to hold, None for anything."""

    constraints: Condition
    where: Condition
    label_column: str | None
    labels: Sequence[str | None]

    def fits(self, row: TableRow, item: int) -> bool:
        label = self.labels[item]
        if label is not None and self.label_column in row and told(row[self.label_column]) != label:
            return False
        return not self.constraints.broken(row) and self.where.met(row)


def told(value: Any) -> str:
    """A cell as a label is written."""
    return str(value)


def draw_rows(
    artifact: Artifact,
    seeds: Sequence[int],
    labels: Sequence[str | None],
    cond: Cond | None,
    where: str | None,
    options: Options,
) -> list[TableRow]:
    """A row for each seed that breaks no constraint and meets `where`. RecipeError when some find none."""
    codec = row_codec(artifact)
    condition = codec.condition(where) if where else Condition()
    column = next((c for c in codec.columns if c.name == artifact.recipe.data.label), None)
    asked = [one if one is None or column is None else told(column.typed(one)) for one in labels]  # 1.0 is typed as 1
    wish = Wish(codec.constraints, condition, artifact.recipe.data.label, asked)
    made: dict[int, TableRow] = {}
    drawn = 0
    for begin, end in rounds():
        open_items = [i for i in range(len(seeds)) if i not in made]
        if not open_items or (drawn >= HOPELESS and begin > FREE and not made):
            break
        place = putting(artifact, codec, condition) if begin >= FREE else None
        tries = [(i, d) for i in open_items for d in range(begin, end)]
        for first in range(0, len(tries), TOGETHER):
            part = [(i, d) for i, d in tries[first : first + TOGETHER] if i not in made]
            if not part:
                continue
            drawn += len(part)
            rngs = [torch.Generator().manual_seed(seed_of(seeds[i], d)) for i, d in part]
            chosen = None if cond is None else cond.take(torch.tensor([i for i, _ in part]))
            for (i, _), row in zip(part, sample(artifact, rngs, chosen, options, place), strict=True):
                if i not in made and wish.fits(row, i):
                    made[i] = row
    if len(made) < len(seeds):
        raise too_rare(wish, len(seeds) - len(made), len(seeds), drawn)
    return [made[i] for i in range(len(seeds))]


def rounds() -> list[tuple[int, int]]:
    """Draws [begin, end) of each round, ever more at once: 1, 1, 2, 4, …"""
    ends = [1]
    while ends[-1] < MOST:
        ends.append(2 * ends[-1])
    return list(zip([0, *ends[:-1]], ends, strict=True))


def too_rare(wish: Wish, open_items: int, items: int, drawn: int) -> RecipeError:
    asked = [str(c) for c in (wish.where, wish.constraints) if c]
    asked += [f"{wish.label_column} is the label asked for"] if any(wish.labels) else []
    what = f"{open_items} of {items} rows were not found in {drawn:,} draws: {' and '.join(asked)}"
    return RecipeError(
        f"{what} is (nearly) impossible for this model",
        next_command="a wider --where, or fewer constraints in the recipe",
    )


# ------------------------------------------------------------------------------------------------ drawing

Place = Callable[[Sequence[torch.Generator]], dict[str, Any]]


def row_codec(artifact: Artifact) -> RowCodec:
    """The codec of rows, beneath a learned one where there is one."""
    codec = artifact.plain
    assert isinstance(codec, RowCodec)
    return codec


def sample(
    artifact: Artifact, rngs: Sequence[torch.Generator], cond: Cond | None, options: Options, place: Place | None = None
) -> list[TableRow]:
    """One row a generator, whatever it breaks; `place` makes the model put something in place."""
    given = (place or putting(artifact, row_codec(artifact), Condition()))(rngs)
    chunks = [chunk.data for chunk in artifact.model.sample(rngs, cond, options=options, **given)]
    data = torch.cat(chunks, 1) if artifact.model.streams == "append" else chunks[-1]
    rows: list[TableRow] = artifact.codec.decode(list(data) if artifact.model.streams == "append" else data)
    return rows


def putting(artifact: Artifact, codec: RowCodec, condition: Condition) -> Place:
    """How a model is told what each column may hold: a mask over tokens, or known cells; nothing for any other."""
    if isinstance(codec, Rows) and artifact.model.family == "autoregressive":
        mask_TV = codec.allowed(condition)
        last = len(mask_TV) - 1

        def allowed(chosen_BT: torch.Tensor) -> torch.Tensor:
            return mask_TV[min(chosen_BT.shape[1], last)].expand(len(chosen_BT), -1)

        return lambda rngs: {"allowed": allowed}
    grid = isinstance(codec, Table) and artifact.codec is codec and artifact.model.family == "diffusion"
    if grid and condition:
        return lambda rngs: {"prompt": Prompt(*codec.held(condition, rngs))}  # type: ignore[attr-defined]
    return lambda rngs: {}
