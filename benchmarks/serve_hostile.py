"""Clients that mean no good: resets, slow ones, ones that read nothing, bodies and files that are not what they seem.

A part of `serve_faults.py`. In: a watched server. Out: a line for each fault, which says what was answered.
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import io
import json
import socket
import struct
import time
import zipfile
import zlib
from typing import Any

import psutil

from serve_process import TINY, multipart
from serve_watched import ENDED, FEW, KNOWN, Faults

UNREAD = 60.0  # seconds after which the server gives up a client that reads nothing
FORMS = ("/v1/files", "/v1/images/edits")
POURED = ("/v1/completions", "/v1/chat/completions", *FORMS)


def raw(faults: Faults, body: dict[str, Any]) -> bytes:
    data = json.dumps(body).encode()
    head = "POST /v1/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    return f"{head}content-length: {len(data)}\r\n\r\n".encode() + data


def dial(faults: Faults, receives: int | None = None) -> socket.socket:
    """`receives`: bytes that may wait to be read."""
    connection = socket.socket()
    connection.settimeout(20)
    if receives is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
    connection.connect(("127.0.0.1", faults.server.port))
    return connection


def resets(faults: Faults) -> None:
    with faults.fault("client resets") as line:
        for i in range(faults.asked.clients):
            with contextlib.suppress(OSError), dial(faults) as connection:
                sent = raw(faults, dict(KNOWN, stream=True, max_tokens=400, n=4))
                connection.sendall(sent if i % 4 else sent[: len(sent) // 2])
                for _ in range(i % 4):
                    connection.recv(512)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line["clients"] = faults.asked.clients


def loris(faults: Faults) -> None:
    with faults.fault("slow-loris") as line, contextlib.ExitStack() as stack:
        slow = [stack.enter_context(dial(faults)) for _ in range(faults.asked.clients)]
        for second in range(5):
            for i, connection in enumerate(slow):
                with contextlib.suppress(OSError):
                    connection.sendall(raw(faults, KNOWN)[second : second + 1] if i % 2 else b"")
            time.sleep(1)
        line["connections"], line["held"] = len(slow), faults.right()


def unread(faults: Faults) -> None:
    """Clients that ask for a file of 20 MB, and for a long stream, and read none of it."""
    with faults.fault("clients that read nothing") as line, contextlib.ExitStack() as stack:
        _, file = faults.accepted.send_file(bytes(20 << 20), "user_data", "zeros")
        content = f"GET /v1/files/{file.get('id')}/content HTTP/1.1\r\nhost: localhost\r\n\r\n".encode()
        stream = raw(faults, dict(KNOWN, stream=True, max_tokens=400, n=16, logprobs=5))
        still = [stack.enter_context(dial(faults, receives=4096)) for _ in range(20)]
        for i, connection in enumerate(still):
            connection.sendall(stream if i % 4 == 0 else content)
        ours, end = {connection.getsockname()[1] for connection in still}, time.monotonic() + UNREAD + 15
        line["right meanwhile"] = faults.right()
        while (held := ours & ends(faults)) and time.monotonic() < end:
            time.sleep(1)
        line["clients"], line["still held"] = len(still), len(held)
        line["held"] = line["right meanwhile"] and not held


def ends(faults: Faults) -> set[int]:
    """The ports of whoever the server still has a connection with."""
    return {one.raddr[1] for one in psutil.Process(faults.server.process.pid).net_connections("tcp") if one.raddr}


def endless(faults: Faults) -> None:
    """Heads, trailers and chunks' extensions without an end, alone and behind a stream."""
    form = "POST /v1/files HTTP/1.1\r\nhost: localhost\r\ncontent-type: multipart/form-data; boundary=x\r\n"
    chunked = f"{form}transfer-encoding: chunked\r\n\r\n".encode()
    behind = raw(faults, dict(KNOWN, stream=True, max_tokens=400))
    letters, lines = b"a" * 65536, b"a: b\r\n" * 9000
    kinds = {
        "a head": (b"GET / HTTP/1.1\r\nx: ", letters), "lines of a head": (b"GET / HTTP/1.1\r\n", lines),
        "a head behind a stream": (behind + b"GET / HTTP/1.1\r\nx: ", letters),
        "lines of a trailer": (chunked + b"0\r\n", lines), "a trailer": (chunked + b"0\r\n", letters),
        "a chunk's extension": (chunked + b"5;", letters),
    }  # fmt: skip
    with faults.fault("requests without an end") as line:
        line["MB sent"] = {name: sent_of(faults, *parts) for name, parts in kinds.items()}
        line["held"] = max(line["MB sent"].values()) < 32


def sent_of(faults: Faults, first: bytes, piece: bytes, most: int = 512) -> int:
    """MB that were sent until the server closed the connection."""
    sent = 0
    with contextlib.suppress(OSError), dial(faults) as connection:
        connection.sendall(first)
        while sent < most << 20:
            connection.sendall(piece)
            sent += len(piece)
    return sent >> 20


def body(faults: Faults) -> None:
    """A gigabyte, of blanks (which JSON allows before its first letter) or within a text: 413, which arrives."""
    for path in POURED:
        for told in (True, False):
            how = "with its length" if told else "without"
            with faults.fault(f"{faults.asked.body} MB to {path}, {how}") as line:
                line["MB sent"], line["status"] = poured(faults, path, told)
                line["held"] = line["status"] == 413
    with faults.fault(f"{faults.asked.body} MB to {POURED[0]}, as a form") as line:
        line["MB sent"], line["status"] = poured(faults, POURED[0], True, form=True)
        line["held"] = line["status"] == 413


def poured(faults: Faults, path: str, told: bool, form: bool = False) -> tuple[int, int]:
    """MB that were sent, and the server's answer: 0 where it only closed."""
    form, many, sent = form or path in FORMS, faults.asked.body, 0
    kind = "multipart/form-data; boundary=x" if form else "application/json"
    piece = b" " * 2**20 if form else b'"' + b" " * (2**20 - 1)
    first = b'--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n' if form else b""
    how = f"content-length: {many * 2**20 + len(first)}" if told else "transfer-encoding: chunked"
    head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {kind}\r\n{how}\r\n\r\n".encode()
    with dial(faults) as connection:
        with contextlib.suppress(OSError):
            connection.sendall(head)
            for part in (first, *(piece for _ in range(many))):
                connection.sendall(part if told else b"%x\r\n%s\r\n" % (len(part), part) if part else b"")
                sent += len(part)
            connection.sendall(b"" if told else b"0\r\n\r\n")
        with contextlib.suppress(OSError):
            answer = connection.recv(64)
            return sent >> 20, int(answer.split()[1]) if answer.startswith(b"HTTP") else 0
    return sent >> 20, 0


def bodies(faults: Faults) -> None:
    ask, base = faults.ask, json.dumps(FEW)[:-1]
    deep = "[" * 100_000
    hostile = {
        "100,000 brackets": deep.encode(),
        "100,000 brackets in a field": f'{base},"user":{deep}{deep.replace("[", "]")}}}'.encode(),
        "100,000 objects": b'{"a":' * 100_000,
        "a deep schema": f'{base},"guided_json":{"[" * 5000}{"]" * 5000}}}'.encode(),
        "NaN": f'{base},"temperature":NaN}}'.encode(),
        "Infinity": f'{base},"logit_bias":{{"1":Infinity}}}}'.encode(),
        "5,000 digits": f'{base},"seed":{"9" * 5000}}}'.encode(),
        "5,000 digits of a field nobody knows": f'{base},"x":{"9" * 5000}}}'.encode(),
        "1e999": f'{base},"top_p":1e999}}'.encode(),
        "no UTF-8": b'{"model":"tiny","prompt":"\xff\xfe"}',
        "half a character": f'{base},"user":"\\ud800"}}'.encode(),
        "half a character in the prompt": json.dumps(FEW | {"prompt": "\ud800"}).encode(),
        "NUL": json.dumps(FEW | {"prompt": "\0" * 10}).encode(),
        "no JSON": b"\0" * 1000,
        "nothing": b"",
        "a list": b"[]",
        "a million biases": json.dumps(FEW | {"logit_bias": {str(i): 1 for i in range(1_000_000)}}).encode(),
        "a million stops": json.dumps(FEW | {"stop": ["a"] * 1_000_000}).encode(),
        "the largest number of tokens": json.dumps(FEW | {"max_tokens": 2**63}).encode(),
        "no tokens": json.dumps(FEW | {"max_tokens": -1}).encode(),
        "a regular expression that doubles": json.dumps(FEW | {"guided_regex": "(a+)+" * 40 + "$"}).encode(),
        "a regular expression of a million": json.dumps(FEW | {"guided_regex": "(a{1000}){1000}"}).encode(),
        "a prompt of 10 MB": json.dumps(FEW | {"prompt": "a" * 10_000_000}).encode(),
    }
    with faults.fault("hostile bodies") as line:
        line["answers"] = {name: ask("POST", "/v1/completions", data)[0] for name, data in hostile.items()}
        packed = gzip.compress(b" " * 2**28)
        line["answers"]["a compressed bomb"] = ask("POST", "/v1/completions", packed, content_encoding="gzip")[0]
        line["held"] = all(status not in (0, 500) for status in line["answers"].values())


def bombs(faults: Faults) -> None:
    """In a conversation, as files to be changed, looked at and learnt from. An answer of 413 is one, too."""
    pictures = {"a thousand million pixels": png(32_000, 32_000), "a lie about its size": png(60_000, 60_000, rows=1)}
    pictures |= {"frames": frames(8000), "more frames than a body may hold": frames(8000, noise=True)}
    answers: dict[str, int] = {}
    with faults.fault("pixel bombs") as line:
        for name, data in pictures.items():
            url = f"data:image/png;base64,{base64.b64encode(data).decode()}"
            for path, asked in conversations(url).items():
                answers[f"{name} to {path}"] = faults.ask("POST", path, asked)[0]
            for path in ("/v1/images/edits", "/v1/images/variations"):
                fields = {"prompt": "a", "model": TINY} if path.endswith("edits") else {"model": TINY}
                form, kind = multipart(fields, {"image": ("a.png", data)})
                answers[f"{name} to {path}"] = faults.ask("POST", path, form, content_type=kind)[0]
        line["answers"], line["held"] = answers, all(status in (400, 404, 413) for status in answers.values())
    with faults.fault("archive bombs") as line:
        line["answers"] = told = dict[str, object]()
        for name, inner in (("zeros", b"\0" * 2**28), ("rows", b'{"text": "a"}\n' * 2**24)):
            archive = packed(inner)
            form, kind = multipart({}, {"file": ("a.zip", archive)})
            told[f"{name} described"] = faults.ask("POST", "/v1/anew/datasets/describe", form, content_type=kind)[0]
            status, file = faults.accepted.send_file(archive, "fine-tune", "a.zip")
            told[f"{name} kept"] = status
            job = {"training_file": file["id"], "model": TINY, "overrides": {"train.minutes": 0.1}}
            status, job = faults.ask("POST", "/v1/fine_tuning/jobs", job)
            told[f"{name} learnt"] = status if status != 200 else over(faults, f"/v1/fine_tuning/jobs/{job['id']}")
        line["held"] = all(status not in (0, 500, "") for status in told.values())


def conversations(url: str) -> dict[str, dict[str, object]]:
    picture = {"type": "image_url", "image_url": {"url": url}}
    item = {"role": "user", "content": [{"type": "input_image", "image_url": url}]}
    return {
        "/v1/chat/completions": {"model": TINY, "max_tokens": 2, "messages": [{"role": "user", "content": [picture]}]},
        "/v1/responses": {"model": TINY, "max_output_tokens": 2, "input": [item]},
    }


def packed(inner: bytes) -> bytes:
    """A zip that holds this four times."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for i in range(4):
            file.writestr(f"{i}.jsonl", inner)
    return archive.getvalue()


def over(faults: Faults, path: str) -> str:
    """How a job ended; one that goes on is called off, and counts as well as one that failed."""
    end, status = time.monotonic() + 60, ""
    while status not in ENDED and time.monotonic() < end:
        time.sleep(0.5)
        status = faults.ask("GET", path)[1]["status"]
    if status not in ENDED:
        faults.ask("POST", f"{path}/cancel", {})
    return status


def png(width: int, height: int, rows: int | None = None) -> bytes:
    """Black; of as many rows as it says, or fewer."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer, row = zlib.compressobj(9), b"\0" * (1 + (width + 7) // 8)
    data = b"".join(packer.compress(row) for _ in range(height if rows is None else rows)) + packer.flush()
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def frames(many: int, side: int = 1000, noise: bool = False) -> bytes:
    """A GIF of so many frames, each as large as the picture; of noise they are large as files, too."""
    from PIL import Image

    one = io.BytesIO()
    (Image.effect_noise((100, 100), 90) if noise else Image.new("P", (side, side))).save(one, "GIF")
    data = one.getvalue()
    at = 13 + 3 * 2 ** ((data[10] & 7) + 1)  # behind the header and its table of colours
    return data[:at] + data[at:-1] * many + b";"
