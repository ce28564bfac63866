"""The server among faults: killed, out of disk, locked out of its database, with damaged files and hostile clients.

    python benchmarks/serve_faults.py [--only kills,locked,…] [--kills 50] [--rss 768] [--keep FOLDER] [--options="--…"]

locked   another process holds the database for some seconds (SQLite's BEGIN EXCLUSIVE).
full     the disk that ANEW_HOME lies on is full (a small tmpfs; without the right to mount: a limit of file sizes).
damaged  a model's weights are cut short, then changed in one byte, while another is served.
stopped  the server stands still for five seconds under load (SIGSTOP).
resets   clients that send a reset in the middle of a stream.
loris    connections that send a byte a second, or nothing.
unread   clients that read nothing of what they asked for.
endless  heads, trailers and chunks' extensions without an end.
body     a gigabyte sent to each of some endpoints, with its length told and without, and as a form where none is taken.
bodies   100,000 brackets deep, NaN, numbers of 5,000 digits, no UTF-8, a compressed bomb, and others.
bombs    pictures of a thousand million pixels, of thousands of frames, archives that unpack to a gigabyte.
kills    SIGKILL at a random moment under load, and a start again, `--kills` times. Whatever was accepted (files,
         responses, batches, fine-tuning jobs) is there afterwards, byte for byte; in the end every batch and job comes
         to its end.

After each a request whose answer is known is asked: it is answered right within 10 s. No answer is an error of 500. The
server's memory stays under what it had when it was ready, and `--rss` MB more. One JSON line a fault (and a kill), JSON
in the last line; the exit code says whether all of it held. With `--keep` it may be interrupted: called again with the
same folder it goes on behind the last fault or kill that it has told of.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from serve_hostile import bodies, body, bombs, endless, loris, resets, unread
from serve_process import put_tiny, texts
from serve_watched import AGAIN, FEW, KNOWN, Faults


def kills(faults: Faults) -> None:
    stream = [dict(KNOWN, prompt=text, stream=True, max_tokens=64) for text in texts(8)]
    told = Told(faults.home / "kills.jsonl")
    with faults.fault("kills") as line:
        for number in range(len(told.lines), faults.asked.kills):
            told.add(kill(faults, number, stream))
        line["kills"], line["slowest"] = len(told.lines), max(one["seconds"] for one in told.lines)
        line["wrong"] = sum(not one["right"] for one in told.lines)
        line["accepted"], line["lost"] = (
            faults.accepted.told(),
            sorted({id for one in told.lines for id in one["lost"]}),
        )
        line["unfinished"] = faults.accepted.unfinished(faults.asked.patience)
        line["kept"] = not line["lost"] and not line["unfinished"]
        line["held"] = not line["wrong"] and line["slowest"] <= AGAIN


def kill(faults: Faults, number: int, stream: list[dict[str, Any]]) -> dict[str, Any]:
    """Once, under load: when, how long until it answered right, and what it had lost."""
    server, accepted, moment = (
        faults.server,
        faults.accepted,
        Random(f"{faults.asked.seed} {number}").uniform(0.05, 1.5),
    )
    if number % 10 == 0:
        accepted.job()
    load = threading.Thread(target=server.load, args=(stream, 8), kwargs={"seconds": 1.0, "patience": 3})
    more = [threading.Thread(target=accepted.more, args=(4 * number + i,)) for i in range(4)]
    for thread in (load, *more):
        thread.start()
    time.sleep(moment)
    server.kill()
    for thread in (load, *more):
        thread.join()
    begun = time.monotonic()
    server.start()
    right = faults.right()
    seconds = time.monotonic() - begun
    lost = accepted.lost()
    accepted.save()
    return {"kill": number, "after": round(moment, 2), "seconds": round(seconds, 2), "right": right, "lost": lost}


class Told:
    """Lines that were told, and are known again when the same is begun anew."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.lines = [json.loads(line) for line in file.read_text().splitlines()] if file.is_file() else []

    def add(self, line: dict[str, Any]) -> None:
        print(json.dumps(line), flush=True)
        self.keep(line)

    def keep(self, line: dict[str, Any]) -> None:
        self.lines.append(line)
        with open(self.file, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


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
    place.mkdir(exist_ok=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", place], capture_output=True)
    if mounted.returncode:
        print("no right to mount: a limit of file sizes instead", flush=True)
    try:
        other = Faults(faults.asked, place)
        limit = None if mounted.returncode == 0 else lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2**20,) * 2)
        other.server.env["ANEW_DATABASE"] = f"sqlite:///{place}/server/anew.db"
        other.server.start(preexec_fn=limit)
        other.known = other.server.post("/v1/completions", KNOWN)["choices"]
        other.before, other.found = other.server.rss, faults.found
        with other.fault("disk full") as line:
            other.accepted.more(0)
            filler = place / "filler"
            with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as file:
                while mounted.returncode == 0:
                    file.write(b"\0" * 65536)
            line["meanwhile"] = other.ask("POST", "/v1/completions", KNOWN)[0]
            line["upload"], _ = other.accepted.send_file(b"{}\n" * 1_000_000, "user_data")  # larger than either leaves
            for number in range(1, 6):
                other.accepted.more(number)
            filler.unlink(missing_ok=True)
            line["held"] = (line["meanwhile"], line["upload"]) == (200, 507)
            before = other.accepted.told()["files"]
            other.accepted.more(6)
            line["kept"] = not other.accepted.lost() and other.accepted.told()["files"] > before
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


def stopped(faults: Faults) -> None:
    stream = [dict(KNOWN, prompt=text, stream=True, max_tokens=64) for text in texts(8)]
    load = threading.Thread(target=faults.server.load, args=(stream, 8), kwargs={"seconds": 6.0, "patience": 20})
    with faults.fault("stopped for five seconds") as line:
        load.start()
        time.sleep(0.5)
        faults.server.process.send_signal(signal.SIGSTOP)
        time.sleep(5)
        faults.server.process.send_signal(signal.SIGCONT)
        line["held"] = faults.right()
        load.join()


FAULTS: dict[str, Callable[[Faults], None]] = {
    one.__name__: one
    for one in (locked, full, damaged, stopped, resets, loris, unread, endless, body, bodies, bombs, kills)
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(FAULTS))
    parser.add_argument("--keep", type=Path, help="a folder in which it may go on when it was interrupted")
    parser.add_argument("--options", default="", help="of anew serve, in one string")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--clients", type=int, default=200, help="of resets and loris")
    parser.add_argument("--body", type=int, default=1024, help="MB")
    parser.add_argument("--rss", type=int, default=768, help="MB that the server may take above what it had when ready")
    parser.add_argument("--patience", type=float, default=300, help="seconds for batches and jobs after the kills")
    parser.add_argument("--seed", type=int, default=0)
    asked, begun = parser.parse_args(), time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is ended, too
    with contextlib.ExitStack() as stack:
        home = asked.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        home.mkdir(parents=True, exist_ok=True)
        told, faults = Told(home / "told.jsonl"), Faults(asked, home)
        over = {line["only"] for line in told.lines}
        faults.found = [line for line in told.lines if "fault" in line]
        faults.start()
        stack.callback(faults.server.stop)
        for name in asked.only.split(","):
            if name not in over:
                before = len(faults.found)
                FAULTS[name](faults)
                for line in faults.found[before:]:
                    told.keep(line | {"only": name})
    missed = [line["fault"] for line in faults.found if not line["ok"]]
    print(json.dumps({
        "faults": len(faults.found), "kept": [line["fault"] for line in faults.found if line["ok"]], "missed": missed,
        "memory": max(line["memory"] for line in faults.found), "bound": faults.before // 10**6 + asked.rss,
        "slowest": max(line["seconds"] for line in faults.found), "accepted": faults.accepted.told(),
        "seconds": round(time.monotonic() - begun),
    }))  # fmt: skip
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
