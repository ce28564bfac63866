"""A `Spec` as JSON keeps it: of encoded data and of stored models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anew.contract import CondSpec, Spec


def spec_of(values: Mapping[str, Any]) -> Spec:
    """A Spec from its JSON form."""
    cond = values["cond"]
    if cond is not None:
        cond = CondSpec(**{k: tuple(v) if isinstance(v, list) else v for k, v in cond.items()})
    shape, whole = tuple(values["shape"]), values.get("whole", False)
    begins, stops = values.get("begins"), tuple(values.get("stops", ()))
    begins = None if begins is None else tuple(begins)
    return Spec(values["kind"], shape, values["vocab"], values["end"], cond, whole, begins, stops)
