"""The server among faults: killed, out of disk, locked out of its database, with damaged files and hostile clients.

    python benchmarks/serve_faults.py [--only kills,locked,…] [--kills 50] [--rss 768] [--options="--…"]

kills    SIGKILL at a random moment under load, and a start again, `--kills` times. Whatever was accepted (files,
         responses, batches, fine-tuning jobs, as far as the server offers them) is there afterwards, byte
         for byte; in the end every batch and every job comes to its end.
locked   another process holds the database for some seconds (SQLite's BEGIN EXCLUSIVE).
full     the disk that ANEW_HOME lies on is full (a small tmpfs; without the right to mount: a limit of file sizes).
damaged  a model's weights are cut short, then changed in one byte, while another is served.
resets   clients that send a reset in the middle of a stream.
loris    connections that send a byte a second, or nothing.
body     a gigabyte sent to each of some endpoints, with its length told and without.
bodies   100,000 brackets deep, NaN, numbers of 5,000 digits, no UTF-8, a compressed bomb, and others.
bombs    pictures of a thousand million pixels, of thousands of frames, archives that unpack to a gigabyte.

After each a request whose answer is known is asked: it is answered right within 10 s. No answer is an error of 500. The
server's memory stays under what it had when it was ready, and `--rss` MB more. One JSON line a fault, JSON in the last
line; the exit code says whether all of it held.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import gzip
import hashlib
import http.client
import io
import json
import multiprocessing
import random
import resource
import shlex
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from serve_process import TINY, Server, put_tiny, texts

AGAIN = 10.0  # seconds within which the server answers right again
KNOWN = {"model": TINY, "prompt": "The sum of", "max_tokens": 24, "seed": 7}
FEW = {"model": TINY, "prompt": "a", "max_tokens": 2}
SMALL = {  # a job of seconds
    "adapt.rank": 4, "adapt.context": 64, "train.threads": 1, "sample.max_new": 8, "validation.bootstrap": 100,
    "validation.max_units": 5000, "train.patience": 1000,
}  # fmt: skip
ENDED = {"completed", "succeeded", "failed", "cancelled", "expired"}


class Faults:
    """The server, what it answered before any fault, and what it has accepted since."""

    def __init__(self, asked: argparse.Namespace, home: Path) -> None:
        self.asked, self.home, self.rng = asked, home, random.Random(asked.seed)
        put_tiny(home)
        self.server = Server(home, shlex.split(asked.options))
        self.database = home / "faults.db"
        self.server.env["ANEW_DATABASE"] = f"sqlite:///{self.database}"
        self.found: list[dict[str, Any]] = []
        self.statuses: list[tuple[str, int]] = []
        self.accepted = Accepted(self)

    def start(self) -> None:
        self.server.start()
        self.known = self.server.post("/v1/completions", KNOWN)["choices"]
        self.paths = set(self.server.get("/openapi.json")["paths"])
        self.before = self.server.rss

    def ask(
        self, method: str, path: str, body: Any = None, *, timeout: float = 30, raw: bool = False, **headers: str
    ) -> tuple[int, Any]:
        """Status and JSON (or bytes) of one request; 0 where the connection broke. What failed inside is noted."""
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        sent = {"content-type": "application/json"} | {k.replace("_", "-"): v for k, v in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=timeout)
        try:
            connection.request(method, path, data, sent)
            answer = connection.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()
        self.statuses.append((path, answer.status))
        with contextlib.suppress(ValueError):
            return answer.status, said if raw else json.loads(said)
        return answer.status, said

    @contextmanager
    def fault(self, name: str) -> Iterator[dict[str, Any]]:
        """What happens in the block is one fault: its line is told after it, with the check's."""
        line: dict[str, Any] = {"fault": name}
        self.statuses.clear()
        with Watched(lambda: self.server.process.pid) as watched:
            yield line
            begun = time.monotonic()
            line["right"] = self.right()
            line["seconds"] = round(time.monotonic() - begun, 2)
        line["failed"] = sorted({path for path, status in self.statuses if status == 500})
        line["memory"] = watched.most // 10**6
        fits = watched.most <= self.before + self.asked.rss * 10**6
        whole = all(line.get(key, True) for key in ("held", "kept"))
        line["ok"] = line["right"] and line["seconds"] <= AGAIN and fits and not line["failed"] and whole
        self.found.append(line)
        print(json.dumps(line), flush=True)

    def right(self) -> bool:
        """Whether it answers, as before any fault, in time."""
        end = time.monotonic() + AGAIN
        while time.monotonic() < end:
            status, said = self.ask("POST", "/v1/completions", KNOWN, timeout=AGAIN)
            if status == 200:
                return bool(said["choices"] == self.known)
            time.sleep(0.1)
        return False


class Watched:
    """The most memory that a process had while the block ran."""

    def __init__(self, pid: Callable[[], int]) -> None:
        self.pid, self.most, self.over = pid, 0, threading.Event()

    def __enter__(self) -> Watched:
        self.thread = threading.Thread(target=self._watch)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()

    def _watch(self) -> None:
        while True:
            with contextlib.suppress(psutil.Error):  # it is being started again
                self.most = max(self.most, psutil.Process(self.pid()).memory_info().rss)
            if self.over.wait(0.05):
                return


# ------------------------------------------------------------------------------------------------ what is accepted


class Accepted:
    """Whatever the server took, by its address, with how it is to be found again."""

    def __init__(self, faults: Faults) -> None:
        self.faults, self.lock = faults, threading.Lock()
        self.files: dict[str, str] = {}  # digests of their bytes
        self.responses: dict[str, str] = {}  # of their output
        self.batches: dict[str, int] = {}  # lines
        self.jobs: list[str] = []

    def more(self, number: int) -> None:
        """Hand something of each kind in; what the server confirmed counts."""
        ask, paths = self.faults.ask, self.faults.paths
        if "/v1/files" in paths:
            line = {"method": "POST", "url": "/v1/completions", "body": FEW}
            each = [json.dumps(line | {"custom_id": f"{number}-{i}"}) for i in range(1 + number % 3)]
            lines = "\n".join(each).encode()
            status, said = self.send_file(lines, "batch")
            if status == 200 and "/v1/batches" in paths and number % 5 == 0:
                body = {"input_file_id": said["id"], "endpoint": "/v1/completions", "completion_window": "24h"}
                status, batch = ask("POST", "/v1/batches", body)
                if status == 200:
                    self.batches[batch["id"]] = 1 + number % 3
        if "/v1/responses" in paths:
            body = {"model": TINY, "input": f"number {number}", "max_output_tokens": 4, "store": True}
            status, said = ask("POST", "/v1/responses", body)
            if status == 200:
                self.responses[said["id"]] = digest_of(said["output"])

    def send_file(self, data: bytes, purpose: str, name: str = "lines.jsonl") -> tuple[int, Any]:
        form, kind = multipart({"purpose": purpose}, {"file": (name, data)})
        status, said = self.faults.ask("POST", "/v1/files", form, content_type=kind)
        if status == 200:
            with self.lock:
                self.files[said["id"]] = hashlib.sha256(data).hexdigest()
        return status, said

    def job(self) -> None:
        """A small fine-tuning job, where the server takes any."""
        if "/v1/fine_tuning/jobs" not in self.faults.paths:
            return
        sums = [(f"{a}+{b}?", f"It is {a + b}.") for a in range(9) for b in range(9)]
        lines = [
            json.dumps({"messages": [{"role": "user", "content": asked}, {"role": "assistant", "content": told}]})
            for asked, told in sums[:60]
        ]
        status, said = self.send_file("\n".join(lines).encode(), "fine-tune")
        if status != 200:
            return
        body = {"training_file": said["id"], "model": TINY, "seed": 1, "overrides": SMALL}
        body["hyperparameters"] = {"n_epochs": 4, "batch_size": 8}
        status, said = self.faults.ask("POST", "/v1/fine_tuning/jobs", body)
        if status == 200:
            self.jobs.append(said["id"])

    def lost(self) -> list[str]:
        """What is not there any more, or is not what it was."""
        ask = self.faults.ask
        gone = [
            id
            for id, digest in self.files.items()
            if digest_of(ask("GET", f"/v1/files/{id}/content", raw=True)[1]) != digest
        ]
        for id, digest in self.responses.items():
            status, said = ask("GET", f"/v1/responses/{id}")
            gone += [id] if status != 200 or digest_of(said["output"]) != digest else []
        gone += [id for id in self.batches if ask("GET", f"/v1/batches/{id}")[0] != 200]
        return gone + [id for id in self.jobs if ask("GET", f"/v1/fine_tuning/jobs/{id}")[0] != 200]

    def unfinished(self, patience: float) -> list[str]:
        """Batches and jobs that do not come to a good end within so many seconds."""
        where = {f"/v1/batches/{id}": "completed" for id in self.batches}
        where |= {f"/v1/fine_tuning/jobs/{id}": "succeeded" for id in self.jobs}
        end, states = time.monotonic() + patience, dict.fromkeys(where, "")
        while time.monotonic() < end and not all(state in ENDED for state in states.values()):
            for path in where:
                status, said = self.faults.ask("GET", path)
                states[path] = said["status"] if status == 200 else states[path]
            time.sleep(0.5)
        bad = [f"{path}: {state}" for path, state in states.items() if state != where[path]]
        for id, lines in self.batches.items():
            counts = self.faults.ask("GET", f"/v1/batches/{id}")[1].get("request_counts") or {}
            bad += [f"{id}: {counts}"] if counts.get("total") != lines or counts.get("completed") != lines else []
        return bad

    def told(self) -> dict[str, int]:
        return {kind: len(getattr(self, kind)) for kind in ("files", "responses", "batches", "jobs")}


def digest_of(said: Any) -> str:
    """Of bytes, or of what was JSON, as it would be sent."""
    data = said if isinstance(said, bytes) else json.dumps(said, sort_keys=True).encode()
    return hashlib.sha256(data).hexdigest()


def multipart(fields: dict[str, str], files: dict[str, tuple[str, bytes]]) -> tuple[bytes, str]:
    """A form's body and its content type."""
    mark, parts = "anew-fault", list[bytes]()
    for name, value in fields.items():
        parts.append(f'--{mark}\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    for name, (file, data) in files.items():
        head = f'--{mark}\r\ncontent-disposition: form-data; name="{name}"; filename="{file}"\r\n'
        parts.append(f"{head}content-type: application/octet-stream\r\n\r\n".encode() + data + b"\r\n")
    return b"".join(parts) + f"--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"


# ------------------------------------------------------------------------------------------------ faults


def kills(faults: Faults) -> None:
    server, accepted, slowest = faults.server, faults.accepted, 0.0
    lost, wrong = list[str](), 0
    stream = [dict(KNOWN, prompt=text, stream=True, max_tokens=64) for text in texts(8)]
    with faults.fault("kills") as line:
        for number in range(faults.asked.kills):
            if number % 10 == 0:
                accepted.job()
            load = threading.Thread(target=server.load, args=(stream, 8), kwargs={"seconds": 1.0, "patience": 3})
            more = [threading.Thread(target=accepted.more, args=(4 * number + i,)) for i in range(4)]
            for thread in (load, *more):
                thread.start()
            time.sleep(faults.rng.uniform(0.05, 1.5))
            server.kill()
            begun = time.monotonic()
            for thread in (load, *more):
                thread.join()
            idle = time.monotonic() - begun  # the load's own end
            server.start()
            wrong += not faults.right()
            slowest = max(slowest, time.monotonic() - begun - idle)
            lost += accepted.lost()
        line["kills"], line["slowest"], line["wrong"] = faults.asked.kills, round(slowest, 2), wrong
        line["accepted"], line["lost"] = accepted.told(), sorted(set(lost))
        line["unfinished"] = accepted.unfinished(faults.asked.patience)
        line["kept"] = not lost and not line["unfinished"]
        line["held"] = not wrong and slowest <= AGAIN


def hold(database: Path, seconds: float, ready: Any) -> None:
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        ready.set()
        time.sleep(seconds)


def locked(faults: Faults) -> None:
    with faults.fault("database locked") as line:
        ready = multiprocessing.Event()
        holder = multiprocessing.Process(target=hold, args=(faults.database, 8.0, ready))
        holder.start()
        ready.wait(20)
        begun = time.monotonic()
        line["meanwhile"] = faults.ask("POST", "/v1/completions", KNOWN)[0]
        faults.accepted.more(1)
        line["waited"] = round(time.monotonic() - begun, 2)
        line["held"] = line["meanwhile"] in (200, 503)
        holder.join()
        line["kept"] = not faults.accepted.lost()


def full(faults: Faults) -> None:
    """In a home of its own, on a disk of its own."""
    place = faults.home / "small-disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", place], capture_output=True)
    if mounted.returncode:
        print("no right to mount: a limit of file sizes instead", flush=True)
    try:
        other = Faults(faults.asked, place)
        limit = None if mounted.returncode == 0 else lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2**20,) * 2)
        other.server.env["ANEW_DATABASE"] = f"sqlite:///{place}/server/anew.db"
        other.server.start(preexec_fn=limit)
        other.known, other.paths = other.server.post("/v1/completions", KNOWN)["choices"], faults.paths
        other.before, other.found = other.server.rss, faults.found
        with other.fault("disk full") as line:
            other.accepted.more(0)
            filler = place / "filler"
            with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as file:
                while mounted.returncode == 0:
                    file.write(b"\0" * 65536)
            line["meanwhile"] = other.ask("POST", "/v1/completions", KNOWN)[0]
            other.accepted.send_file(b"{}\n" * 1_000_000, "user_data")  # larger than either limit leaves
            for number in range(1, 6):
                other.accepted.more(number)
            filler.unlink(missing_ok=True)
            line["held"] = line["meanwhile"] == 200
            before = other.accepted.told()["files"]
            other.accepted.more(6)
            line["kept"] = not other.accepted.lost() and (
                "/v1/files" not in other.paths or other.accepted.told()["files"] > before
            )
        other.server.stop()
    finally:
        subprocess.run(["umount", "-l", place], capture_output=True)


def damaged(faults: Faults) -> None:
    from anew.deploy.store import Store

    made, store = faults.home / "other", Store(faults.home / "models")
    put_tiny(made, width=32)
    entry = store.add(made / "made", "other")
    files = [store.folder("other") / "model.safetensors", store.blobs.path(entry.files["model.safetensors"])]
    whole = files[0].read_bytes()
    for name, data in (("cut short", whole[: len(whole) // 2]), ("one byte changed", flipped(whole))):
        with faults.fault(f"weights {name}") as line:
            for file in files:  # what lies there and what it is mended from
                file.unlink()
                file.write_bytes(data)
            status, said = faults.ask("POST", "/v1/completions", FEW | {"model": "other"})
            faults.statuses.clear()  # a damaged model is the server's own fault
            line["meanwhile"], line["said"] = status, said["error"]["message"] if status != 200 else ""
            line["held"] = status in (500, 503)


def flipped(data: bytes) -> bytes:
    at = len(data) * 3 // 4
    return data[:at] + bytes([data[at] ^ 0x40]) + data[at + 1 :]


def raw(faults: Faults, body: dict[str, Any]) -> bytes:
    data = json.dumps(body).encode()
    head = "POST /v1/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    return f"{head}content-length: {len(data)}\r\n\r\n".encode() + data


def dial(faults: Faults) -> socket.socket:
    return socket.create_connection(("127.0.0.1", faults.server.port), timeout=20)


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


def body(faults: Faults) -> None:
    """A gigabyte, of blanks (which JSON allows before its first letter) or within a text."""
    paths = [
        p for p in ("/v1/completions", "/v1/chat/completions", "/v1/files", "/v1/images/edits") if p in faults.paths
    ]
    for path in paths:
        for told in (True, False):
            with faults.fault(f"{faults.asked.body} MB to {path}, {'with' if told else 'without'} its length") as line:
                line["sent"], line["status"] = poured(faults, path, told)
                line["held"] = line["status"] in (0, 400, 413) or path == "/v1/files"


def poured(faults: Faults, path: str, told: bool) -> tuple[int, int]:
    """MB that the server let come, and its answer: 0 where it only closed."""
    many, piece, sent = faults.asked.body, b'"' + b" " * (2**20 - 1), 0
    kind = "multipart/form-data; boundary=x" if path in ("/v1/files", "/v1/images/edits") else "application/json"
    if "multipart" in kind:
        piece = b" " * 2**20
    first = b'--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n' if "multipart" in kind else b""
    size = many * 2**20 + len(first)
    how = f"content-length: {size}" if told else "transfer-encoding: chunked"
    with dial(faults) as connection:
        try:
            connection.sendall(
                f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {kind}\r\n{how}\r\n\r\n".encode()
            )
            for part in (first, *(piece for _ in range(many))):
                connection.sendall(part if told else b"%x\r\n%s\r\n" % (len(part), part) if part else b"")
                sent += len(part)
            connection.sendall(b"" if told else b"0\r\n\r\n")
        except OSError:
            pass
        with contextlib.suppress(OSError):
            head = connection.recv(64)
            return sent // 2**20, int(head.split()[1]) if head.startswith(b"HTTP") else 0
    return sent // 2**20, 0


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
    pictures = {"a thousand million pixels": png(32_000, 32_000), "a lie about its size": png(60_000, 60_000, rows=1)}
    pictures["frames"] = frames(8000)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for i in range(4):
            file.writestr(f"{i}.jsonl", b"\0" * 2**28)
    with faults.fault("bombs") as line:
        answers: dict[str, int] = {}
        for name, data in pictures.items():
            url = f"data:image/png;base64,{base64.b64encode(data).decode()}"
            content = [{"type": "image_url", "image_url": {"url": url}}]
            chat = {"model": TINY, "max_tokens": 2, "messages": [{"role": "user", "content": content}]}
            answers[f"{name} in a chat"] = faults.ask("POST", "/v1/chat/completions", chat)[0]
            for path in ("/v1/images/edits", "/v1/images/variations"):
                if path in faults.paths:
                    fields = {"prompt": "a", "model": TINY} if path.endswith("edits") else {"model": TINY}
                    form, kind = multipart(fields, {"image": ("a.png", data)})
                    answers[f"{name} to {path}"] = faults.ask("POST", path, form, content_type=kind)[0]
        if "/v1/files" in faults.paths:
            for purpose in ("fine-tune", "batch", "user_data"):
                answers[f"an archive for {purpose}"] = faults.accepted.send_file(archive.getvalue(), purpose, "a.zip")[
                    0
                ]
        line["answers"], line["held"] = answers, all(status not in (0, 500) for status in answers.values())


def png(width: int, height: int, rows: int | None = None) -> bytes:
    """Black; of as many rows as it says, or fewer."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer, row = zlib.compressobj(9), b"\0" * (1 + (width + 7) // 8)
    data = b"".join(packer.compress(row) for _ in range(height if rows is None else rows)) + packer.flush()
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def frames(many: int, side: int = 1000) -> bytes:
    """A GIF of so many frames, each as large as the picture."""
    from PIL import Image

    one = io.BytesIO()
    Image.new("P", (side, side)).save(one, "GIF")
    data = one.getvalue()
    at = 13 + 3 * 2 ** ((data[10] & 7) + 1)  # behind the header and its table of colours
    return data[:at] + data[at:-1] * many + b";"


FAULTS: dict[str, Callable[[Faults], None]] = {
    one.__name__: one for one in (locked, full, damaged, resets, loris, body, bodies, bombs, kills)
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(FAULTS))
    parser.add_argument("--options", default="", help="of anew serve, in one string")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--clients", type=int, default=200, help="of resets and loris")
    parser.add_argument("--body", type=int, default=1024, help="MB")
    parser.add_argument("--rss", type=int, default=768, help="MB that the server may take above what it had when ready")
    parser.add_argument(
        "--patience", type=float, default=300, help="seconds for batches and jobs to end after the kills"
    )
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        faults = Faults(asked, Path(scratch))
        faults.start()
        try:
            for name in asked.only.split(","):
                FAULTS[name](faults)
        finally:
            faults.server.stop()
    missed = [line["fault"] for line in faults.found if not line["ok"]]
    offered = sorted(faults.paths)
    print(json.dumps({"faults": len(faults.found), "missed": missed, "rss": asked.rss, "paths": offered}))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
