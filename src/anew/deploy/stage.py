"""Stage 5: a run's model, with its card and its evidence beside it, goes into the model store.

Reads `model/` and `validate/report.json` of a run's folder, writes `deploy/manifest.json`. Nothing new, nothing done.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from anew.data import manifest
from anew.data.files import sha256_file, write_atomic
from anew.data.manifest import Manifest, fingerprint_of
from anew.deploy.card import EVIDENCE, unsupported, write_card
from anew.deploy.store import Store
from anew.errors import Damaged, NotFound

CIRCUMSTANCES = ("run",)  # keys of a report that differ between equal runs, and stay out of the model's bytes


def deploy(run: Path, name: str, store: Store | None = None) -> Manifest:
    """Put the run's model into the store as `name`. Damaged when the report is not whole; NotFound without a model."""
    store = store or Store()
    model, target = run / "model", run / "deploy"
    if not (model / "config.json").is_file():
        raise NotFound(f"{run} holds no trained model", next_command=f"anew train {run}")
    report, figures = read_report(run)
    write_evidence(model, name, report, figures)
    inputs = {p.relative_to(model).as_posix(): sha256_file(p) for p in sorted(model.rglob("*")) if p.is_file()}
    fingerprint = fingerprint_of(name=name, store=str(store.root.absolute()), inputs=inputs)
    done = manifest.load(target) if manifest.is_current(target, fingerprint) else None
    if done is not None and stands(store, name, done.facts["model"]):
        return done
    entry = store.add(model, name)
    target.mkdir(parents=True, exist_ok=True)
    made = Manifest(
        "deploy", fingerprint, inputs, {"files": len(entry.files), "bytes": entry.bytes},
        facts={"name": entry.name, "model": entry.id},
    )  # fmt: skip
    manifest.write(target, made)
    return made


def read_report(run: Path) -> tuple[dict[str, Any], Path]:
    """The run's report and the folder that its figures are named from."""
    path = run / "validate" / "report.json"
    try:
        report: dict[str, Any] = json.loads(path.read_bytes())
        return report, path.parent
    except FileNotFoundError:
        raise NotFound(f"{path}: the run has no report yet", next_command=f"anew validate {run}") from None
    except ValueError:
        raise Damaged(f"{path}: not JSON", next_command=f"rm {path}, then anew validate {run}") from None


def write_evidence(model: Path, name: str, report: dict[str, Any], figures: Path) -> None:
    """Put evidence.json, card.md and the sample pictures and sounds that it names into the model's folder, where they
    changed, in place of those that an earlier report named."""
    evidence = {key: value for key, value in report.items() if key not in CIRCUMSTANCES}
    pictures = [f for f in evidence["figures"] if f["section"] == "samples" and f["file"].endswith(".png")]
    card = write_card(name, evidence | {"figures": pictures})
    wrong = unsupported(card, evidence | {"name": name})
    if wrong:
        raise Damaged(f"the card of {name} says what its evidence does not hold: {', '.join(wrong[:5])}")
    content = json.dumps(evidence, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
    files = {EVIDENCE: content.encode(), "card.md": card.encode()}
    heard = [clip for clip in evidence.get("clips", ()) if clip["section"] == "samples"]
    files |= {one["file"]: (figures / one["file"]).read_bytes() for one in (*pictures, *heard)}
    for path in model.glob("figures/*"):
        if path.relative_to(model).as_posix() not in files:
            path.unlink()
    for file, value in files.items():
        path = model / file
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_bytes() != value:
            write_atomic(path, value)


def stands(store: Store, name: str, model: str) -> bool:
    """Whether the store still has this very model under the name."""
    try:
        return store.show(name).id == model
    except (NotFound, Damaged):
        return False
