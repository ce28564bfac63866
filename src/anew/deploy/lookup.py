"""From what a person calls a model to the model: a name in the store, NAME@ID, or the folder of a model or of a run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from anew.data.digests import Digests
from anew.deploy.store import Store
from anew.errors import NotFound, Refused, nearest

if TYPE_CHECKING:
    from anew.artifact import Artifact, Encoder


def open_model(ref: str | Path, store: Store | None = None) -> Artifact:
    """Open a model by its name in the store, or by the folder of a model or of a run; an adapter over its base."""
    from anew.artifact import base_of, load_artifact, over

    folder = locate(ref, store)
    base = base_of(folder)
    if base is None:
        return load_artifact(folder)
    if digest_of(base.ref, store) != base.weights:
        what = f"{ref} is an adapter of {base.ref}, whose weights are not those that it was made for"
        raise Refused(what, next_command=f"anew models show {base.ref}")
    return over(open_model(base.ref, store), folder)


def open_states(ref: str | Path, store: Store | None = None) -> Artifact | Encoder:
    """What makes vectors: an encoder, or a model by its states."""
    from anew.artifact import is_encoder, load_encoder

    folder = locate(ref, store)
    return load_encoder(folder) if is_encoder(folder) else open_model(ref, store)


def open_adapted(ref: str | Path, adapters: Iterable[tuple[str, float]], store: Store | None = None) -> Artifact:
    """A model under adapters, each with its weight. Refused for an adapter of another model."""
    from anew.artifact import base_of, over

    model, laid = open_model(ref, store), list(adapters)
    digest = digest_of(ref, store) if laid else ""  # of a large file, which takes its time
    for name, weight in laid:
        folder = locate(name, store)
        base = base_of(folder)
        if base is None or base.weights != digest:
            what = f"{name} is {'no adapter' if base is None else f'an adapter of {base.ref}'}, and not one of {ref}"
            raise Refused(what, next_command="anew models list" if base is None else f"anew generate {name}")
        model = over(model, folder, weight)
    return model


def merged(ref: str | Path, adapters: Iterable[tuple[str, float]], store: Store | None = None) -> Artifact:
    """A model with adapters added to its weights, which is one by itself. Refused over quantised weights."""
    from dataclasses import replace

    from anew.contract import Unsupported
    from anew.models.layers.lora import merge

    artifact = open_adapted(ref, adapters, store)
    try:
        merge(artifact.model)
    except Unsupported as why:
        raise Refused(f"{ref}: {why}") from None
    return replace(artifact, base=None, digest="", laid=())


def digest_of(ref: str | Path, store: Store | None = None) -> str:
    """SHA-256 of a model's weights, by which its adapters name it."""
    return Digests().of(locate(ref, store) / "model.safetensors")


def pinned(ref: str, store: Store | None = None) -> str:
    """NAME@ID of the model that a name stands for now, which it stands for later too; anything else as it is."""
    try:
        entry = (store or Store()).show(ref)
    except NotFound:
        return ref
    return f"{entry.name}@{entry.id}"


def shortened(ref: str) -> str:
    """NAME@ID as people read it."""
    name, _, version = ref.partition("@")
    return f"{name}@{version[:12]}" if version else name


def locate(ref: str | Path, store: Store | None = None) -> Path:
    """The folder of a model, given by its name in the store or by the folder of a model or of a run. A starter's name
    that the store does not know, where no folder has it either, puts the starter into the store."""
    if isinstance(ref, str):
        store = store or Store()
        try:
            return store.folder(ref)
        except NotFound as why:
            if not Path(ref).is_dir():
                from anew.deploy import starters

                if (starter := starters.named(ref)) is not None:
                    return starter_in(store, starter)
                if "did you mean" in why.message:
                    raise
                raise NotFound(why.message + nearest(ref, starters.names()), next_command=why.next_command) from None
    for folder in (Path(ref), Path(ref) / "model"):
        if (folder / "config.json").is_file():
            return folder
    raise NotFound(f"{ref}: holds no model (no config.json)", next_command="anew models list")


def starter_in(store: Store, starter: str) -> Path:
    """A model of one's own that is called as the starter goes before it, by whatever name that was asked for."""
    from anew.deploy import starters

    try:
        folder = store.folder(starter)
    except NotFound:
        return store.folder(starters.take(starter, store).name)
    starters.call(starter, store)
    return folder
