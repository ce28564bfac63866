"""anew learns a distribution from your own data and generates new content from it.

    import anew
    model = anew.train("shakespeare", minutes=2)
    model.generate("Enter the King", n=2, seed=1)
    model.validate(); model.save("plays"); anew.load("plays")

Importing this package imports no torch; the first call does.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.metadata import version
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anew.api import Trained, embedder, load, speak, train

__version__ = version("anew")
__all__ = ["Trained", "embedder", "load", "speak", "train"]


class Package(ModuleType):
    """`anew.train` is the function, also once the room of the same name has been imported."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in __all__ or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = Package


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("anew.api"), name)
    raise AttributeError(f"module 'anew' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
