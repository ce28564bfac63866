"""Models from their names: the one place where the global random generator is seeded, for the initial weights."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from anew import registry
from anew.contract import Model, Spec
from anew.errors import Refused


def build_model(name: str, spec: Spec, settings: Mapping[str, Any], seed: int) -> Model:
    """The registered model with weights drawn from `seed` alone; the global generator is left as it was."""
    kind = registry.find("models", name)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model: Model = kind(spec, **settings)
    return model


def twin(model: Model) -> Model:
    """A model that learns on its own from where this one is. What is frozen they share."""
    frozen = {id(p): p for p in model.parameters() if not p.requires_grad}
    return copy.deepcopy(model, frozen)  # type: ignore[arg-type]


def start_from(model: Model, weights: Mapping[str, Tensor], source: str) -> None:
    """Go on from given weights. Refused, with the name and both shapes, where they are not this model's."""
    own = model.state_dict()
    for name in sorted(own.keys() | weights.keys()):
        if name not in weights:
            raise Refused(f"{source} does not fit: it has no weights called {name!r}; use the recipe it was made by")
        if name not in own:
            raise Refused(f"{source} does not fit: the recipe's model has no {name!r}; use the recipe it was made by")
        if own[name].shape != weights[name].shape:
            found, wanted = tuple(weights[name].shape), tuple(own[name].shape)
            raise Refused(f"{source} does not fit: {name!r} is {found} there and {wanted} by the recipe")
    model.load_state_dict(dict(weights))
