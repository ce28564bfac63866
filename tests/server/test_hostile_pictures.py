"""What is sent as a picture is one, or is refused by its field at once; URLs lead to public addresses or nowhere."""

from __future__ import annotations

import base64
import http.client
import io
import json
import resource
import socket
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2
import numpy as np
import pytest
from PIL import Image
from serving import served
from small_pictures import Gallery

from anew.codecs.image import write_image
from anew.engine.pool import Pool
from anew.errors import DataError
from anew.server import fetching, given_pictures
from anew.server.app import Door
from anew.server.database.connect import Database
from anew.server.fetching import fetch, is_public

LEFT_RIGHT = np.zeros((16, 16, 1), np.uint8)
LEFT_RIGHT[:, 8:] = 200
GOOD = write_image(LEFT_RIGHT)


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Pool:
    return Pool(Gallery(tmp_path_factory.mktemp("gallery")))


@pytest.fixture(scope="module")
def address(pool: Pool, database: Database) -> Iterator[str]:
    yield from served(pool, Door(), database)


def vary(address: str, content: bytes | None = None, **fields: Any) -> httpx2.Response:
    """The picture as the model's grid holds it, or a refusal."""
    where, asked = f"{address}/v1/images/variations", {"model": "pixels", "strength": 0, **fields}
    if content is None:
        return httpx2.post(where, json=asked)
    return httpx2.post(where, data=asked, files={"image": ("a.png", content)}, timeout=60)


def made(answer: httpx2.Response) -> np.ndarray:
    assert answer.status_code == 200, answer.text
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(answer.json()["data"][0]["b64_json"]))))


def saved(picture: Image.Image, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(wide: int, high: int, *more: bytes) -> bytes:
    """Grey, and all of it unpacked from next to nothing."""
    row = zlib.compress(bytes((wide + 1) * min(high, 9000)), 9)
    head = struct.pack(">IIBBBBB", wide, high, 8, 0, 0, 0, 0)
    parts = [chunk(b"IHDR", head), *more, chunk(b"IDAT", row), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def giant_webp(side: int) -> bytes:
    """An animation by its header, on a canvas that nothing is painted on."""
    size = struct.pack("<I", side - 1)[:3]
    body = b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + size + size
    body += b"ANIM" + struct.pack("<I", 6) + bytes(6)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


HOSTILE = {
    "nothing": b"",
    "a text": b"no picture",
    "another kind": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "a script": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 16 16\n",
    "a tiff": saved(Image.new("L", (16, 16)), "TIFF"),
    "truncated png": GOOD[:-40],
    "truncated jpeg": saved(Image.new("L", (64, 64), 9), "JPEG")[:-30],
    "truncated webp": saved(Image.effect_noise((64, 64), 90), "WEBP")[:-200],
    "truncated gif": saved(Image.effect_noise((64, 64), 90), "GIF")[:-900],
    "a lying header": png(3, 3)[:16] + struct.pack(">II", 2**31 - 1, 2**31 - 1) + png(3, 3)[24:],
    "a pixel bomb": png(9000, 9000),
    "a long line": png(17_000_000, 1),
    "a text bomb": png(16, 16, *[chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2_000_000), 9)) for _ in range(40)]),
    "a giant canvas": giant_webp(16383),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_no_picture_is_refused_at_once_and_takes_no_memory(address: str, what: str) -> None:
    made(vary(address, GOOD))  # so that nothing else is loaded meanwhile
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    answer = vary(address, HOSTILE[what])
    error = answer.json()["error"]
    assert (answer.status_code, error["param"], error["code"]) == (400, "image", "invalid_image"), answer.text
    assert time.monotonic() - begun < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 128 << 10, "KiB"


def in_a_conversation(where: str, url: str) -> dict[str, Any]:
    if where == "responses":
        picture: dict[str, Any] = {"type": "input_image", "image_url": url}
        return {"model": "writer", "input": [{"role": "user", "content": [picture]}]}
    picture = {"type": "image_url", "image_url": {"url": url}}
    return {"model": "writer", "messages": [{"role": "user", "content": [picture]}]}


@pytest.mark.parametrize("where", ["chat/completions", "responses"])
@pytest.mark.parametrize("what", HOSTILE)
def test_in_a_conversation_it_is_refused_as_well_and_the_connection_stays(address: str, where: str, what: str) -> None:
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    asked = in_a_conversation(where, f"data:image/png;base64,{base64.b64encode(HOSTILE[what]).decode()}")
    answer = httpx2.post(f"{address}/v1/{where}", json=asked)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "unsupported_parameter"), answer.text
    assert error["param"] == {"responses": "input[0].content[0].input_image"}.get(
        where, "messages[0].content[0].image_url"
    )
    assert time.monotonic() - begun < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 128 << 10, "KiB"


@pytest.mark.parametrize("where", ["chat/completions", "responses"])
def test_one_that_is_larger_than_a_body_may_be_gets_its_answer_before_it_is_sent(address: str, where: str) -> None:
    """A film of many frames, say, from a client that sends all of it before it reads. A server that closes the
    connection at once resets it, and the answer is gone."""
    body = json.dumps(in_a_conversation(where, f"data:image/gif;base64,{'A' * (40 << 20)}")).encode()
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=20)
    connection.request("POST", f"/v1/{where}", body, {"content-type": "application/json"})
    answer = connection.getresponse()
    assert answer.status == 413 and json.loads(answer.read())["error"]["code"] == "request_too_large"
    connection.close()


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP"])
def test_of_an_animation_the_first_frame_alone_is_unpacked(address: str, form: str) -> None:
    first, rest = Image.fromarray(LEFT_RIGHT[:, :, 0]), [Image.new("L", (16, 16), i % 250) for i in range(400)]
    lossless = {"lossless": True} if form == "WEBP" else {}
    film = saved(first, form, save_all=True, append_images=rest, **lossless)
    begun = time.monotonic()
    assert np.array_equal(made(vary(address, film)), LEFT_RIGHT[:, :, 0]) and time.monotonic() - begun < 2


def test_a_picture_is_turned_as_it_was_taken(address: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    turned = saved(Image.fromarray(LEFT_RIGHT[:, :, 0]), "PNG", exif=exif)
    assert np.array_equal(made(vary(address, turned)), np.rot90(LEFT_RIGHT[:, :, 0], -1))


def test_a_file_or_a_body_may_be_too_large(address: str) -> None:
    answer = vary(address, GOOD + bytes(20 << 20))
    assert answer.status_code == 400 and "20,971,520 bytes" in answer.text
    for form in (True, False):  # in pieces, so that no header tells the length
        head = b'--a\r\ncontent-disposition: form-data; name="image"; filename="a"\r\n\r\n' if form else b'{"image": "'
        kind = "multipart/form-data; boundary=a" if form else "application/json"
        pieces = (piece for piece in [head, *[bytes([97]) * (1 << 20)] * 70])
        answer = httpx2.post(f"{address}/v1/images/edits", content=pieces, headers={"content-type": kind})
        assert answer.status_code == 413 and answer.json()["error"]["code"] == "request_too_large"


GOOD_URI = "data:image/png;base64," + base64.b64encode(GOOD).decode()


@pytest.mark.parametrize(
    "image",
    [
        GOOD_URI[:-3], GOOD_URI[:40] + "!" + GOOD_URI[40:], GOOD_URI[:40] + "\n" + GOOD_URI[40:], "data:", "data:,",
        GOOD_URI.replace(";base64", ""), "data:image/png;base64,", "a.png", "", "file:///etc/passwd", "ftp://a/b.png",
        "gopher://a/b", "javascript:1", "/etc/passwd", 7, True, {"image_url": 3}, {"file_id": "file-1"}, {},
        [[GOOD_URI]],
    ],
)  # fmt: skip
def test_what_stands_for_a_picture_is_one_or_is_refused(address: str, image: Any) -> None:
    error = vary(address, image=image).json()["error"]
    assert error["code"] == "invalid_image" and error["param"].startswith("image"), error
    assert np.array_equal(made(vary(address, image=GOOD_URI)), LEFT_RIGHT[:, :, 0])


@pytest.mark.parametrize("url", ["http://127.0.0.1/a.png", "https://example.com/a.png", "HTTP://example.com"])
def test_urls_are_not_followed_unless_that_is_allowed(address: str, url: str) -> None:
    for image, param in ((url, "image"), ({"image_url": url}, "image.image_url")):
        error = vary(address, image=image).json()["error"]
        assert error["param"] == param and "--allow-urls" in error["message"]


# ----------------------------------------------------------------------------------------------- URLs that are followed


class Site(BaseHTTPRequestHandler):
    """Answers by the path, and remembers what it was asked."""

    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        name, _, rest = self.path[1:].partition("?")
        if name == "to":
            self.send_response(302)
            self.send_header("location", rest)
            self.end_headers()
        elif name == "slow":
            self.send_response(200)
            self.end_headers()
            for _ in range(100):
                self.wfile.write(b"x")
                time.sleep(0.05)
        elif name == "gone":
            self.send_error(404)
        else:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(GOOD)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("0.0.0.0", 0), Site)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # who left before it was told all
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


NOT_PUBLIC = (
    "127.0.0.1 127.1 127.0.1 127.255.255.254 2130706433 0x7f000001 0x7f.1 0177.0.0.1 017700000001 0 0.0.0.0 "
    "[::1] [::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b:1::1] "
    "[2002:7f00:1::] [2002:a9fe:a9fe::] [2001:0:7f00:1::] [2001:db8::1] [fe80::1] [fe80::1%25lo] [fec0::1] [fc00::1] "
    "[fd00:ec2::254] [ff02::1] 169.254.169.254 2852039166 0xa9fea9fe 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 "
    "100.64.0.1 192.0.0.1 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255 "
    "localhost ①②⑦.⓪.⓪.① 127。0。0。1"
).split()


@pytest.mark.parametrize("host", NOT_PUBLIC)
def test_no_form_of_a_private_address_is_connected_to(site: str, host: str) -> None:
    Site.asked.clear()
    port = site.partition(":")[2]
    for url in (f"http://{host}:{port}/a.png", f"https://{host}:{port}/a.png"):
        with pytest.raises(DataError, match="public|cannot be fetched"):
            fetch(url, 10_000)
    assert not Site.asked


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "gopher://127.0.0.1", "http://", "http:///a", "http://a@example.com/", "http://a:b@1.1.1.1/",
        "http://1.1.1.1:99999/", "http://1.1.1.1:x/", "http://[::1", "http://exa mple/", "http://" + "a" * 300 + "/",
        "http://a\u0000b/", "//1.1.1.1/", "",
    ],
)  # fmt: skip
def test_what_is_no_url_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(DataError):
        fetch(url, 100)


def test_public_addresses_are_public() -> None:
    assert all(map(is_public, ("1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "2a00:1450:4001::1")))


@pytest.fixture
def public_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if 127.0.0.1, and no other address of this machine, were one of the internet."""
    monkeypatch.setattr(fetching, "is_public", lambda address: address == "127.0.0.1" or is_public(address))


@pytest.mark.usefixtures("public_here")
def test_a_url_is_fetched_within_bounds(site: str) -> None:
    assert fetch(f"http://{site}/a.png?b", 10_000) == GOOD
    assert fetch(f"http://{site}/to?http://{site}/a.png", 10_000) == GOOD == fetch(f"http://{site}/to?/a.png", 10_000)
    for path, why in (
        (f"to?http://127.0.0.2:{site[10:]}/secret", "public"), ("to?http://[::1]/", "public"),
        ("to?file:///etc/passwd", "http"),
        (f"to?http://{site}/to", "leads on"), ("gone", "404"),
    ):  # fmt: skip
        with pytest.raises(DataError, match=why):
            fetch(f"http://{site}/{path}", 10_000)
    assert "/secret" not in Site.asked
    with pytest.raises(DataError, match="more than"):
        fetch(f"http://{site}/a.png", len(GOOD) - 1)
    begun = time.monotonic()
    with pytest.raises(DataError, match="no answer in 0.4"):
        fetch(f"http://{site}/slow", 10_000, 0.4)
    assert time.monotonic() - begun < 1
    with pytest.raises(DataError, match="cannot be fetched"):
        fetch(f"https://{site}/a.png", 10_000, 2)


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    told = iter(["93.184.216.34", "127.0.0.1"])  # the second look-up would lead here
    kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(*kind, (next(told), 80))])
    went: list[Any] = []

    def connect(address: Any, *_: Any) -> None:
        went.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(DataError):
        fetch("http://rebinding.example/a.png", 100)
    assert went == [("93.184.216.34", 80)] and next(told) == "127.0.0.1"
    both = [(*kind, ("93.184.216.34", 80)), (*kind, ("10.0.0.1", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    with pytest.raises(DataError, match="public"):
        fetch("http://both.example/a.png", 100)


@pytest.mark.usefixtures("public_here")
def test_a_server_that_may_fetch_takes_pictures_by_url(pool: Pool, database: Database, site: str) -> None:
    with contextmanager(served)(pool, Door(), database, may_fetch=True) as address:
        follows(address, site)


def follows(address: str, site: str) -> None:
    assert np.array_equal(made(vary(address, image=f"http://{site}/a.png")), LEFT_RIGHT[:, :, 0])
    assert np.array_equal(made(vary(address, images=[{"image_url": f"http://{site}/a.png"}])), LEFT_RIGHT[:, :, 0])
    answer = vary(address, image=f"http://127.0.0.2:{site[10:]}/a.png")
    assert answer.status_code == 400 and "public" in answer.text


def test_slow_sites_hold_up_nobody_else(pool: Pool, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    over, asked = threading.Event(), threading.Semaphore(0)

    def slow(url: str, most: int) -> bytes:
        asked.release()
        over.wait(20)
        return GOOD

    monkeypatch.setattr(given_pictures, "fetch", slow)
    with contextmanager(served)(pool, Door(), database, may_fetch=True) as address, ThreadPoolExecutor(40) as web:
        made(vary(address, GOOD))  # so that the model is loaded
        slowly = [web.submit(vary, address, image="http://1.1.1.1/") for _ in range(40)]
        assert all(asked.acquire(timeout=5) for _ in range(8))
        begun = time.monotonic()
        made(vary(address, GOOD))  # for which a thread is needed, too
        assert time.monotonic() - begun < 3
        over.set()
        assert all(np.array_equal(made(one.result()), LEFT_RIGHT[:, :, 0]) for one in slowly)
