"""Many clients in one process, over plain sockets: what `serve_load.py` and `serve_faults.py` ask a server with.

In: a JSON object on stdin (`Load`). Out: a JSON object on stdout: a record for each request that was sent, how many
streams were open, and the share of a core that this process used, so that it can be seen not to have been in the way.

Each worker asks, reads the answer to its end and asks again, on a connection of its own each time. After 429 it waits
as long as `retry-after` says, and up to a quarter more, so that they do not all come back at once.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
import random
import resource
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Load:
    """`bodies` are asked in turn, by `workers` at once, until `seconds` have passed or `count` were answered; the
    workers begin within `ramp` seconds."""

    port: int
    path: str
    bodies: list[dict[str, Any]]
    workers: int
    seconds: float = 0.0
    count: int = 0
    ramp: float = 0.0
    patience: float = 600.0
    metrics: bool = False


@dataclass
class Told:
    """One answer. Times are seconds since the load began; `digest`: of the text; `broke`: how it ended too early."""

    body: int
    sent: float
    status: int = 0
    head: float = 0.0
    first: float = 0.0
    done: float = 0.0
    digest: str = ""
    pieces: int = 0
    tokens: int = 0
    cached: int = 0
    after: str = ""
    broke: str = ""
    text: str = field(default="", repr=False)


class Clients:
    def __init__(self, load: Load) -> None:
        self.load, self.told = load, list[Told]()
        self.open, self.most_open = 0, 0
        self.watched: list[int] = []  # streams open, at each look
        self.bound: list[float] = []  # requests under way by the server's own count
        self.next, self.rng = itertools.count(), random.Random(0)
        self.raw = [request(load.path, body) for body in load.bodies]

    def now(self) -> float:
        return time.perf_counter() - self.begun

    @property
    def over(self) -> bool:
        return bool(self.load.seconds) and self.now() > self.load.seconds

    async def run(self) -> dict[str, Any]:
        self.begun, cpu = time.perf_counter(), cpu_seconds()
        looks = [asyncio.create_task(self.look())] + ([asyncio.create_task(self.ask_bound())] * self.load.metrics)
        await asyncio.gather(*(self.work(i) for i in range(self.load.workers)))
        wall = self.now()
        for task in looks:
            task.cancel()
        return {
            "seconds": wall, "client": (cpu_seconds() - cpu) / wall, "most_open": self.most_open,
            "open": self.watched, "bound": self.bound, "told": [asdict(one) for one in self.told],
        }  # fmt: skip

    async def work(self, worker: int) -> None:
        await asyncio.sleep(self.load.ramp * worker / self.load.workers)
        while not self.over:
            number = next(self.next)
            if self.load.count and number >= self.load.count:
                return
            while True:
                told = await self.ask(number % len(self.raw))
                self.told.append(told)
                if told.status != 429 or self.over:
                    break
                await asyncio.sleep(float(told.after or 1) * (1 + self.rng.random() / 4))

    async def ask(self, body: int) -> Told:
        told, opened = Told(body, self.now()), False
        try:
            async with asyncio.timeout(self.load.patience):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.load.port, limit=1 << 20)
                try:
                    writer.write(self.raw[body])
                    headers = await self.headed(reader, told)
                    opened = told.status == 200
                    self.open += opened
                    self.most_open = max(self.most_open, self.open)
                    await self.read(reader, headers, told)
                finally:
                    writer.close()
        except (OSError, EOFError, ValueError) as error:
            told.broke = type(error).__name__
        self.open -= opened
        told.done = self.now()
        told.digest, told.text = hashlib.sha256(told.text.encode("utf-8", "surrogatepass")).hexdigest(), ""
        return told

    async def headed(self, reader: asyncio.StreamReader, told: Told) -> dict[bytes, bytes]:
        head = await reader.readuntil(b"\r\n\r\n")
        told.head = self.now()
        first, *lines = head.split(b"\r\n")
        told.status = int(first.split()[1])
        headers = {name.lower(): value for name, _, value in (line.partition(b": ") for line in lines if line)}
        told.after = headers.get(b"retry-after", b"").decode()
        return headers

    async def read(self, reader: asyncio.StreamReader, headers: dict[bytes, bytes], told: Told) -> None:
        """The body: a stream's events as they come, or one JSON object."""
        if headers.get(b"transfer-encoding") != b"chunked":
            self.take(told, await reader.readexactly(int(headers[b"content-length"])))
            return
        held, ended = b"", not headers[b"content-type"].startswith(b"text/event-stream")
        while size := int(await reader.readuntil(b"\r\n"), 16):
            held += (await reader.readexactly(size + 2))[:-2]
            *events, held = held.split(b"\n\n")
            for event in events:
                if event == b"data: [DONE]":
                    ended = True
                elif event.startswith(b"data: "):
                    self.take(told, event[6:])
        await reader.readexactly(2)
        if held:
            self.take(told, held)
        if not ended:
            raise EOFError("a stream without its end")

    def take(self, told: Told, data: bytes) -> None:
        said = json.loads(data)
        if "error" in said and told.status == 200:
            told.broke = str(said["error"]["message"])
        for choice in said.get("choices", ()):
            new = (
                choice["text"] if "text" in choice else (choice.get("delta") or choice["message"]).get("content") or ""
            )
            if new:
                told.first = told.first or self.now()
                told.pieces += 1
                told.text += new
        if used := said.get("usage"):
            told.tokens = used["completion_tokens"]
            told.cached = (used.get("prompt_tokens_details") or {}).get("cached_tokens", 0)

    async def look(self) -> None:
        while True:
            await asyncio.sleep(0.1)
            self.watched.append(self.open)

    async def ask_bound(self) -> None:
        """How many requests are under way by /metrics, where it is served."""
        while True:
            await asyncio.sleep(0.5)
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.load.port)
                writer.write(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
                lines = (await reader.read(-1)).decode().splitlines()
                writer.close()
            except OSError:
                continue
            counts = [float(line.split()[-1]) for line in lines if line.startswith("vllm:num_requests_")]
            if counts:
                self.bound.append(sum(counts))


def request(path: str, body: dict[str, Any]) -> bytes:
    data = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nconnection: close\r\n"
    return f"{head}content-length: {len(data)}\r\n\r\n".encode() + data


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    print(json.dumps(asyncio.run(Clients(Load(**json.load(sys.stdin))).run())))
