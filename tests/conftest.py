"""What all tests share: how many made-up inputs a property is tried on. `ANEW_FUZZ=full` is for `make verify`."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("quick", deadline=None, derandomize=True, database=None)
settings.register_profile("full", deadline=None, max_examples=10_000, print_blob=True)
settings.load_profile(os.environ.get("ANEW_FUZZ", "quick"))
