"""The Hugging Face form of a model in memory: what every other program's files are read into and written from.

In: files of a folder or one GGUF, read elsewhere in this room. Out: plain values, and tensors read when asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor


@dataclass(frozen=True)
class Foreign:
    """A causal language model as `transformers` stores one.

    `config`: config.json. `tensors`: the weights by the names that Hugging Face gives them, each read when it is asked
    for. `tokenizer`: tokenizer.json, of the library tokenizers. `template`: the chat template, in Jinja. `generation`:
    generation_config.json, {} where there is none. `licence`: as the files state it, None where they state none.
    """

    config: dict[str, Any]
    tensors: Mapping[str, Tensor]
    tokenizer: dict[str, Any] | None = None
    template: str | None = None
    generation: dict[str, Any] = field(default_factory=dict)
    licence: str | None = None


def shown(value: object, most: int = 80) -> str:
    """What a stranger says as an error repeats it: on one line, not long, with nothing that steers a terminal."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(value)[: 10 * most]).split())[:most]
