"""Hostile files: a sound file damaged in ways drawn from a seed, and a reader held to its word on each.

A reader may read what is left, or say in one line of `anew.errors` which file is wrong. It may not crash in any other
way, take longer than a moment, or ask for memory that the file does not bear out.
"""

from __future__ import annotations

import random
import re
import resource
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from anew.errors import AnewError

HUGE = (0, 1, 2**7, 2**16 - 1, 2**31 - 1, 2**32 - 1, 2**40, 2**62, 2**63 - 1, 2**63, 2**64 - 1)
SECONDS = 3.0
ROOM = 1 << 28  # bytes of address space beyond what is taken already


def mutated(content: bytes, places: Sequence[int], head: int, rng: random.Random) -> bytes:
    """One kind of damage, or two. `places`: where numbers stand; `head`: where the header ends."""
    made = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2))):
        kind = rng.choice((0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 6))
        if kind == 0:
            del made[rng.randrange(len(made) if rng.random() < 0.3 else min(head, len(made))) :]
        elif kind == 1:
            for _ in range(rng.randint(1, 4)):
                at = rng.randrange(min(head, len(made)))
                made[at] ^= 1 << rng.randrange(8)
        elif kind == 2:
            at = rng.choice(places)
            made[at : at + 8] = struct.pack("<Q", rng.choice(HUGE))
        elif kind == 3:
            at = rng.choice(places)
            made[at : at + 4] = struct.pack("<I", rng.choice(HUGE) & 0xFFFFFFFF)
        elif kind == 4:  # one number in another's place: overlaps, wrong types, doubled names
            at, other = rng.choice(places), rng.choice(places)
            made[at : at + 8] = made[other : other + 8]
        elif kind == 5:
            at = rng.choice(places)
            del made[at : at + rng.randint(1, 16)]
        else:
            at, length = rng.choice(places), rng.randint(1, 64)
            made[at:at] = made[at : at + length]
        if len(made) < 8:
            break
    return bytes(made)


ODD = (
    b"null",
    b"true",
    b"-1",
    b"0",
    b"1.5",
    b"1e400",
    b"-1e400",
    b"NaN",
    b"[]",
    b"{}",
    b'""',
    b'"F64"',
    b'"\\ud800"',
    b"[[" * 500,
)
WORDS = re.compile(rb'"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|true|false|null')


def mutated_json(content: bytes, rng: random.Random, most: int = 400) -> bytes:
    """A value of a JSON text made another, or two of them exchanged; rarely the text broken off."""
    made = content
    for _ in range(rng.choice((1, 1, 2))):
        words = [m.span() for m in WORDS.finditer(made[:100_000])]
        if not words or rng.random() < 0.05:
            return made[: rng.randrange(len(made) + 1)]
        words = words[:most]
        (a, b), (c, d) = rng.choice(words), rng.choice(words)
        kind = rng.randrange(3)
        there = (rng.choice(ODD), str(rng.choice(HUGE)).encode(), made[c:d])[kind]
        made = made[:a] + there + made[b:]
    return made


def mutated_safetensors(content: bytes, rng: random.Random) -> bytes:
    """The header's JSON made another, with its length kept right but for one in ten, or bytes of the file lost."""
    length = int.from_bytes(content[:8], "little")
    if rng.random() < 0.2:
        return content[: rng.randrange(len(content))]
    head = mutated_json(content[8 : 8 + length], rng)
    told = rng.choice(HUGE) if rng.random() < 0.1 else len(head)
    return struct.pack("<Q", told) + head + content[8 + length :]


@contextmanager
def little_memory() -> Iterator[None]:
    """No more address space than is taken now and a little beyond."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + ROOM, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def survives(
    read: Callable[[Path], object], path: Path, contents: Iterator[bytes], *, named: bool = True
) -> tuple[int, int]:
    """How many contents at `path` were refused and how many read; AssertionError for anything else. `named`: whether
    the line must name the file."""
    refused = held = 0
    with little_memory():
        for n, content in enumerate(contents):
            path.write_bytes(content)
            began = time.process_time()
            try:
                read(path)
                held += 1
            except AnewError as error:
                line = str(error).split("\n  try:")[0]
                assert (path.name in line or not named) and "\n" not in line and len(line) < 1000, (
                    f"mutation {n}: {line!r}"
                )
                refused += 1
            except BaseException as error:
                raise AssertionError(f"mutation {n} of {len(content)} bytes: {error!r}") from error
            assert time.process_time() - began < SECONDS, f"mutation {n} took too long"
    return refused, held
