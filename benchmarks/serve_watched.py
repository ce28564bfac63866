"""The server among faults, watched: its memory, its answers, and whatever it has accepted, which has to be there.

What `serve_faults.py` stands on. In: a folder, whose server may have been through faults before: what was accepted then
is known from a file in it. Out: one line a fault, and the accepted things that are lost.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import http.client
import json
import shlex
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from serve_process import TINY, Server, multipart, put_tiny

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
        self.asked, self.home = asked, home
        if not (home / "models").is_dir():
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
        self.accepted.save()

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


class Accepted:
    """Whatever the server took, by its address, with how it is to be found again."""

    def __init__(self, faults: Faults) -> None:
        self.faults, self.lock = faults, threading.Lock()
        self.files: dict[str, str] = {}  # digests of their bytes
        self.responses: dict[str, str] = {}  # of their output
        self.batches: dict[str, int] = {}  # lines
        self.jobs: list[str] = []
        self.file = faults.home / "accepted.json"
        if self.file.is_file():
            vars(self).update(json.loads(self.file.read_text()))

    def save(self) -> None:
        kinds = {kind: getattr(self, kind) for kind in self.told()}
        partial = self.file.with_suffix(".partial")
        partial.write_text(json.dumps(kinds))
        partial.replace(self.file)

    def more(self, number: int) -> None:
        """Hand something of each kind in; what the server confirmed counts."""
        ask, many = self.faults.ask, 1 + number % 3
        line = {"method": "POST", "url": "/v1/completions", "body": FEW}
        lines = "\n".join(json.dumps(line | {"custom_id": f"{number}-{i}"}) for i in range(many))
        status, said = self.send_file(lines.encode(), "batch")
        if status == 200 and number % 5 == 0:
            body = {"input_file_id": said["id"], "endpoint": "/v1/completions", "completion_window": "24h"}
            status, batch = ask("POST", "/v1/batches", body)
            if status == 200:
                self.batches[batch["id"]] = many
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
        """A small fine-tuning job."""
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
