"""The model store as the pool sees it."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from anew.artifact import Artifact, Encoder, base_of, is_encoder, load_encoder
from anew.deploy.lookup import locate, open_model
from anew.deploy.store import Entry, Store
from anew.engine.pool import Listed
from anew.engine.start import as_it_runs
from anew.errors import AnewError, Damaged


def at(root: Path) -> StoreShelf:
    return StoreShelf(Store(root))


class StoreShelf:
    def __init__(self, store: Store | None = None) -> None:
        self.store = store or Store()
        self._as_it_was = functools.lru_cache(1)(self._read)
        self._modality = functools.cache(self._read_modality)

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

    def _listed(self, entry: Entry) -> Listed:
        whole = entry.bytes + self._base_bytes(entry)
        put = (self.store.manifests / f"{entry.id}.json").stat().st_mtime
        modality, exactly = self._modality(entry.name, entry.id), f"{entry.name}@{entry.id}"
        return Listed(entry.name, entry.id, whole, int(put), modality, entry.aliases, exactly)

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

    def _read_modality(self, name: str, id: str) -> str:
        try:
            return str(json.loads(self.store.read(self.store.show(f"{name}@{id}"), "config.json")).get("modality", ""))
        except (Damaged, KeyError, ValueError):
            return ""
