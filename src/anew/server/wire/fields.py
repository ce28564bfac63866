"""What all requests have in common: null is the same as absent, and no field is dropped in silence.

A field that a shape declares is honoured. Any other is let be and named in the header `x-anew-ignored`, unless the
shape `refuses` it, because an answer without it would be another than was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, model_validator

from anew.server.errors import Problem

MOST_NAMED = 2000  # characters of a header


class Wire(BaseModel):
    """A request's body. `refuses`: fields that are answered with 400, each with the reason."""

    model_config = ConfigDict(extra="allow", strict=True)
    refuses: ClassVar[Mapping[str, str]] = {}

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, given: Any) -> Any:
        return {k: v for k, v in given.items() if v is not None} if isinstance(given, dict) else given

    @model_validator(mode="after")
    def _refused(self) -> Self:
        for name, reason in self.refuses.items():
            if name in (self.model_extra or {}):
                raise Problem(400, f"{name}: {reason}", param=name, code="unsupported_parameter")
        return self

    @property
    def named_ignored(self) -> dict[str, str]:
        """The header that names what is ignored, as a URL spells it: a name may hold anything, a header may not."""
        named = ", ".join(quote(name, safe="", errors="replace") for name in self.ignored)[:MOST_NAMED]
        return {"x-anew-ignored": named} if named else {}

    @property
    def ignored(self) -> list[str]:
        """Fields that nothing is made of."""
        return sorted(self.model_extra or {})
