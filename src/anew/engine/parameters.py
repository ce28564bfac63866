"""The line of parameters that tools of diffusion models write into a picture, and read out of it:

    a green heart
    Negative prompt: blue
    Steps: 6, Sampler: Heun, CFG scale: 2.5, Seed: 7, Size: 32x32, Model hash: 0123456789, Model: emoji

In: settings of one sample. Out: the text; or, of a text that another tool wrote, the settings that can be honoured.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from anew.errors import DataError

PAIR = re.compile(r'([A-Za-z0-9][A-Za-z0-9 _/-]{0,60}):\s*("(?:\\.|[^"\\])*"|[^,]*)(?:,\s*|$)')
NEGATIVE, STEPS = "Negative prompt:", "Steps:"
TOLD_ONLY = {"Model hash", "Version"}  # which say what made the picture, and ask for nothing
MOST_LINE = 4096


def parameters_of(
    prompt: str | None, seed: int, options: Mapping[str, Any], size: str, model: str | None, weights: str | None,
    strength: float | None = None,
) -> str:  # fmt: skip
    """`steps` of a model that takes none are 1, since tools know the line by its first word."""
    lines = [] if not prompt else [prompt]
    if options.get("negative"):
        lines.append(f"{NEGATIVE} {options['negative']}")
    pairs: dict[str, Any] = {"Steps": options.get("steps", 1)}
    if "solver" in options:
        pairs["Sampler"] = str(options["solver"]).capitalize()
    pairs |= {"CFG scale": f"{options.get('guidance', 1.0):g}", "Seed": seed, "Size": size}
    if strength is not None:
        pairs["Denoising strength"] = f"{strength:g}"
    pairs |= {} if weights is None else {"Model hash": weights[:10]}
    pairs |= {} if model is None else {"Model": model}
    return "\n".join([*lines, ", ".join(f"{name}: {value}" for name, value in pairs.items())])


def read_parameters(text: str, origin: str) -> dict[str, Any]:
    """Values for `Settings`. DataError names what nothing here can honour, or what is no such line."""
    above, _, line = text.strip().rpartition("\n")
    if not line.startswith(STEPS) or len(line) > MOST_LINE:
        raise DataError(f"{origin}: its parameters end in no line that begins with {STEPS}")
    prompt, _, negative = (above if not above.startswith(NEGATIVE) else f"\n{above}").partition(f"\n{NEGATIVE}")
    pairs = {name: unquoted(value.strip()) for name, value in PAIR.findall(line)}
    readers = {
        "Steps": ("options.steps", int), "Sampler": ("options.solver", str.lower), "Seed": ("seed", int),
        "CFG scale": ("options.guidance", float), "Size": ("size", str), "Model": ("model", named),
    }  # fmt: skip
    if odd := sorted(set(pairs) - set(readers) - TOLD_ONLY):
        what = f"{origin}: asks for what no model here honours: {', '.join(odd)[:200]}"
        raise DataError(what, next_command="anew generate MODEL, with the settings that you want")
    made: dict[str, Any] = {"options": {}}
    for name, (place, reader) in readers.items():
        if name in pairs:
            try:
                value = reader(pairs[name])  # type: ignore[operator]
            except ValueError:
                raise DataError(f"{origin}: {name} is {pairs[name][:40]!r}") from None
            (made["options"] if place.startswith("options.") else made)[place.removeprefix("options.")] = value
    made |= {"prompt": prompt.strip()} if prompt.strip() else {}
    if negative.strip():
        made["options"]["negative"] = negative.strip()
    return made


def unquoted(value: str) -> str:
    try:
        return str(json.loads(value)) if value.startswith('"') else value
    except ValueError:
        return value


def named(value: str) -> str | None:
    """A model's name as the store has them; None for one that it cannot have."""
    name = value.lower().replace(" ", "-")
    return name if re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,99}", name) else None


__all__ = ["parameters_of", "read_parameters"]
