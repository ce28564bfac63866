"""The model store: every file once, nothing half-written, nothing dangerous in, every damage named."""

import io
import json
import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import textwrap
import time
import zipfile
from pathlib import Path

import pytest

from anew.data import digests
from anew.deploy import blobs, intake
from anew.deploy import store as store_module
from anew.deploy.lookup import locate
from anew.deploy.store import Store
from anew.errors import AnewError, Damaged, DataError, NotFound, Refused


@pytest.fixture
def model(tmp_path, make_model):
    return make_model(tmp_path / "model")


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "home" / "models")


def blob_count(store):
    return sum(p.is_file() for p in store.root.joinpath("blobs").rglob("*"))


def same(first: Path, second: Path) -> bool:
    files = [sorted(p.relative_to(f).as_posix() for p in f.rglob("*") if p.is_file()) for f in (first, second)]
    return files[0] == files[1] and all((first / n).read_bytes() == (second / n).read_bytes() for n in files[0])


# ------------------------------------------------------------------------------------------------ keeping


def test_a_model_comes_out_as_it_went_in(store, model, tmp_path):
    entry = store.add(model)
    assert entry.name == "digits" and entry.bytes == sum(p.stat().st_size for p in model.rglob("*") if p.is_file())
    assert same(store.folder("digits"), model)
    assert same(store.export("digits", tmp_path / "out"), model)
    assert store.verify() == []


def test_equal_files_are_stored_once(store, model, tmp_path, make_model):
    store.add(model, "one")
    first = blob_count(store)
    store.add(model, "two")
    assert blob_count(store) == first
    store.add(make_model(tmp_path / "other", seed=1), "three")
    assert blob_count(store) == first + 1  # only the weights differ


def test_the_id_depends_on_the_files_alone(store, model, tmp_path, make_model):
    assert store.add(model, "a").id == Store(tmp_path / "elsewhere").add(model, "b").id
    assert store.add(make_model(tmp_path / "other", seed=1), "c").id != store.show("a").id


def test_a_name_keeps_its_older_versions_until_they_are_removed(store, model, tmp_path, make_model):
    old = store.add(model)
    new = store.add(make_model(tmp_path / "other", seed=1))
    assert new.versions == [new.id, old.id]
    assert store.show(f"digits@{old.id[:8]}").id == old.id == store.show(old.id[:10]).id
    assert store.remove(f"digits@{old.id[:8]}") == [f"digits@{old.id[:8]}"]
    assert store.show("digits").versions == [new.id]
    assert store.gc() > 0 and store.verify() == []
    with pytest.raises(NotFound):
        store.show(old.id[:10])


def test_an_alias_follows_its_name(store, model, tmp_path, make_model):
    store.add(model)
    assert store.alias("digits", "best").aliases == ["best"]
    new = store.add(make_model(tmp_path / "other", seed=1))
    assert store.show("best").id == new.id
    with pytest.raises(Refused, match="alias"):
        store.add(model, "best")
    with pytest.raises(Refused, match="own name"):
        store.alias("best", "digits2") and store.add(model, "own") and store.alias("digits", "own")
    assert store.remove("best") == ["best"] and store.show("digits").aliases == ["digits2"]
    assert store.remove("digits") == ["digits2", "digits"]


def test_gc_frees_only_what_no_name_leads_to(store, model, tmp_path, make_model):
    store.add(model, "kept")
    store.add(make_model(tmp_path / "other", seed=1), "gone")
    folder = store.folder("gone")
    weights = (tmp_path / "other" / "model.safetensors").stat().st_size
    store.remove("gone")
    freed = store.gc()
    assert weights <= freed < weights + 2000 and not folder.exists()
    assert same(store.folder("kept"), model) and store.verify() == [] and store.gc() == 0


def test_unknown_names_are_not_found_with_the_nearest(store, model):
    store.add(model)
    with pytest.raises(NotFound, match="did you mean 'digits'"):
        store.show("digit")
    with pytest.raises(NotFound):
        store.folder("digits@00000000")


@pytest.mark.parametrize("name", ["", "..", "A", "a/b", "a b", "-x", "x" * 101, "names.json/.."])
def test_bad_names_are_refused(store, model, name):
    with pytest.raises(Refused):
        store.add(model, name)
    with pytest.raises((Refused, NotFound)):
        store.alias("digits", name)


def test_a_model_is_located_by_name_or_by_folder(store, model, tmp_path):
    store.add(model)
    (tmp_path / "run").mkdir()
    shutil.copytree(model, tmp_path / "run" / "model")
    assert locate("digits", store) == store.folder("digits")
    assert locate(str(model), store) == model == locate(model, store)
    assert locate(tmp_path / "run", store) == tmp_path / "run" / "model"
    with pytest.raises(NotFound, match="did you mean"):
        locate("digitz", store)
    with pytest.raises(NotFound, match="no model"):
        locate(tmp_path / "home", store)


# ------------------------------------------------------------------------------------------------ damage


@pytest.mark.parametrize("fault", ["flip", "cut", "lose"])
def test_verify_names_the_damaged_file_and_adding_again_mends_it(store, model, fault):
    entry = store.add(model)
    store.folder("digits")
    path = store.blobs.path(entry.files["codec/codec.safetensors"])
    content = path.read_bytes()
    os.chmod(path, 0o644)
    {
        "flip": lambda: path.write_bytes(content[:-1] + bytes([content[-1] ^ 1])),
        "cut": lambda: path.write_bytes(content[:-1]),
        "lose": path.unlink,
    }[fault]()
    (problem,) = store.verify()
    assert (problem.model, problem.file) == ("digits", "codec/codec.safetensors")
    with pytest.raises(Damaged, match="codec/codec.safetensors"):
        store.folder("digits")
    store.add(model)
    assert store.verify() == [] and same(store.folder("digits"), model)


def test_a_changed_manifest_and_a_broken_name_are_named(store, model):
    entry = store.add(model)
    path = store.manifests / f"{entry.id}.json"
    path.write_bytes(path.read_bytes().replace(b'"format":1', b'"format":2'))
    assert "manifest" in store.verify()[0].what
    with pytest.raises(Damaged):
        store.gc()  # what a damaged manifest names is not known, so nothing is freed
    (store.names / "digits.json").write_text("[")
    with pytest.raises(Damaged, match=r"digits\.json"):
        store.verify()


def test_opening_reads_what_nobody_touched_once_and_verify_always(store, model, monkeypatch):
    entry, read, real = store.add(model), [], digests.sha256_file
    paths = {store.blobs.path(value) for value in entry.files.values()}
    for path in paths:
        os.utime(path, (time.time() - 60,) * 2)
    monkeypatch.setattr(digests, "sha256_file", lambda path: read.append(path) or real(path))
    folder = store.folder("digits")
    assert set(read) == paths and store.folder("digits") == folder and len(read) == len(paths)
    weights = store.blobs.path(entry.files["model.safetensors"])
    whole, then = bytearray(weights.read_bytes()), weights.stat()
    whole[-1] ^= 1
    os.chmod(weights, 0o644)
    weights.write_bytes(whole)
    with pytest.raises(Damaged, match="model.safetensors"):
        store.folder("digits")
    os.utime(weights, ns=(then.st_atime_ns, then.st_mtime_ns))  # what looks as it did is believed when it is opened
    assert store.folder("digits") == folder and [one.file for one in store.verify("digits")] == ["model.safetensors"]


def test_an_edited_folder_is_laid_out_anew(store, model):
    store.add(model)
    folder = store.folder("digits")
    (folder / "card.md").unlink()
    (folder / "card.md").write_text("# better than it is\n")
    (folder / "extra.md").write_text("x")
    assert same(store.folder("digits"), model) and store.verify() == []


# ------------------------------------------------------------------------------------------------ moving


def test_export_to_zip_is_the_same_bytes_and_imports(store, model, tmp_path):
    store.add(model)
    first, second = store.export("digits", tmp_path / "a.zip"), store.export("digits", tmp_path / "b.zip")
    assert first.read_bytes() == second.read_bytes()
    other = Store(tmp_path / "other")
    assert other.add(first).id == store.show("digits").id
    with pytest.raises(Refused, match="there already"):
        store.export("digits", tmp_path / "a.zip")


@pytest.mark.parametrize("form", ["home", "store", "url", "folder", "zip"])
def test_pull(store, model, tmp_path, form):
    entry = store.add(model)
    source = {
        "home": store.root.parent,
        "store": store.root,
        "url": store.root.as_uri(),
        "folder": tmp_path / "model",
        "zip": tmp_path / "a.zip",
    }[form]
    if form == "zip":
        store.export("digits", tmp_path / "a.zip")
    other = Store(tmp_path / "other")
    assert other.pull("digits", source).id == entry.id and other.verify() == []
    assert other.pull("digits", source, name="mine").name == "mine"


def test_pull_refuses_a_damaged_source_and_the_network(store, model, tmp_path):
    entry = store.add(model)
    path = store.blobs.path(entry.files["card.md"])
    os.chmod(path, 0o644)
    path.write_text("# digitz\n")
    other = Store(tmp_path / "other")
    with pytest.raises(Damaged, match=r"card\.md"):
        other.pull("digits", store.root)
    assert other.list() == [] and other.gc() > 0
    with pytest.raises(Refused, match="network"):
        other.pull("digits", "https://example.org/digits")
    with pytest.raises(NotFound):
        other.pull("digits", tmp_path / "nowhere")


def test_pull_from_a_hostile_store_reads_nothing_outside_it(store, model, tmp_path):
    entry = store.add(model)
    secret = tmp_path / "secret.md"
    secret.write_text("secret")
    for value in ({"sha256": "../../../secret.md", "bytes": 6}, {"sha256": "a" * 64, "bytes": -1}, "x"):
        content = json.dumps({"files": {**entry.files, "card.md": value}, "format": 1}).encode()
        digest = __import__("hashlib").sha256(content).hexdigest()
        (store.manifests / f"{digest}.json").write_bytes(content)
        (store.names / "evil.json").write_text(json.dumps({"versions": [digest]}))
        with pytest.raises(AnewError):
            Store(tmp_path / "other").pull("evil", store.root)
    path = store.blobs.path(entry.files["card.md"])
    path.unlink()
    path.symlink_to(secret)
    with pytest.raises((AnewError, OSError)):
        Store(tmp_path / "other").pull("digits", store.root)


# ------------------------------------------------------------------------------------------------ hostile folders, zips


def header(length: int, content: bytes = b"") -> bytes:
    return length.to_bytes(8, "little") + content


def tensor_file(**entries) -> bytes:
    content = json.dumps(entries).encode()
    return header(len(content), content)


BAD_WEIGHTS = {
    "empty": b"",
    "a pickle": b"\x80\x04\x95\x0f\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix",
    "an endless header": header(2**63),
    "a header beyond the limit": header(intake.MOST_HEADER + 8, b"{}" + b" " * (intake.MOST_HEADER + 6)),
    "not JSON": header(4, b"{{{{"),
    "offsets outside": tensor_file(w={"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}),
    "offsets backwards": tensor_file(w={"dtype": "F32", "shape": [0], "data_offsets": [8, 0]}),
    "an unknown type": tensor_file(w={"dtype": "PY", "shape": [0], "data_offsets": [0, 0]}),
}


@pytest.mark.parametrize("kind", BAD_WEIGHTS)
def test_weights_that_are_not_safetensors_are_refused(store, model, kind):
    (model / "model.safetensors").write_bytes(BAD_WEIGHTS[kind])
    with pytest.raises(Refused, match=r"model\.safetensors"):
        store.add(model)
    assert store.list() == [] and store.gc() > 0 and blob_count(store) == 0


@pytest.mark.parametrize("name", ["weights.bin", "model.pt", "a.pkl", "codec/x.PTH", "x.npy", "y.ckpt"])
def test_pickles_are_refused_by_name(store, model, name):
    (model / name).write_bytes(b"x")
    with pytest.raises(Refused, match="pickle"):
        store.add(model)


@pytest.mark.parametrize("name", ["run.py", "lib.so", "note", ".hidden.json", "a b.json", "ü.json"])
def test_files_that_no_model_has_are_refused(store, model, name):
    (model / name).write_text("{}")
    with pytest.raises(Refused):
        store.add(model)


def test_a_sound_beside_a_card_is_an_mp3(store, model):
    (model / "figures").mkdir()
    for content in (b"ID3\x03" + bytes(20), b"\xff\xfb\x90\x00"):
        (model / "figures" / "heard.mp3").write_bytes(content)
        assert "figures/heard.mp3" in store.add(model).files
    for content in (b"", b"\xff", b"RIFF\0\0\0\0WAVE", b"<html>"):
        (model / "figures" / "heard.mp3").write_bytes(content)
        with pytest.raises(Refused, match=r"heard\.mp3: not a valid \.mp3 file"):
            store.add(model)


BAD_TEXT = {
    "config.json": ["{", '{"a": NaN', "[" * 100_000, "\udcff"],
    "recipe.toml": ["=", 'name = "', "\udcff"],
    "card.md": ["\udcff"],
}


@pytest.mark.parametrize(("name", "content"), [(n, c) for n, cs in BAD_TEXT.items() for c in cs])
def test_text_files_must_be_what_they_say(store, model, name, content):
    (model / name).write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(Refused, match=name):
        store.add(model)


def test_oversized_text_is_refused_before_it_is_read(store, model):
    with open(model / "card.md", "wb") as file:
        file.truncate(intake.MOST_BYTES[".md"] + 1)
    with pytest.raises(Refused, match="more than"):
        store.add(model)


@pytest.mark.parametrize("what", ["link", "folder link", "pipe", "loop"])
def test_links_and_pipes_are_refused(store, model, tmp_path, what):
    target = model / "codec" / "x.json"
    {
        "link": lambda: target.symlink_to("/etc/hostname"),
        "folder link": lambda: target.symlink_to(tmp_path),
        "pipe": lambda: os.mkfifo(target),
        "loop": lambda: target.symlink_to(model / "codec"),
    }[what]()
    with pytest.raises(Refused, match="plain files"):
        store.add(model)


def test_what_is_missing_is_named(store, model, tmp_path):
    (model / "model.safetensors").unlink()
    with pytest.raises(DataError, match=r"model\.safetensors missing"):
        store.add(model)
    with pytest.raises(NotFound):
        store.add(tmp_path / "nothing")
    (model / "recipe.toml").write_text("about = 1\n")
    shutil.copy(model / "card.md", tmp_path / "not-a-zip.zip")
    with pytest.raises(DataError, match="not a whole zip"):
        store.add(tmp_path / "not-a-zip.zip")


def test_a_recipe_without_a_good_name_needs_one_given(store, model):
    (model / "recipe.toml").write_text('name = "../../up"\n')
    with pytest.raises(Refused, match="no name"):
        store.add(model)
    assert store.add(model, "good").name == "good"


def zip_of(model: Path, path: Path, top: str = "", extra=None) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(p for p in model.rglob("*") if p.is_file()):
            archive.write(file, top + file.relative_to(model).as_posix())
        for info, content in extra or []:
            archive.writestr(info, content)
    return path


def test_a_zipped_folder_is_taken_in(store, model, tmp_path):
    assert store.add(zip_of(model, tmp_path / "m.zip", top="my model/")).id == Store(tmp_path / "x").add(model).id


BAD_NAMES = ["../evil.json", "/etc/evil.json", "C:/evil.json", "a/../../evil.json", "a\\..\\b.json", "a//b.json"]
COLLISIONS = ["CONFIG.json", "config.json", "a/b/c/d/e.json"]


@pytest.mark.parametrize("name", BAD_NAMES + COLLISIONS)
def test_zip_names_that_lead_out_or_collide_are_refused(store, model, tmp_path, name, recwarn):
    made = zip_of(model, tmp_path / "m.zip", extra=[(name, "{}")])
    with pytest.raises(Refused):
        store.add(made)
    assert not (tmp_path / "evil.json").exists() and not (tmp_path / "home" / "evil.json").exists()


def test_zip_links_and_encrypted_files_are_refused(store, model, tmp_path):
    link = zipfile.ZipInfo("codec/link.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(Refused, match="link"):
        store.add(zip_of(model, tmp_path / "m.zip", extra=[(link, "/etc/passwd")]))
    made = bytearray(zip_of(model, tmp_path / "n.zip").read_bytes())
    made[made.index(b"PK\x01\x02") + 8] |= 1  # the first entry's flag in the directory
    (tmp_path / "n.zip").write_bytes(made)
    with pytest.raises(Refused, match="encrypted"):
        store.add(tmp_path / "n.zip")


def test_a_zip_that_lies_about_its_sizes_is_refused(store, model, tmp_path):
    made = zip_of(model, tmp_path / "m.zip", extra=[("bomb.json", "[" + " " * 5_000_000 + "]")])
    content = bytearray(made.read_bytes())
    at = content.rindex(b"PK\x01\x02", 0, content.rindex(b"bomb.json"))
    content[at + 24 : at + 28] = (10).to_bytes(4, "little")  # the unpacked size in the directory
    made.write_bytes(content)
    with pytest.raises((Refused, DataError)):
        store.add(made)
    assert blob_count(store) == 0


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path):
    kept = blobs.Blobs(tmp_path / "blobs")
    with pytest.raises(Refused, match="longer"):
        kept.put("card.md", intake.Offer(3, lambda: io.BytesIO(b"# grown")))
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_zip_never_ends_in_a_traceback(store, model, tmp_path, seed):
    rng = random.Random(seed)
    made = zip_of(model, tmp_path / "m.zip")
    content = bytearray(made.read_bytes())
    for _ in range(rng.choice([1, 3, 30])):
        content[rng.randrange(len(content))] = rng.randrange(256)
    made.write_bytes(content[: rng.randrange(len(content))] if seed % 3 == 0 else content)
    try:
        store.add(made)
    except AnewError:
        assert store.list() == []
    assert store.verify() == []


def test_more_than_the_disk_holds_is_refused_before_writing(store, model, monkeypatch):
    usage = shutil.disk_usage(model)
    monkeypatch.setattr(store_module.shutil, "disk_usage", lambda p: usage._replace(free=store_module.SPARE + 100))
    with pytest.raises(Refused, match="disk"):
        store.add(model)
    assert blob_count(store) == 0


# ------------------------------------------------------------------------------------------------ crashes, company


class Crash(BaseException):
    """What a kill -9 looks like to the code: nothing after it runs but `finally`."""


def crash_at(monkeypatch, at: int, work) -> bool:
    """Run `work` with the at-th rename or sync crashing; whether it came to that."""
    calls = 0

    def crashing(real):
        def call(*args, **kwargs):
            nonlocal calls
            calls += 1
            if calls == at:
                raise Crash
            return real(*args, **kwargs)

        return call

    with monkeypatch.context() as patch:
        for name in ("replace", "fsync"):
            patch.setattr(os, name, crashing(getattr(os, name)))
        try:
            work()
        except Crash:
            return True
    return False


def test_a_crash_at_any_write_leaves_a_whole_store(tmp_path, monkeypatch, make_model):
    first, second = make_model(tmp_path / "first"), make_model(tmp_path / "second", seed=1)
    points = 0
    while True:
        store = Store(tmp_path / f"models-{points}")
        store.add(first, "first")
        if not crash_at(monkeypatch, points + 1, lambda store=store: store.add(second, "second")):
            break
        points += 1
        assert store.verify() == []
        assert [e.name for e in store.list()] in (["first"], ["first", "second"])
        store.gc()
        assert store.verify() == [] and same(store.folder("first"), first)
        assert same(store.export(store.add(second, "second").name, tmp_path / f"out-{points}"), second)
    assert points >= 20  # three for each of six files, and those of the manifest and the name


WRITER = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from anew.deploy.store import Store
    store, sources, n = Store(Path(sys.argv[1])), sorted(Path(sys.argv[2]).iterdir()), int(sys.argv[3])
    print("ready", flush=True)
    for i in range(n):
        store.add(sources[i % len(sources)], f"m{i % 5}")
        if i % 4 == 3:
            store.alias(f"m{i % 5}", f"a{i % 5}")
            store.remove(f"m{(i + 2) % 5}") if (i + 2) % 5 in (0, 1) and i > 5 else None
            store.gc()
        print(i, flush=True)
    """
)


def start_writer(store: Store, sources: Path, n: int) -> subprocess.Popen:
    command = [sys.executable, "-c", WRITER, str(store.root), str(sources), str(n)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_killed_at_any_moment_the_store_is_whole(tmp_path, make_model):
    for seed in range(3):
        make_model(tmp_path / "sources" / f"s{seed}", seed=seed)
    store, rng = Store(tmp_path / "models"), random.Random(0)
    for _ in range(8):
        writer = start_writer(store, tmp_path / "sources", 10_000)
        assert writer.stdout.readline() == "ready\n"
        time.sleep(rng.uniform(0.0, 0.25))
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
        assert store.verify() == []
        for entry in store.list():
            assert any(same(store.folder(entry.name), s) for s in (tmp_path / "sources").iterdir())
    store.gc()
    left = [p for p in store.root.rglob("*") if "partial" in p.name]
    assert left == [] and store.verify() == []


def test_writers_at_once_do_not_disturb_each_other(tmp_path, make_model):
    for seed in range(3):
        make_model(tmp_path / "sources" / f"s{seed}", seed=seed)
    store = Store(tmp_path / "models")
    add_only = WRITER.replace("store.remove(", "(lambda name: None)(")
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", add_only, str(store.root), str(tmp_path / "sources"), "25"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    errors = [w.communicate(timeout=120)[1] for w in writers]
    assert [w.returncode for w in writers] == [0, 0, 0], errors
    assert store.verify() == [] and len(store.list()) == 5
    assert blobs.DIGEST.fullmatch(store.list()[0].id)
