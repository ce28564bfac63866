"""The studio as it is served: the same files for all, and nothing else; and as it is built: what is committed is what
its source makes, and its types are what the server answers.

What it takes Node for is skipped by name where there is no npm; in continuous integration it fails.
"""

from __future__ import annotations

import filecmp
import gzip
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from anew.server import bundle

sys.path.insert(0, str(Path(__file__).parents[1]))
import studio

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "studio"
missing = shutil.which("npm") is None and "CI" not in os.environ  # there it has to be, and its absence fails
without_node = pytest.mark.skipif(missing, reason="npm is not installed")
LARGEST_HOME, LARGEST_SCREEN, LARGEST_EDITOR = 150_000, 80_000, 250_000  # bytes in gzip


# ------------------------------------------------------------------------------------------------ served


def assets(page: str) -> list[str]:
    return re.findall(r'(?:src|href)="\./(assets/[^"]+)"', page)


@pytest.fixture(scope="module")
def page(address: str) -> httpx2.Response:
    return httpx2.get(address)


def test_a_browser_gets_the_studio(address: str, page: httpx2.Response) -> None:
    assert page.status_code == 200 and page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache" and page.headers["x-content-type-options"] == "nosniff"
    assert len(assets(page.text)) >= 3
    for name in assets(page.text):
        found = httpx2.get(f"{address}/{name}")
        assert found.status_code == 200 and "immutable" in found.headers["cache-control"], name


def test_nothing_from_elsewhere_and_nothing_within_the_page_runs(page: httpx2.Response) -> None:
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
    assert "unsafe" not in policy and "http" not in policy and "*" not in policy
    for name in ("base-uri", "form-action", "frame-ancestors"):
        assert f"{name} 'none'" in policy
    assert "<style" not in page.text and not re.search(r"<script(?![^>]* src=)", page.text)
    assert not re.search(r'(?:src|href)="(?!\./assets/)', page.text)


def test_every_kind_of_file_is_named_as_what_it_is(address: str) -> None:
    for name, piece in bundle.pieces().items():
        told = httpx2.head(address + name)
        assert told.headers["content-type"] == piece.kind and told.headers["x-content-type-options"] == "nosniff"
        assert told.content == b""


def test_gzip_for_who_takes_it(address: str) -> None:
    name, piece = max(bundle.pieces().items(), key=lambda one: len(one[1].body))
    packed, whole = (
        httpx2.get(address + name, headers={"accept-encoding": how}) for how in ("br, gzip;q=0.5", "gzip;q=0, *;q=0")
    )
    assert packed.headers["content-encoding"] == "gzip" and "content-encoding" not in whole.headers
    assert packed.content == whole.content == piece.body and piece.packed is not None
    assert gzip.decompress(piece.packed) == piece.body
    assert int(packed.headers["content-length"]) == len(piece.packed) < len(piece.body)
    assert {one.headers["vary"] for one in (packed, whole)} == {"accept-encoding"}
    assert packed.headers["etag"] != whole.headers["etag"]


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [
        ("gzip", True), ("GZIP, br", True), ("*", True), ("", False), ("br", False), ("gzip;q=0", False),
        ("gzip; q=0.1", True), ("*;q=0, gzip", True), ("gzip;q=x", False), ("gzip;q=0, *", False),
    ],
)  # fmt: skip
def test_what_an_accept_encoding_means(accepted: str, takes: bool) -> None:
    assert bundle.takes_gzip(accepted) is takes


def test_who_has_it_gets_it_not_again(address: str) -> None:
    name = "/" + assets(httpx2.get(address).text)[0]
    for where in ("/", name):
        had = httpx2.get(address + where)
        for tag in (had.headers["etag"], f"W/{had.headers['etag']}", f'"other", {had.headers["etag"]}', "*"):
            again = httpx2.get(address + where, headers={"if-none-match": tag})
            assert again.status_code == 304 and again.content == b"" and again.headers["etag"]
            # A browser takes the policy of a 304 for the page that it had.
            assert again.headers["content-security-policy"] == had.headers["content-security-policy"]
        assert httpx2.get(address + where, headers={"if-none-match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "assets/", "assets/nothing.js", "assets/../index.html", "assets/%2e%2e/index.html", "assets/..%2findex.html",
        "assets/..%2f..%2fapp.py", "assets/%2fetc%2fpasswd", "assets//etc/passwd", "assets/..%5c..%5capp.py",
        "assets/%00", "index.html", "static/index.html",
    ],
)  # fmt: skip
def test_no_path_leads_out_of_it(locked: str, name: str) -> None:
    host = locked.removeprefix("http://")
    with httpx2.Client() as web:
        request = web.build_request("GET", locked)
        request.url = request.url.copy_with(raw_path=f"/{name}".encode())
        answer = web.send(request)
    assert answer.status_code in (401, 404) and answer.headers["content-type"] == "application/json", host
    assert "import" not in answer.text and "root:" not in answer.text


def test_behind_a_key_it_is_the_same_and_names_no_model(locked: str, page: httpx2.Response) -> None:
    shut = httpx2.get(locked)
    assert shut.status_code == 200 and shut.content == page.content
    everything = [page.text, *(httpx2.get(f"{locked}/{name}").text for name in assets(page.text))]
    assert not any(re.search(r"\b(decoder|rnn)\b", text) for text in everything)
    for path in ("/v1/models", "/v1/anew/machine", "/openapi.json"):
        assert httpx2.get(locked + path).status_code == 401


def test_no_other_verb(address: str) -> None:
    for method in ("POST", "PUT", "DELETE"):
        assert httpx2.request(method, f"{address}/").status_code == 405


def test_it_is_small() -> None:
    """What a browser fetches until Home is there, and each screen beside."""
    sizes = {name: len(piece.packed or piece.body) for name, piece in bundle.pieces().items()}
    chunks = {name: size for name, size in sizes.items() if name.endswith((".js", ".css"))}
    first = sum(size for name, size in chunks.items() if re.search(r"/(studio|index|home|Meter)-", name)) + sizes["/"]
    assert 50_000 < first <= LARGEST_HOME, sizes
    others = {name: size for name, size in chunks.items() if not re.search(r"/(studio|editor)-", name)}
    assert max(others.values()) <= LARGEST_SCREEN, sizes
    editor = sum(size for name, size in chunks.items() if re.search(r"/(editor|create)-", name))
    assert 0 < editor <= LARGEST_EDITOR, sizes  # fetched behind the screen of code alone
    assert not any(re.search(r"/(editor|create)-", name) for name in assets(bundle.pieces()["/"].body.decode())), sizes


def test_licences_stand_beside_it() -> None:
    told = bundle.pieces()["/assets/third-party.txt"].body.decode()
    assert "react-dom " in told and "Permission is hereby granted" in told and "lucide-react " in told


# ------------------------------------------------------------------------------------------------ built


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The studio's source with what it needs: this checkout's, or a copy of it."""
    if (SOURCE / "node_modules").is_dir():
        return SOURCE
    checkout = tmp_path_factory.mktemp("checkout")
    shutil.copytree(SOURCE, checkout / "studio")
    (checkout / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "openapi.py", checkout / "docs")
    done = subprocess.run(["npm", "ci"], cwd=checkout / "studio", capture_output=True, text=True, timeout=280)
    if done.returncode and "CI" not in os.environ:
        pytest.skip(f"npm's registry cannot be reached: {done.stderr.strip()[-200:]}")
    assert done.returncode == 0, done.stderr
    return checkout / "studio"


@without_node
def test_what_is_committed_is_what_its_source_makes(source: Path, tmp_path: Path) -> None:
    made = tmp_path / "static"
    options = ["--outDir", str(made), "--emptyOutDir", "--logLevel", "warn"]
    subprocess.run(["npm", "run", "build", "--", *options], cwd=source, check=True, capture_output=True, timeout=240)
    differ = sorted(names(made) ^ names(bundle.FOLDER))
    assert not differ, f"{differ}: make studio builds it"
    _, changed, odd = filecmp.cmpfiles(made, bundle.FOLDER, sorted(names(made)), shallow=False)
    assert not changed and not odd, f"{changed}: make studio builds it"


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@without_node
def test_its_types_are_what_the_server_answers(source: Path, tmp_path: Path) -> None:
    made = tmp_path / "schema.d.ts"
    environment = os.environ | {"PYTHON": sys.executable}
    options = ["--", str(made)]
    subprocess.run(["npm", "run", "types", *options], cwd=source, env=environment, check=True, timeout=240)
    assert made.read_text("utf-8") == (SOURCE / "src/api/schema.d.ts").read_text("utf-8"), "npm run types writes them"


@without_node
def test_its_own_tests_pass(source: Path) -> None:
    done = subprocess.run(["npm", "run", "check"], cwd=source, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(not studio.browser() and "CI" not in os.environ, reason="chromium is not installed")
@without_node
def test_a_walk_in_a_browser(source: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A picture and a text made, and every screen shown, with real models; the whole walk is in make verify."""
    code = studio.walk(tmp_path / "home", "smoke", tmp_path / "shots", source)
    assert code == 0, "".join(capfd.readouterr())
