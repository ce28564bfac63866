"""Starters: small models that anew's own recipes trained, which come with the package.

    starters/emoji/    an artifact's folder, its tensors in half precision

In: a starter's name, or what else it goes by. Out: the model in the store, its tensors widened to float32 again. No
network is asked.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from anew.data.files import atomic_folder
from anew.deploy.publishing import require_to_publish
from anew.deploy.store import Entry, Store, check
from anew.errors import NotFound, Refused, nearest

if TYPE_CHECKING:
    from torch import Tensor  # whoever lists models waits for no torch

FOLDER = Path(__file__).parent.parent / "starters"
PREFIX = "starter:"
ALIASES = {"bach": "chorales"}
VERSION = re.compile(rb"@[0-9a-f]{64}\b")  # behind a model's name
NAMED = re.compile(rb'^name = ".*"$', re.MULTILINE)


def names() -> list[str]:
    """What comes with this package."""
    return sorted(path.parent.name for path in FOLDER.glob("*/config.json"))


def named(name: str) -> str | None:
    """The starter that goes by a name, its own or another; None: there is none."""
    own = ALIASES.get(name, name)
    return own if own in names() else None


def take(name: str, store: Store | None = None, called: str | None = None) -> Entry:
    """Put a starter into the store, `called` so or by its own name and those that it also goes by there, unless they
    are taken. NotFound names those that there are."""
    if (own := named(name)) is None:
        known = ", ".join(names()) or "none"
        what = f"no starter is called {name!r}{nearest(name, names())}; there are: {known}"
        raise NotFound(what, next_command="anew models list")
    with TemporaryDirectory() as folder:
        shutil.copytree(FOLDER / own, whole := Path(folder) / own)
        convert(whole, widened)
        store = store or Store()
        entry = store.add(whole, called or own)
    if called is None:
        call(own, store)
    return entry


def call(name: str, store: Store) -> None:
    """Let the store's model of a starter's name go by the starter's other names, where nothing else does."""
    for alias in (alias for alias, own in ALIASES.items() if own == name):
        try:
            store.show(alias)
        except NotFound:
            store.alias(name, alias)


def take_by(weights: str, called: str, store: Store) -> Entry | None:
    """Put the starter with these weights into the store; the one `called` so is looked at first. Where its name stands
    for something else, which goes on to do so, it gets another."""
    for name in sorted(names(), key=lambda one: one != called):
        if weights_of(name) == weights:
            try:
                store.show(name)
            except NotFound:
                return take(name, store)
            return take(name, store, f"starter-{name}")
    return None


def weights_of(name: str) -> str:
    """SHA-256 of a starter's weights as they lie in the store."""
    from safetensors.torch import load_file, save

    held = load_file(FOLDER / name / "model.safetensors")
    return hashlib.sha256(save(changed(held, widened))).hexdigest()


def pack(source: Path, name: str, into: Path | None = None) -> Path:
    """A model's folder as a starter's, whose recipe is called so too. What it says of other models names them alone,
    not the versions that one store had, and of files on this machine their own names, not where they lay; what people
    signed stays as it is. Pictures of few colours get along with 256. Refused where a number is too large for half
    precision, and for a name that no model can have; NoConsent: a voice that may not be given to others."""
    from anew.artifact import CONSENT
    from anew.codecs.image import paletted

    check(name)
    require_to_publish(lambda file: (source / file).read_bytes() if (source / file).is_file() else b"", name)
    place = (into or FOLDER) / name
    with atomic_folder(place) as partial:
        shutil.copytree(source, partial, dirs_exist_ok=True)
        convert(partial, halved)
        drawn = {path: path.read_bytes() for path in partial.rglob("*.png")}
        packed = {path: paletted(png) for path, png in drawn.items()}
        for path, png in packed.items():
            path.write_bytes(png)
        digests = {digest(drawn[path]): digest(png) for path, png in packed.items()}  # evidence tells of what ships
        recipe = partial / "recipe.toml"
        lay = places(tomllib.loads(recipe.read_text("utf-8")))
        for path in partial.rglob("*"):
            if path.suffix in (".toml", ".json", ".md") and path.name != CONSENT:
                path.write_bytes(told_alone(path.read_bytes(), lay, digests))
        recipe.write_bytes(NAMED.sub(f'name = "{name}"'.encode(), recipe.read_bytes(), count=1))
    return place


def places(recipe: Mapping[str, Any]) -> list[str]:
    """Where on this machine a recipe found its data, their consent and other models; the longest first."""
    data, codec = recipe.get("data", {}), recipe.get("codec", {})
    told = (data.get("source"), data.get("consent"), recipe.get("start"), codec.get("start"))
    return sorted({one for one in told if one and "/" in one.replace("\\", "/")}, key=len, reverse=True)


def digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()


def told_alone(content: bytes, lay: Sequence[str], digests: Mapping[bytes, bytes]) -> bytes:
    """A file's text with no version behind a model's name, of places their last part, and other digests of files that
    were changed."""
    for before, after in digests.items():
        content = content.replace(before, after)
    for place in lay:
        content = content.replace(json.dumps(place, ensure_ascii=False)[1:-1].encode(), PurePath(place).name.encode())
    return VERSION.sub(b"", content)


def convert(folder: Path, change: Callable[[Tensor], Tensor]) -> None:
    """Change the floating-point tensors of an artifact's folder where they lie."""
    from safetensors.torch import load_file, save_file

    for path in folder.rglob("*.safetensors"):
        save_file(changed(load_file(path), change), path)


def changed(held: dict[str, Tensor], change: Callable[[Tensor], Tensor]) -> dict[str, Tensor]:
    return {k: (change(v) if v.is_floating_point() else v).contiguous() for k, v in held.items()}


def widened(value: Tensor) -> Tensor:
    return value.float()


def halved(value: Tensor) -> Tensor:
    """Rounded to half precision. Refused where a number is too large for that."""
    half = value.half()
    if not half.isfinite().all():
        raise Refused(f"a weight of {value.abs().max():.3g} is too large for half precision")
    return half


__all__ = [
    "ALIASES", "FOLDER", "PREFIX", "call", "convert", "halved", "named", "names", "pack", "take", "take_by",
    "weights_of", "widened",
]  # fmt: skip
