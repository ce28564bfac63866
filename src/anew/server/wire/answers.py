"""What answers have in common: an id, the model, its fingerprint, what was used."""

from __future__ import annotations

import secrets
import time
from importlib.metadata import version
from typing import Any

from anew.engine.served import Served
from anew.engine.writing import Finish

VERSION = version("anew")
FINISH = {"stop": "stop", "length": "length", "limit": "length"}  # a form that became too costly was cut off


def head(served: Served, kind: str, prefix: str) -> dict[str, Any]:
    """`system_fingerprint`: with the seed, all that decides the bytes beside the request."""
    fingerprint = f"fp_{served.digest[:16]}_{VERSION}"
    return {
        "id": f"{prefix}-{secrets.token_hex(12)}", "object": kind, "created": int(time.time()), "model": served.name,
        "system_fingerprint": fingerprint,
    }  # fmt: skip


def usage(prompt: int, written: int, cached: int) -> dict[str, Any]:
    return {
        "prompt_tokens": prompt, "completion_tokens": written, "total_tokens": prompt + written,
        "prompt_tokens_details": {"cached_tokens": cached}, "completion_tokens_details": {"reasoning_tokens": 0},
    }  # fmt: skip


def together(each: list[dict[str, Any]]) -> dict[str, Any]:
    """The usage of several texts as one."""
    read, written = (sum(one[f"{what}_tokens"] for one in each) for what in ("prompt", "completion"))
    return usage(read, written, sum(one["prompt_tokens_details"]["cached_tokens"] for one in each))


def reason(finish: Finish | None) -> str | None:
    return None if finish is None else FINISH[finish]
