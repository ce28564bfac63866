"""The server under load: many streams at once, more than it may take, and beside what serves one at a time.

    python benchmarks/serve_load.py [--phases held,overload,peers] [--seconds 300] [--model NAME]
        [--options="--…"] [--bound 256] [--gguf SmolLM2.gguf --peer-model NAME [--llama-path FOLDER]]

held      `--streams` (200) clients, each with a stream open all the time for `--seconds`: all are admitted, all come to
          their end, and each text is what the same request gets alone, which is asked first. Time to the first token
          (its prompt may be found read: the share of that is told), rate.
overload  the same 200 and then `--offered` (800) clients, by turns, each turn `--turn` seconds: the bound is kept, the
          rest are told 429 with Retry-After within 100 ms (99 of 100), nobody is cut off, and what is answered whole is
          at least 90 % of what it was with 200.
peers     16 clients on one model: the server (streamed), the engine called in process, and `llama_cpp.server`, which
          answers one request at a time, on files of the same weights. By turns, each with prompts of its own that none
          has read before; every side gets the same ones. At least 85 % of the engine, at least 4 times llama.cpp.

The server, the engine in process, llama.cpp and the clients are processes of their own; how much of a core the clients
took is told with each load. Without `--model` the model is a small one with random weights, in a folder of its own.
`--options` go to `anew serve`. One JSON line a figure, a table, and JSON in the last line; the exit code says whether
every promise that was measured was kept.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean, median, quantiles
from typing import Any

from anew.data.home import home
from serve_process import TINY, Server, put_tiny, texts

PEER_CLIENTS = 16
FIGURES: list[dict[str, Any]] = []


def main() -> int:
    asked = arguments()
    if asked.inside:
        inside(asked.inside)
        return 0
    phases = asked.phases.split(",")
    with tempfile.TemporaryDirectory() as scratch:
        if "held" in phases or "overload" in phases:
            with served(asked, Path(scratch)) as server:
                bodies = requests(asked)
                alone = server.load(bodies, 1, count=len(bodies))
                expected = {one["body"]: one["digest"] for one in alone["told"] if not one["broke"]}
                if "held" in phases:
                    held(server, asked, bodies, expected)
                if "overload" in phases:
                    overload(server, asked, bodies, expected)
        if "peers" in phases:
            peers(asked, Path(scratch))
    print("\n" + "\n".join(f"{one['phase']:9} {one['figure']:44} {shown(one)}" for one in FIGURES))
    kept = {f"{one['phase']}: {one['figure']}": one["kept"] for one in FIGURES if "kept" in one}
    figures = {f"{one['phase']}: {one['figure']}": one["value"] for one in FIGURES}
    print(json.dumps({"cores": os.cpu_count(), "threads": asked.threads, "figures": figures, "kept": kept}))
    return 0 if all(kept.values()) else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--phases", default="held,overload,peers")
    parser.add_argument("--model", help="in the store, for held and overload")
    parser.add_argument("--options", default="", help="of anew serve, in one string")
    parser.add_argument("--bound", type=int, default=256, help="of requests under way, that the server is to keep")
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--offered", type=int, default=800)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--turn", type=float, default=30)
    parser.add_argument("--rounds", type=int, default=3, help="of turns")
    parser.add_argument("--ramp", type=float, default=1.0, help="seconds within which the clients of overload come")
    parser.add_argument("--tokens", type=int, default=64, help="that a request writes at most")
    parser.add_argument("--threads", type=int, default=1, help="of the server, the engine and llama.cpp")
    parser.add_argument("--peer-model", default="smollm2-135m-instruct")
    parser.add_argument("--per-turn", type=int, default=48, help="requests of a turn of peers")
    parser.add_argument("--gguf", type=Path, help="the peers' model, for llama_cpp.server; written as Q8_0 too")
    parser.add_argument("--llama-path", default="", help="folders of llama_cpp and its peers, if not installed")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    return parser.parse_args()


def served(asked: argparse.Namespace, scratch: Path) -> Server:
    place = home() if asked.model else scratch / "home"
    if not asked.model:
        put_tiny(place)
    return of_home(place, scratch, asked)


def of_home(place: Path, scratch: Path, asked: argparse.Namespace) -> Server:
    """A server of the models in a home, which leaves nothing there."""
    server = Server(place, shlex.split(asked.options), threads=asked.threads)
    server.log = scratch / "server.log"
    server.env["ANEW_DATABASE"] = f"sqlite:///{scratch}/anew.db"
    return server


def requests(asked: argparse.Namespace) -> list[dict[str, Any]]:
    """As many as there are streams, with prompts, lengths and seeds of their own."""
    lengths = (asked.tokens, asked.tokens // 2, asked.tokens // 4, asked.tokens)
    return [
        {
            "model": asked.model or TINY, "prompt": text, "max_tokens": lengths[i % 4], "seed": i, "temperature": 0.8,
            "stream": True, "stream_options": {"include_usage": True},
        }
        for i, text in enumerate(texts(asked.streams))
    ]  # fmt: skip


def figure(phase: str, name: str, value: float | str, unit: str = "", kept: bool | None = None) -> None:
    """Told at once, and again in the end."""
    value = round(value, 3) if isinstance(value, float) else value
    line = {"phase": phase, "figure": name, "value": value, "unit": unit} | ({} if kept is None else {"kept": kept})
    FIGURES.append(line)
    print(json.dumps(line), flush=True)


def shown(one: dict[str, Any]) -> str:
    mark = {True: "  kept", False: "  MISSED"}.get(one.get("kept"), "")  # type: ignore[call-overload]
    return f"{one['value']:>12,} {one['unit']}{mark}" if not isinstance(one["value"], str) else one["value"] + mark


def share(values: Sequence[float], percent: int) -> float:
    """The value that so many of a hundred stay under."""
    return quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else max(values, default=0.0)


def parted(found: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """Answers that are whole, those turned away, and the rest."""
    whole = [one for one in found["told"] if one["status"] == 200 and not one["broke"]]
    away = [one for one in found["told"] if one["status"] == 429 and not one["broke"]]
    return whole, away, [one for one in found["told"] if one not in whole and one not in away]


# ------------------------------------------------------------------------------------------------ phases


def held(server: Server, asked: argparse.Namespace, bodies: list[dict[str, Any]], expected: dict[int, str]) -> None:
    before = server.rss
    found = server.load(bodies, asked.streams, seconds=asked.seconds, metrics=True)
    whole, away, broken = parted(found)
    steady = found["open"][10 : int(10 * asked.seconds) - 2] or found["open"]
    firsts = [one["first"] - one["sent"] for one in whole if one["first"]]
    figure("held", "streams open at once, on average", mean(steady))
    figure("held", "requests", len(found["told"]))
    figure("held", "turned away or not admitted", len(away), "", not away)
    figure("held", "broken off", len(broken), "; ".join({f"{b['status']} {b['broke']}" for b in broken}), not broken)
    same = sum(one["digest"] == expected.get(one["body"]) for one in whole)
    figure("held", "texts unlike the same request alone", len(whole) - same, "", same == len(whole))
    figure("held", "first token, median", 1000 * median(firsts), "ms")
    figure("held", "first token, 99 of 100", 1000 * share(firsts, 99), "ms")
    figure("held", "rate", sum(one["tokens"] for one in whole) / found["seconds"], "tokens/s")
    figure("held", "prompts found read", mean(one["cached"] > 0 for one in whole), "of 1")
    figure("held", "the clients' share of a core", found["client"], "of 1")
    figure("held", "the server's memory", server.rss / 1e6, f"MB (before: {before / 1e6:.0f})")


def overload(server: Server, asked: argparse.Namespace, bodies: list[dict[str, Any]], expected: dict[int, str]) -> None:
    rates: dict[int, list[float]] = {asked.streams: [], asked.offered: []}
    loads = []
    for _ in range(asked.rounds):
        for workers, of in rates.items():
            found = server.load(bodies, workers, seconds=asked.turn, ramp=asked.ramp, metrics=True)
            # what ended while the load was whole: at first it builds up, and after the turn it runs out
            steady = [one for one in parted(found)[0] if asked.turn / 3 < one["done"] <= asked.turn]
            of.append(sum(one["tokens"] for one in steady) / (asked.turn * 2 / 3))
            if workers == asked.offered:
                loads.append(found)
    split = [parted(found) for found in loads]
    whole, away, broken = ([one for part in split for one in part[i]] for i in range(3))
    waits = [one["head"] - one["sent"] for one in away]
    most = max(found["most_open"] for found in loads)
    counted = max((max(found["bound"], default=0) for found in loads), default=0)
    figure("overload", "clients", asked.offered)
    figure("overload", "streams open at once, at most", most, "", most <= asked.bound)
    if counted:
        figure("overload", "under way by the server's count, at most", counted, "", counted <= asked.bound)
    figure(
        "overload", "turned away", len(away), f"of {sum(len(found['told']) for found in loads)} requests", bool(away)
    )
    figure("overload", "turned away without Retry-After", sum(not one["after"] for one in away), "",
           all(one["after"] for one in away))  # fmt: skip
    figure("overload", "429 within, 99 of 100", 1000 * share(waits, 99), "ms", bool(away) and share(waits, 99) <= 0.1)
    figure("overload", "429 within, median", 1000 * median(waits or [0.0]), "ms")
    figure("overload", "cut off", len(broken), "; ".join({f"{b['status']} {b['broke']}" for b in broken}), not broken)
    same = sum(one["digest"] == expected.get(one["body"]) for one in whole)
    figure("overload", "texts unlike the same request alone", len(whole) - same, "", same == len(whole))
    peak, good = (median(of) for of in rates.values())
    figure("overload", f"answered whole, {asked.streams} clients", peak, "tokens/s")
    figure("overload", f"answered whole, {asked.offered} clients", good, "tokens/s")
    figure("overload", "goodput of the peak's", good / peak if peak else 0.0, "of 1", good >= 0.9 * peak)
    figure("overload", "the clients' share of a core", max(found["client"] for found in loads), "of 1")
    figure("overload", "the server's memory", server.rss / 1e6, "MB")


# ------------------------------------------------------------------------------------------------ beside others


def peers(asked: argparse.Namespace, scratch: Path) -> None:
    sides: dict[str, Callable[[list[dict[str, Any]]], tuple[int, float]]] = {}
    server, engine = of_home(home(), scratch, asked), Inside(asked)
    others = {name: llama(asked, file, scratch / name) for name, file in files(asked, scratch).items()}
    streamed = {"model": asked.peer_model, "stream": True, "stream_options": {"include_usage": True}}
    sides["anew serve"] = lambda bodies: told_by(server, [body | streamed for body in bodies])
    sides["engine in process"] = engine
    for name, other in others.items():
        sides[name] = lambda bodies, other=other: told_by(other, bodies)  # type: ignore[misc]
    try:
        server.start()
        for other in others.values():
            other.start("/v1/models")
        found = by_turns(sides, asked)
    finally:
        for one in (server, *others.values()):
            if hasattr(one, "process"):
                one.stop()
        engine.close()
    for name, of in found.items():
        figure("peers", f"{name}, {PEER_CLIENTS} clients", median(of), f"tokens/s ({min(of):.0f} to {max(of):.0f})")
    ours = median(found["anew serve"])
    of_engine = median(a / b for a, b in zip(found["anew serve"], found["engine in process"], strict=True))
    figure("peers", "of the engine in process", of_engine, "of 1", of_engine >= 0.85)
    if others:
        best = max(median(found[name]) for name in others)
        figure("peers", "times llama_cpp.server, one at a time", ours / best, "", ours >= 4 * best)


def by_turns(sides: dict[str, Any], asked: argparse.Namespace) -> dict[str, list[float]]:
    """Tokens a second of each side; the first turn, which opens models, does not count."""
    prompts = texts((asked.rounds + 1) * asked.per_turn, (300, 120, 600, 200))
    rates: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(asked.rounds + 1):
        some = prompts[turn :: asked.rounds + 1]
        bodies = [{"prompt": text, "max_tokens": asked.tokens, "temperature": 0.0, "seed": 0} for text in some]
        for name, side in sides.items():
            tokens, seconds = side(bodies if turn else bodies[:2])
            if turn:
                rates[name].append(tokens / seconds)
    return rates


def told_by(server: Server, bodies: list[dict[str, Any]]) -> tuple[int, float]:
    found = server.load(bodies, min(PEER_CLIENTS, len(bodies)), count=len(bodies), patience=1800)
    whole, _, _ = parted(found)
    if len(whole) != len(bodies):
        raise RuntimeError(f"{len(bodies) - len(whole)} of {len(bodies)} requests failed: {found['told'][0]}")
    return sum(one["tokens"] for one in whole), found["seconds"]


class Inside:
    """The engine in a process of its own, called there with the same requests, as many at once as there are clients."""

    def __init__(self, asked: argparse.Namespace) -> None:
        env = os.environ | {"OMP_NUM_THREADS": str(asked.threads)}
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--inside", asked.peer_model],
            env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def __call__(self, bodies: list[dict[str, Any]]) -> tuple[int, float]:
        assert self.process.stdin and self.process.stdout
        print(json.dumps(bodies), file=self.process.stdin, flush=True)
        tokens, seconds = json.loads(self.process.stdout.readline())
        return tokens, seconds

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(60)


def inside(model: str) -> None:
    """Lines of requests on stdin; on stdout the tokens that were written, and the seconds it took."""
    from anew.contract import AppendOptions
    from anew.engine.engine import Engine
    from anew.engine.requests import Request
    from anew.engine.runner import Runner
    from anew.server.shelf import StoreShelf

    artifact = StoreShelf().open(model)
    spec: Any = artifact.model.spec
    engine = Engine(Runner(artifact.model), spec.ends, most=PEER_CLIENTS)  # type: ignore[arg-type]
    for line in sys.stdin:
        bodies, begun = json.loads(line), time.perf_counter()
        prompts = [(*spec.opening, *artifact.codec.encode([body["prompt"]])[0].tolist()) for body in bodies]
        options = AppendOptions(max_new=bodies[0]["max_tokens"], temperature=0.0)
        answers = engine.run([Request(prompt, options) for prompt in prompts])
        print(json.dumps([sum(len(answer.tokens) for answer in answers), time.perf_counter() - begun]), flush=True)


def files(asked: argparse.Namespace, scratch: Path) -> dict[str, Path]:
    """What llama.cpp is to serve: the file as it is, and its weights in eight bits."""
    folders = [Path(folder, "llama_cpp") for folder in asked.llama_path.split(os.pathsep)]
    found = importlib.util.find_spec("llama_cpp") or any(folder.is_dir() for folder in folders)
    if asked.gguf is None or not found:
        print("llama_cpp.server is left out: " + ("--gguf names no file" if found else "it is not installed"))
        return {}
    from anew.exchange.gguf import read, write

    eight = write(read(asked.gguf), scratch / "q8_0.gguf", "q8_0")
    return {f"llama_cpp.server {asked.gguf.stem}": asked.gguf, "llama_cpp.server Q8_0": eight}


def llama(asked: argparse.Namespace, file: Path, place: Path) -> Server:
    settings = {"model": str(file), "n_ctx": "2048", "host": "127.0.0.1", "port": "{port}", "verbose": "false"}
    settings |= {"n_threads": str(asked.threads), "n_threads_batch": str(asked.threads)}
    settings["interrupt_requests"] = "false"  # or each new request would cut off the one before it
    command = [sys.executable, "-m", "llama_cpp.server", *(f"--{k}={v}" for k, v in settings.items())]
    server = Server(place, threads=asked.threads, command=command)
    paths = (asked.llama_path, os.environ.get("PYTHONPATH", ""))
    server.env["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    return server


if __name__ == "__main__":
    sys.exit(main())
