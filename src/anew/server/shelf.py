"""The model store as the pool sees it."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from anew import registry
from anew.artifact import CONSENT, Artifact, Encoder, base_of, is_encoder, load_encoder
from anew.contract import Unsupported
from anew.deploy.lookup import locate, open_model
from anew.deploy.store import Entry, Store
from anew.engine.pool import Listed, Pool
from anew.engine.start import as_it_runs
from anew.engine.verbs import Verb, verb_of
from anew.errors import AnewError
from anew.server.describing import Abilities, described

TEXTS = ("text", "code", "chat")
UNREADABLE = (LookupError, TypeError, AttributeError, ValueError, OSError, ImportError, SafetensorError)


@dataclass(frozen=True)
class Known(Listed):
    """`context`: tokens that one text of it may have; `params`: numbers in its weights' file, of an adapter its changes
    alone."""

    context: int | None = None
    params: int | None = None


def at(root: Path) -> StoreShelf:
    return StoreShelf(Store(root))


class StoreShelf:
    def __init__(self, store: Store | None = None) -> None:
        self.store = store or Store()
        self._as_it_was = functools.lru_cache(1)(self._read)
        self._facts = functools.cache(self._read_facts)
        self._abilities = functools.cache(self._read_abilities)

    def listed(self) -> Sequence[Listed]:
        """Read anew when a name has come, gone, or stands for something else."""
        return self._as_it_was(self.store.names.stat().st_mtime_ns if self.store.names.is_dir() else 0)

    def _read(self, changed: int) -> Sequence[Listed]:
        return [self._listed(entry) for entry in self.store.list()]

    def open(self, name: str) -> Artifact | Encoder:
        folder = locate(name, self.store)
        if is_encoder(folder):
            return load_encoder(folder)
        return open_model(name, self.store) if base_of(folder) is not None else as_it_runs(folder)

    def abilities(self, one: Listed) -> Abilities:
        """What a form for it has to offer. It is read when it is first asked for: a codec may take its time."""
        return self._abilities(one.ref, tuple(labels_of(one)))

    def _read_abilities(self, ref: str, labels: tuple[str, ...]) -> Abilities:
        with suppress(AnewError, Unsupported, *UNREADABLE):
            return described(locate(ref, self.store), labels)
        return Abilities()

    def consent(self, name: str) -> bytes:
        """The records that a voice bears; none where it bears none."""
        try:
            return self.store.read(self.store.show(name), CONSENT)
        except AnewError:
            return b""

    def weights(self, name: str) -> str:
        """Their SHA-256; NotFound: no such model."""
        return str(self.store.show(name).files["model.safetensors"]["sha256"])

    def _listed(self, entry: Entry) -> Listed:
        whole = entry.bytes + self._base_bytes(entry)
        put = (self.store.manifests / f"{entry.id}.json").stat().st_mtime
        facts = self._facts(entry.name, entry.id) | {"exactly": f"{entry.name}@{entry.id}"}
        return Known(entry.name, entry.id, whole, int(put), aliases=entry.aliases, **facts)

    def __reduce__(self) -> Any:
        """For processes of models."""
        return at, (self.store.root,)

    def _base_bytes(self, entry: Entry) -> int:
        """Of the model that an adapter lies over, which is opened with it."""
        try:
            adapts = json.loads(self.store.read(entry, "config.json")).get("adapts")
            return self.store.show(adapts["ref"]).bytes if adapts else 0
        except (AnewError, KeyError, ValueError):
            return 0

    def _read_facts(self, name: str, id: str) -> dict[str, Any]:
        """What the files say of a model, damaged ones nothing."""
        facts: dict[str, Any] = {"modality": ""}
        with suppress(AnewError, *UNREADABLE):
            entry = self.store.show(f"{name}@{id}")
            config = json.loads(self.store.read(entry, "config.json"))
            facts["modality"] = str(config.get("modality", ""))
            if config["spec"]["kind"] == "tokens" and facts["modality"] in TEXTS:
                facts["context"] = config["spec"]["shape"][0]
            with safe_open(self.store.blobs.path(entry.files["model.safetensors"]), "pt") as weights:
                facts["params"] = sum(math.prod(weights.get_slice(key).get_shape()) for key in weights.keys())
            facts["does"] = does(config)
            facts["captions"] = isinstance(config["label"], str)
            facts["speaks"] = config["label"] == "transcript"
            if facts["speaks"]:
                facts["labels"] = tuple(json.loads(self.store.read(entry, "label/codec.json")).get("speakers", ()))
            if config["label"] is True:
                facts["labels"] = tuple(json.loads(self.store.read(entry, "label/codec.json"))["names"])
        return facts


def about(one: Listed, shelf: Any) -> dict[str, Any]:
    """All that is told of a model, as `wire.models.About` has it: by a shelf that holds no files less. A voice that was
    learnt counts among the voices, wherever these come from."""
    told: dict[str, Any] = {"modality": one.modality, "bytes": one.bytes, "id": one.id, "does": one.does}
    if one.speaks:
        told |= {"modality": "speech", "does": "speak"}
    told |= {"labels": labels_of(one), "captions": one.captions and not one.speaks, "speaks": one.speaks}
    if isinstance(one, Known):
        told |= {"context": one.context, "params": one.params}
    return told | (asdict(shelf.abilities(one)) if isinstance(shelf, StoreShelf) else {})


def look_through(pool: Pool) -> None:
    """Read what is told of the models before anybody waits for it."""
    if isinstance(pool.shelf, StoreShelf):
        for one in pool.listed():
            pool.shelf.abilities(one)


def labels_of(one: Listed) -> list[str]:
    """What it can be asked for by name; a voice of one speaker is called as he is."""
    return list(one.labels) or ([one.name] if one.speaks else [])


def does(config: Mapping[str, Any]) -> Verb | None:
    """What the model of a config.json is there for; an encoder makes vectors. NotFound: nothing here has its name."""
    name = config["model"]["name"]
    kind = "borrowed" if name in registry.BORROWED else "models"
    return "make" if "pooling" in config else verb_of(registry.find(kind, name))
