"""What stands between two sides of a text: a prompt that shows a model both, and the samples that it puts there.

In: an artifact whose codec learnt to fill (`fim`), what stands before and after, lines of other files. Out: the same as
`generate` gives. A model that only reads from left to right sees what stands before, and says so in `sees_after`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch

from anew.artifact import Artifact
from anew.codecs.fill import Sentinels, within
from anew.contract import Prompt
from anew.engine.generate import Generated, generate
from anew.engine.repository import relevant
from anew.errors import RecipeError

NEW, MOST_NEW = 0.25, 256  # of the context left for what is written, and tokens at most, where nobody says how much
OTHERS = 0.3  # of the room for what is read that lines of other files may take


def sees_after(artifact: Artifact) -> bool:
    """Whether the model was taught to look at what stands behind the place that it writes at."""
    return getattr(artifact.codec, "sentinels", None) is not None


def fill_middle(artifact: Artifact, prefix: str, suffix: str, n: int = 1, seed: int = 0, **options: Any) -> Generated:
    """`n` samples of what stands between the two. RecipeError where the model does not look behind."""
    if not sees_after(artifact):
        what = f"{artifact.recipe.name} writes from left to right and does not look at what comes after"
        raise RecipeError(what, next_command="anew run code --data FOLDER, for a model that does")
    prompt, new = gap(artifact, prefix, suffix, n, options.get("max_new"))
    return generate(artifact, n, seed, prompt, **options | {"max_new": new})


def complete(
    artifact: Artifact, prefix: str, suffix: str, others: Iterable[tuple[str, str]] = (), n: int = 1, seed: int = 0,
    comment: str = "#", **options: Any,
) -> Generated:  # fmt: skip
    """`n` completions at the place between the two. `others`: names and texts of the repository's other files, of which
    the lines that share most with the place are read first, each file's under a `comment` with its name."""
    prompt, new = gap(artifact, prefix, suffix, n, options.get("max_new"), others, comment)
    return generate(artifact, n, seed, prompt, **options | {"max_new": new})


def gap(
    artifact: Artifact, prefix: str, suffix: str, n: int, max_new: int | None,
    others: Iterable[tuple[str, str]] = (), comment: str = "#",
) -> tuple[Prompt, int]:  # fmt: skip
    """What the model reads before it writes, and how many tokens it may write: together no more than its context."""
    if artifact.recipe.modality not in ("text", "code") or artifact.model.streams != "append":
        raise RecipeError(f"{artifact.recipe.name} does not write text from left to right")
    symbols: Sentinels | None = getattr(artifact.codec, "sentinels", None)
    context = artifact.model.spec.shape[0]
    room = context - len(artifact.model.spec.opening) - (3 if symbols else 0)
    new = max(1, min(max_new or artifact.recipe.sample.max_new or min(MOST_NEW, int(NEW * context)), room // 2))
    before, after = artifact.codec.encode([prefix, suffix])
    letters = len(prefix) / max(1, len(before))
    near = prefix[-8 * context :] + "\n" + suffix[: 4 * context]
    most = int(OTHERS * (room - new))
    first = artifact.codec.encode([relevant(others, near, int(most * letters), comment)])[0]
    first = first[max(0, len(first) - most) :]  # of other letters a token may hold fewer
    if symbols is None:
        after = after[:0]
    before, after = within(before, after, room - new - len(first))
    row = torch.cat([first, before])
    row = row if symbols is None else symbols.gap(row, after)
    values = row.expand(n, -1)
    return Prompt(values=values, known=torch.ones_like(values, dtype=torch.bool)), new
