"""A server in a process of its own, and a small model for it: what `serve_load.py` and `serve_faults.py` stand on."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

CLIENT = Path(__file__).with_name("serve_client.py")
TINY = "tiny"


class Server:
    """`anew serve` (or another command that serves at `port`) until the block ends."""

    def __init__(self, home: Path, options: Sequence[str] = (), *, threads: int = 1, command: Sequence[str] = ()):
        self.home, self.port, self.log = home, free_port(), home / "server.log"
        own = [sys.executable, "-m", "anew", "serve", "--port", str(self.port), *options]
        self.command = [part.replace("{port}", str(self.port)) for part in command] or own
        self.env = os.environ | {"ANEW_HOME": str(home), "OMP_NUM_THREADS": str(threads)}

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, ready: str = "/readyz", env: Mapping[str, str] | None = None, **settings: Any) -> float:
        """Seconds until it answered. RuntimeError, with its last words, where it does not within two minutes."""
        self.home.mkdir(parents=True, exist_ok=True)
        begun = time.monotonic()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command, env=self.env | dict(env or {}), stdout=log, stderr=subprocess.STDOUT, **settings
            )
        while time.monotonic() < begun + 120 and self.process.poll() is None:
            with contextlib.suppress(OSError):
                self.get(ready, timeout=2)
                return time.monotonic() - begun
            time.sleep(0.02)
        self.stop()
        raise RuntimeError(f"the server does not answer:\n{self.log.read_text(errors='replace')[-2000:]}")

    def stop(self) -> None:
        """End it, by force where it does not end by itself."""
        self.process.terminate()
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def get(self, path: str, timeout: float = 10) -> Any:
        """A JSON answer. OSError where there is none, or an error's."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=timeout) as answer:
            return json.loads(answer.read() or b"null")

    def post(self, path: str, body: Mapping[str, Any], timeout: float = 60) -> Any:
        data, headers = json.dumps(body).encode(), {"content-type": "application/json"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers)
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return json.loads(answer.read())

    def send_file(self, data: bytes, purpose: str, name: str = "lines.jsonl") -> Any:
        form, kind = multipart({"purpose": purpose}, {"file": (name, data)})
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/v1/files", form, {"content-type": kind})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())

    @property
    def rss(self) -> int:
        """Bytes of memory that it has now, with its children; what several have counts in parts, where the system
        tells."""
        server = psutil.Process(self.process.pid)
        told = [one.memory_full_info() for one in (server, *server.children(recursive=True))]
        return int(sum(getattr(one, "pss", one.rss) for one in told))

    def load(self, bodies: Sequence[Mapping[str, Any]], workers: int, **settings: Any) -> dict[str, Any]:
        """What a client process tells of asking these: see `serve_client.py`."""
        asked = {"port": self.port, "path": "/v1/completions", "bodies": bodies, "workers": workers} | settings
        told = subprocess.run(
            [sys.executable, str(CLIENT)], input=json.dumps(asked).encode(), stdout=subprocess.PIPE, check=True
        )
        found: dict[str, Any] = json.loads(told.stdout)
        return found


def multipart(fields: dict[str, str], files: dict[str, tuple[str, bytes]]) -> tuple[bytes, str]:
    """A form's body and its content type."""
    mark, parts = "anew-fault", list[bytes]()
    for name, value in fields.items():
        parts.append(f'--{mark}\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    for name, (file, data) in files.items():
        head = f'--{mark}\r\ncontent-disposition: form-data; name="{name}"; filename="{file}"\r\n'
        parts.append(f"{head}content-type: application/octet-stream\r\n\r\n".encode() + data + b"\r\n")
    return b"".join(parts) + f"--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def put_tiny(home: Path, width: int = 64, layers: int = 2) -> None:
    """A decoder of bytes with random weights, in the store of `home`."""
    import torch

    from anew import registry
    from anew.artifact import Artifact
    from anew.codecs.text import Bytes
    from anew.deploy.store import Store
    from anew.recipe import parse
    from anew.recipes.resolve import resolve

    codec, sizes = Bytes(context=512), {"width": width, "layers": layers, "heads": 2}
    codec.fit([])
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = registry.find("models", "decoder")(codec.spec, **sizes)
        for p in network.parameters():
            if p.ndim > 1:
                torch.nn.init.normal_(p, std=0.3)
    recipe = {"name": TINY, "modality": "text", "data": {"source": "none"}}
    recipe |= {"codec": {"name": "bytes", "context": 512}, "model": {"name": "decoder", **sizes}}
    Artifact(resolve(parse(recipe)), network.eval(), codec).save(home / "made")
    Store(home / "models").add(home / "made", TINY)


def texts(n: int, lengths: Sequence[int] = (16, 120, 40, 200, 80)) -> list[str]:
    """So many beginnings of different lengths in characters, from the language reference that every Python brings."""
    from pydoc_data.topics import topics

    text = "\n\n".join(topics[name] for name in sorted(topics))
    step = (len(text) - max(lengths)) // n
    return [text[i * step : i * step + lengths[i % len(lengths)]] for i in range(n)]
