"""Archives."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path

import numpy as np

from bad_input.case import GOOD, OTHER, case, put


def zip_of(path: Path, files: dict[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


@case(refused="bomb")
def zip_bomb(folder: Path) -> Path:
    return zip_of(folder / "in.zip", {"a.txt": b"a" * (80 << 20)})


@case(records=1, rules=("unsafe name",))
def zip_that_leads_out(folder: Path) -> Path:
    return zip_of(folder / "in.zip", {"../../evil.txt": OTHER, "/evil.txt": OTHER, "ok.txt": GOOD})


@case(records=1, rules=("encrypted",))
def encrypted_zip(folder: Path) -> Path:
    path = zip_of(folder / "in.zip", {"a.txt": OTHER, "b.txt": GOOD})
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    path.write_bytes(content)
    return path


@case(refused="damaged archive")
def truncated_zip(folder: Path) -> Path:
    path = zip_of(folder / "in.zip", {"a.txt": OTHER})
    path.write_bytes(path.read_bytes()[:-30])
    return path


@case(records=1, rules=("damaged",))
def zip_with_a_wrong_checksum(folder: Path) -> Path:
    path = folder / "in.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", OTHER)
        archive.writestr("b.txt", GOOD)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"Quite", b"quite", 1))
    return path


@case(records=1, rules=("nested archive",))
def archive_in_an_archive(folder: Path) -> Path:
    inner = zip_of(folder / "inner.zip", {"a.txt": OTHER}).read_bytes()
    return zip_of(folder / "in.zip", {"inner.zip": inner, "ok.txt": GOOD})


@case(records=1, rules=("link", "special file", "unsafe name"))
def tar_with_links_and_devices(folder: Path) -> Path:
    path = folder / "in.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, kind in (
            ("link.txt", tarfile.SYMTYPE),
            ("pipe.txt", tarfile.FIFOTYPE),
            ("disk.txt", tarfile.BLKTYPE),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        for name in ("../out.txt", "/abs.txt", "ok.txt"):
            info = tarfile.TarInfo(name)
            info.size = len(GOOD)
            archive.addfile(info, io.BytesIO(GOOD.encode()))
    return path


@case(records=2, rules=("damaged", "damaged archive"))
def truncated_tar(folder: Path) -> Path:
    path = folder / "in" / "a.tar"
    path.parent.mkdir()
    with tarfile.open(path, "w") as archive:
        for name, text in (("a.txt", GOOD), ("b.txt", OTHER * 40)):
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    path.write_bytes(path.read_bytes()[:2000])
    return put(folder, "in/c.txt", OTHER).parent


@case(records=3, rules=("damaged",))
def truncated_gzip(folder: Path) -> Path:
    rows = [json.dumps({"text": f"{np.random.default_rng(i).integers(1 << 60, size=9)} {GOOD}"}) for i in range(3000)]
    put(folder, "in/a.jsonl.gz", gzip.compress("\n".join(rows).encode())[:300])
    put(folder, "in/b.txt", GOOD)
    put(folder, "in/c.txt.gz", gzip.compress(OTHER.encode()))
    return put(folder, "in/d.txt.bz2", bz2.compress(b"Something that has not been said before.")).parent
