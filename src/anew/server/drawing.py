"""Samples of any model, as `anew generate` draws them: texts by the engine that all requests share, anything else in
blocks of rows behind the model's lock.

In: an open model and what is asked of it. Out: what `generate` gives for the same seed, to the byte.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from anew.contract import AppendOptions, Prompt
from anew.engine.generate import Generated, generate, label_names, labels_for, options_for, prompt_for, seeds_for
from anew.engine.served import Asked, Served
from anew.engine.writing import WISHES, wishes_of, writes
from anew.errors import RecipeError
from anew.server.working import Leave


def by_engine(served: Served, label: str | None, fill: bool, where: str | None) -> bool:
    """Whether the samples are texts that the model's engine, or its one sampler, writes."""
    names = label_names(served.artifact)
    if writes(served.artifact) and label is not None:
        labels_for(served.artifact, 1, label)  # refuses one that is none
    return writes(served.artifact) and not names and not fill and where is None


def asked_of(served: Served, n: int, seed: int, prompt: str | Prompt | None, options: Mapping[str, Any]) -> Asked:
    """Texts as the engine is asked for them."""
    given = prompt_for(served.artifact, prompt, 1)
    read = [] if given is None or given.values is None else given.values[0].tolist()
    wishes = wishes_of({name: value for name, value in options.items() if name in WISHES})
    chosen = options_for(served.artifact, {name: value for name, value in options.items() if name not in WISHES})
    assert isinstance(chosen, AppendOptions)
    if chosen.max_new is None:  # as long as it may get, as on the command line
        spec = served.artifact.model.spec
        chosen = replace(chosen, max_new=max(1, spec.shape[0] - len(read) - len(spec.opening)))
    answers = served.artifact.recipe.modality == "chat" or given is None
    return Asked(read, seeds_for(n, seed), chosen, wishes, answers=answers)


def drawn(
    served: Served,
    leave: Leave,
    n: int,
    seed: int,
    prompt: str | None = None,
    label: str | None = None,
    fill: bool = False,
    where: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> Generated:
    """Everything else. A block is as many rows as the model runs at once: a sample does not depend on its company, so
    that whoever leaves is noticed between two blocks, and between two steps of one."""
    artifact, given = served.artifact, dict(options or {})
    labels = labels_for(artifact, n, label)
    told = any(one is not None for one in labels)
    if given.get("beams") and n > artifact.model.rows:
        raise RecipeError(f"beams: at most {artifact.model.rows} texts of one search")
    parts: list[Generated] = []
    for start in range(0, n, artifact.model.rows):
        leave.check()
        some = labels[start : start + artifact.model.rows]
        first = seeds_for(n, seed)[start]
        how: dict[str, Any] = {"where": where, "watch": lambda share, decode: leave.check()} | given
        parts.append(generate(artifact, len(some), first, prompt, some if told else None, fill, **how))

    def joined(name: str) -> list[Any]:
        return [one for part in parts for one in getattr(part, name)]

    lists: dict[str, Any] = {name: joined(name) for name in ("samples", "seeds", "labels", "finish", "logp", "tokens")}
    return replace(parts[0], **lists)
