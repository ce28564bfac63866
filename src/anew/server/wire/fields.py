"""What all requests have in common: null is the same as absent, and no field is dropped in silence.

A field that a shape declares is honoured. Any other, however deep, is let be and named in the header `x-anew-ignored`,
and so is one that is `idle` beside the others, unless the shape `refuses` it, because an answer without it would be
another than was asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, model_validator

from anew.server.errors import Problem


class Fields(BaseModel):
    """A part of a request's body."""

    model_config = ConfigDict(extra="allow", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, given: Any) -> Any:
        return {k: v for k, v in given.items() if v is not None} if isinstance(given, dict) else given

    def idle(self) -> Iterable[str]:
        """Declared fields that were given, and of which nothing is made beside the others, by their names on the
        wire."""
        return ()

    def given(self, *names: str) -> list[str]:
        """Those of the fields that say something."""
        return [name for name in names if name in self.model_fields_set and getattr(self, name) not in ([], "")]


class Wire(Fields):
    """A request's body. `refuses`: fields that are answered with 400, each with the reason."""

    refuses: ClassVar[Mapping[str, str]] = {}

    @model_validator(mode="after")
    def _refused(self) -> Self:
        for name, reason in self.refuses.items():
            if name in (self.model_extra or {}):
                raise Problem(400, f"{name}: {reason}", param=name, code="unsupported_parameter")
        return self

    @property
    def ignored(self) -> list[str]:
        """Fields that nothing is made of."""
        return sorted(unknown(self))


def unknown(value: Any, place: str = "") -> Iterator[str]:
    """The paths of fields that no shape declares, and of those that are idle."""
    if isinstance(value, Fields):
        inner = place and f"{place}."
        yield from (inner + name for name in (*(value.model_extra or ()), *value.idle()))
        for name in type(value).model_fields:
            yield from unknown(getattr(value, name), inner + name)
    elif isinstance(value, list):
        for i, one in enumerate(value):
            yield from unknown(one, f"{place}[{i}]")


__all__ = ["Fields", "Wire"]
