"""Downloading a model by name, from a site that breaks off, lies and refuses."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from anew.errors import DataError, NotFound, Refused
from anew.exchange import hub

COMMIT, LATER = "a" * 40, "b" * 40
FILES = {"config.json": b'{"model_type": "llama"}', "README.md": b"# it", "model.safetensors": bytes(range(256)) * 40}


class Site:
    """Serves ORG/NAME's files; `cut`: bytes after which an answer breaks off; `told`: what it says of the length."""

    def __init__(self, files):
        self.commit = COMMIT
        self.files, self.cut, self.told, self.asked, self.status, self.etag = dict(files), None, None, [], None, '"a"'
        site = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self):
                site.asked.append((self.path, self.headers.get("Range")))
                content = site.files.get(self.path.removeprefix(f"/org/name/resolve/{site.commit}/"))
                if self.path.startswith("/api/models/org/name/revision/"):
                    content = f'{{"sha": "{site.commit}"}}'.encode()
                if content is None or site.status:
                    self.send_error(site.status or 404)
                    return
                start = int((self.headers.get("Range") or "bytes=0-")[6:-1])
                start = start if self.headers.get("If-Range") == site.etag else 0
                self.send_response(206 if start else 200)
                self.send_header("Content-Length", str(site.told or len(content) - start))
                self.send_header("ETag", site.etag)
                self.end_headers()
                cut = site.cut if self.path.startswith("/org") else None
                self.wfile.write(content[start : start + (cut or len(content))])

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def site(monkeypatch):
    made = Site(FILES)
    monkeypatch.setattr(hub, "SITE", made.url)
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_a_model_is_fetched_once_with_what_lies_beside_it(site, tmp_path):
    folder, commit = hub.download("org/name", tmp_path)
    assert commit == COMMIT
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == FILES
    site.asked.clear()
    hub.download("org/name", tmp_path)
    assert not [path for path, _ in site.asked if path.rpartition("/")[2] in FILES]


def test_all_files_are_of_one_commit_which_can_be_asked_for(site, tmp_path):
    before, _ = hub.download("org/name", tmp_path)
    site.commit, site.files["config.json"] = LATER, b'{"model_type": "gpt2"}'
    after, commit = hub.download("org/name", tmp_path)
    assert commit == LATER and (after / "config.json").read_bytes() == site.files["config.json"]
    assert (before / "config.json").read_bytes() == FILES["config.json"]
    site.asked.clear()
    assert hub.download(f"org/name@{COMMIT}", tmp_path) == (before, COMMIT)
    assert not [path for path, _ in site.asked if "/api/" in path or LATER in path]
    with pytest.raises(NotFound, match="REVISION"):
        hub.download("org/name@../x", tmp_path)


def test_what_says_how_vectors_are_made_comes_along(site, tmp_path):
    site.files |= {"modules.json": b"[]", "1_Pooling/config.json": b"{}", "vocab.txt": b"[PAD]"}
    folder, _ = hub.download("org/name", tmp_path)
    assert {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} == {*site.files}


def test_what_broke_off_goes_on_where_it_stopped(site, tmp_path):
    site.cut = 3000
    for _ in range(3):
        with pytest.raises(DataError, match="broke off|cannot be downloaded"):
            hub.download("org/name", tmp_path)
    assert [r for path, r in site.asked if path.endswith("model.safetensors")] == [None, "bytes=3000-", "bytes=6000-"]
    site.cut = None
    assert (hub.download("org/name", tmp_path)[0] / "model.safetensors").read_bytes() == FILES["model.safetensors"]


def test_a_file_that_changed_meanwhile_begins_anew(site, tmp_path):
    site.cut = 3000
    with pytest.raises(DataError):
        hub.download("org/name", tmp_path)
    site.cut, site.etag = None, '"b"'
    site.files["model.safetensors"] = other = bytes(9000)
    assert (hub.download("org/name", tmp_path)[0] / "model.safetensors").read_bytes() == other


def test_several_files_are_those_that_the_index_names(site, tmp_path):
    site.files["model-1.safetensors"] = site.files.pop("model.safetensors")
    site.files["model.safetensors.index.json"] = b'{"weight_map": {"a": "model-1.safetensors"}}'
    assert (hub.download("org/name", tmp_path)[0] / "model-1.safetensors").is_file()
    site.files["model.safetensors.index.json"] = b'{"weight_map": {"a": "../../x.safetensors"}}'
    with pytest.raises(Refused, match="not a plain file name"):
        hub.download("org/name", tmp_path / "again")


def test_it_says_why_there_is_nothing_to_fetch(site, tmp_path, monkeypatch):
    with pytest.raises(NotFound, match="no model of that name"):
        hub.download("org/other", tmp_path)
    with pytest.raises(NotFound, match="not a name of the form"):
        hub.download("org/name/../..", tmp_path)
    del site.files["model.safetensors"]
    with pytest.raises(Refused, match="not in safetensors"):
        hub.download("org/name", tmp_path)
    site.status = 401
    with pytest.raises(Refused, match="not open to everybody"):
        hub.download("org/name", tmp_path / "again")
    monkeypatch.setattr(hub, "SITE", "http://127.0.0.1:9")
    with pytest.raises(DataError, match="connect to a network"):
        hub.download("org/name", tmp_path / "once more")


def test_more_than_a_file_has_is_not_taken(site, tmp_path, monkeypatch):
    site.told = 1 << 60
    with pytest.raises(Refused, match="more than such a file has"):
        hub.download("org/name", tmp_path)
    site.told = None
    monkeypatch.setattr(hub, "SPARE", 1 << 62)
    with pytest.raises(Refused, match="the disk has"):
        hub.download("org/name", tmp_path / "again")
