"""What bounds a request: its size, its time, the queue; and that nobody is cut off when the server is told to end."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest
from serving import APART, Two, served
from small_writers import saved

from anew.deploy.store import Store
from anew.engine.pool import Pool
from anew.models.autoregressive.decoder import Decoder
from anew.server import bounds, listen
from anew.server.app import Door
from anew.server.bounds import Limits
from anew.server.database.connect import Database

LONG = {"model": "decoder", "prompt": "a", "max_tokens": 500, "logit_bias": {"256": -100}, "n": 8}


@pytest.fixture(scope="module")
def bounded_pool() -> Pool:
    pool = Pool(Two(), apart=APART)
    with pool.lease("decoder"):  # that it is opened is no part of what is timed below
        return pool


@pytest.fixture(scope="module")
def bounded(bounded_pool: Pool, database: Database) -> Iterator[str]:
    limits = Limits(body=10_000, arriving=0.5)
    yield from served(bounded_pool, Door(), database, queue=3, limits=limits)


def error(answer: httpx2.Response) -> dict[str, Any]:
    told: dict[str, Any] = answer.json()["error"]
    return told


@pytest.mark.parametrize("told", [True, False])
def test_a_body_that_is_too_large_is_not_read(bounded: str, told: bool) -> None:
    body = b'{"model": "decoder", "prompt": "' + b"a" * 20_000
    content: Any = body if told else iter([body] * 1000)
    answer = httpx2.post(f"{bounded}/v1/completions", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 413 and error(answer)["code"] == "request_too_large"
    assert httpx2.get(f"{bounded}/healthz").status_code == 200


def test_only_where_files_are_taken_a_body_may_be_as_large_as_a_file(bounded: str) -> None:
    """Whatever it calls itself: the others read it whole into memory."""
    head = {"content-type": "multipart/form-data; boundary=a"}
    paths = httpx2.get(f"{bounded}/openapi.json").json()["paths"]
    takes = {
        path for path, methods in paths.items()
        if "multipart/form-data" in methods.get("post", {}).get("requestBody", {}).get("content", {})
    }  # fmt: skip
    assert {"/v1/files", "/v1/images/edits", "/v1/audio/transcriptions", "/v1/anew/models"} <= takes
    for path in [path for path, methods in paths.items() if "post" in methods and "{" not in path]:
        answer = httpx2.post(bounded + path, content=bytes(20_000), headers=head)
        assert (answer.status_code == 413) == (path not in takes), (path, answer.text)


def address(url: str) -> tuple[str, int]:
    host, port = url.removeprefix("http://").split(":")
    return host, int(port)


def until_closed(connection: socket.socket) -> bytes:
    connection.settimeout(5)
    came = b""
    while piece := connection.recv(65536):
        came += piece
    return came


def test_a_body_that_does_not_come_is_not_waited_for(bounded: str) -> None:
    with socket.create_connection(address(bounded)) as connection:
        connection.sendall(b"POST /v1/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: 99\r\n\r\n{")
        assert b" 408 " in until_closed(connection).split(b"\r\n")[0]


def test_a_head_that_does_not_come_or_does_not_end_is_not_waited_for(
    bounded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listen, "PATIENCE", 0.3)
    with socket.create_connection(address(bounded)) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nhost: loc")
        begun = time.monotonic()
        assert until_closed(connection) == b"" and time.monotonic() - begun < 3
    monkeypatch.setattr(listen, "PATIENCE", 30)
    with socket.create_connection(address(bounded)) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n")
        for i in range(200):
            try:
                connection.sendall(b"x-%d: " % i + b"a" * 1000 + b"\r\n")
            except OSError:
                break
        try:
            assert b" 400 " in until_closed(connection).split(b"\r\n")[0]
        except ConnectionResetError:
            pass  # it was closed while more came
    with socket.create_connection(address(bounded)) as connection:  # two requests, the second of them slow
        connection.sendall(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
        came = b""
        while b"ok" not in came:
            came += connection.recv(65536)
        monkeypatch.setattr(listen, "PATIENCE", 0.3)
        connection.sendall(b"GET /heal")
        assert until_closed(connection) == b""


@pytest.fixture
def streaming(bounded: str) -> Iterator[socket.socket]:
    """A connection on which an answer is being written."""
    body = json.dumps(LONG | {"stream": True}).encode()
    with socket.create_connection(address(bounded)) as connection:
        head = "POST /v1/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        connection.sendall(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        while b"data: " not in connection.recv(65536):
            pass
        yield connection


def taken(connection: socket.socket, pieces: Iterator[bytes]) -> int:
    """Bytes that the server took before it closed the connection."""
    sent = 0
    connection.settimeout(5)
    try:
        for piece in pieces:
            connection.sendall(piece)
            sent += len(piece)
    except (ConnectionError, TimeoutError):
        pass
    return sent


MOST = 50 << 20  # what is sent of something that has no end
ROOM = 12 << 20  # bytes that two sockets may hold beside what the server has taken


def test_a_head_without_an_end_is_not_kept_while_another_request_is_answered(streaming: socket.socket) -> None:
    head = (b"GET / HTTP/1.1\r\nhost: localhost\r\nx: ", *[b"a" * 65536] * (MOST >> 16))
    assert taken(streaming, iter(head)) < ROOM


@pytest.mark.parametrize(
    "piece", [b"a: b\r\n" * 10_000, b"a" * 65536, b"5;" + b"a" * 65536], ids=["lines", "a line", "an extension"]
)
def test_what_follows_a_body_or_stands_around_it_has_an_end(bounded: str, piece: bytes) -> None:
    head = b"POST /v1/files HTTP/1.1\r\nhost: localhost\r\ncontent-type: multipart/form-data; boundary=a\r\n"
    first = head + b"transfer-encoding: chunked\r\n\r\n" + (b"0\r\n" if piece[:1] == b"a" else b"")
    with socket.create_connection(address(bounded)) as connection:
        assert taken(connection, iter((first, *[piece] * (MOST // len(piece))))) < ROOM
    assert httpx2.get(f"{bounded}/healthz").status_code == 200


def test_the_pieces_of_a_body_may_be_small(bounded: str) -> None:
    pieces = (b"%c" % letter for letter in json.dumps(LONG | {"n": 1, "max_tokens": 1, "user": "u" * 9000}).encode())
    answer = httpx2.post(f"{bounded}/v1/completions", content=pieces, headers={"content-type": "application/json"})
    assert answer.status_code == 200, answer.text


def test_whoever_reads_nothing_loses_the_connection(bounded: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one whose answer has been given already, all of it waiting to be read. Whoever reads slowly keeps it."""
    monkeypatch.setattr(listen, "STALLED", 0.4)
    file = httpx2.post(f"{bounded}/v1/files", data={"purpose": "batch"}, files={"file": bytes(20 << 20)}).json()
    asked = f"GET /v1/files/{file['id']}/content HTTP/1.1\r\nhost: localhost\r\n\r\n".encode()
    with socket.create_connection(address(bounded)) as slow, socket.create_connection(address(bounded)) as still:
        for connection in (slow, still):
            connection.sendall(asked)
        came, begun = 0, time.monotonic()
        while came < file["bytes"]:
            came += len(slow.recv(1 << 18))
            time.sleep(0.02)
        assert time.monotonic() - begun > 1
        here = [one for one in psutil.Process().net_connections("tcp") if one.laddr[:2] == address(bounded)]
        ends = {one.raddr[1] for one in here if one.raddr}
        assert slow.getsockname()[1] in ends and still.getsockname()[1] not in ends
    httpx2.delete(f"{bounded}/v1/files/{file['id']}")


def test_a_stream_that_waits_shows_signs_of_life(bounded: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "ALIVE", 0.1)
    asked = LONG | {"model": "rnn", "stream": True}
    with httpx2.stream("POST", f"{bounded}/v1/completions", json=asked | {"n": 16}):
        with httpx2.stream("POST", f"{bounded}/v1/completions", json=asked | {"n": 1, "max_tokens": 2}) as answer:
            begun, came = time.monotonic(), 0
            for line in answer.iter_lines():
                came += line == ": alive"
                if came == 3:
                    break
            assert came == 3 and time.monotonic() - begun > 0.25


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("model", ["decoder", "rnn"])
def test_a_deadline_ends_the_work(bounded: str, bounded_pool: Pool, model: str, stream: bool) -> None:
    asked = LONG | {"model": model, "stream": stream, "n": 16}
    answer = httpx2.post(f"{bounded}/v1/completions", json=asked, headers={"x-anew-deadline": "0.2"})
    events = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: {")]
    told = events[-1]["error"] if stream else error(answer)
    assert told["code"] == "deadline_exceeded" and answer.status_code == (200 if stream else 504)
    with bounded_pool.lease(model) as open_model:
        begun = time.monotonic()
        while open_model.counts != (0, 0):
            assert time.monotonic() < begun + 1
            time.sleep(0.01)
    wrong = httpx2.post(f"{bounded}/v1/completions", json=asked, headers={"x-anew-deadline": "nan"})
    assert wrong.status_code == 400 and error(wrong)["param"] == "x-anew-deadline"


def test_the_queue_has_a_bound_and_says_so_at_once(bounded: str) -> None:
    with httpx2.Client() as client:
        held = [client.stream("POST", f"{bounded}/v1/completions", json=LONG | {"stream": True}) for _ in range(3)]
        opened = [one.__enter__() for one in held]
        assert [one.status_code for one in opened] == [200] * 3
        begun = time.monotonic()
        answer = httpx2.post(f"{bounded}/v1/completions", json=LONG | {"max_tokens": 1})
        took = time.monotonic() - begun
        assert answer.status_code == 429 and answer.headers["retry-after"] == "1"
        assert error(answer)["code"] == "queue_full" and error(answer)["type"] == "rate_limit_error"
        assert took < 0.5
        figures = httpx2.get(f"{bounded}/metrics").text
        assert "anew_requests_admitted 3.0" in figures and "anew_requests_refused_total 1.0" in figures
        assert all("data: [DONE]" in one.read().decode() for one in opened), "one that was admitted did not end"
        for one in held:
            one.__exit__(None, None, None)
    assert "anew_requests_admitted 0.0" in httpx2.get(f"{bounded}/metrics").text
    assert httpx2.post(f"{bounded}/v1/completions", json=LONG | {"max_tokens": 1}).status_code == 200


def test_figures_count_what_was_written(bounded: str) -> None:
    def figure(name: str) -> float:
        text = httpx2.get(f"{bounded}/metrics").text
        return float((re.findall(rf'^{name}{{[^}}]*"decoder"[^}}]*}} (\S+)$', text, re.M) or ["0"])[0])

    names = ("vllm:generation_tokens_total", "vllm:prompt_tokens_total", "vllm:time_to_first_token_seconds_count")
    before = [figure(name) for name in names]
    asked = LONG | {"max_tokens": 7, "n": 2, "prompt": "abc"}
    usage = httpx2.post(f"{bounded}/v1/completions", json=asked).json()["usage"]
    after = [figure(name) for name in names]
    assert [b - a for a, b in zip(before, after, strict=True)] == [14, usage["prompt_tokens"], 1]


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_who_is_being_answered_gets_the_rest_when_the_server_is_told_to_end(tmp_path: Path) -> None:
    sizes = {"width": 64, "layers": 2, "heads": 2}
    Store(tmp_path / "models").add(saved(Decoder, "decoder", sizes, tmp_path / "small"), "small")
    command = [sys.executable, "-m", "anew", "serve", "--port", "0"]
    environment = os.environ | {"ANEW_HOME": str(tmp_path)}
    told: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(command, env=environment, **told) as server:
        assert server.stdout is not None
        url = re.findall(r"http://\S+/v1", server.stdout.readline())[0].replace("localhost", "127.0.0.1")
        asked = {"model": "small", "prompt": "a", "max_tokens": 60, "logit_bias": {"256": -100}, "stream": True, "n": 8}
        with httpx2.stream("POST", f"{url}/completions", json=asked, timeout=30) as answer:
            lines = answer.iter_lines()
            next(lines)
            server.send_signal(signal.SIGTERM)
            rest = list(lines)
        assert "data: [DONE]" in rest and len(rest) > 50
        assert server.wait(timeout=20) == 0, server.stdout.read()
