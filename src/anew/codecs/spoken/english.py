"""English words with their phonemes, and how letters are read that make up none of them, as two files beside this one.

In: the files, or a dictionary to make them of. Out: words and a reader of letters, the same as those that went in.

The words are those of the CMU Pronouncing Dictionary, Copyright (C) 1993-2015 Carnegie Mellon University, whose licence
lies beside them (english-licence.txt); `benchmarks/english.py` makes both files of it. Both are text under LZMA. A line
begins with how much of the line before it repeats, as a character. A word's phonemes are told by which of its letters'
readings each letter has, the most frequent first, since most have that one.
"""

from __future__ import annotations

import json
import lzma
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from anew.codecs.spoken.letters import Letters, Pair, Phones, align

WORDS, LETTERS = (Path(__file__).parent / name for name in ("english-words.xz", "english-letters.xz"))
FIRST = 48  # of the characters that count
PLAIN = " "  # before phonemes that are written out
MOST_SHARED = 60
END = "\n\n"  # of a part of a file


def english_words() -> dict[str, Phones]:
    """Each word's first pronunciation."""
    return unpack_words(WORDS.read_bytes())


@cache
def english_letters() -> Letters:
    return unpack_letters(LETTERS.read_bytes())


def pack_words(words: Mapping[str, Phones]) -> bytes:
    paths = {"".join(letter for letter, _ in path): path for path in align(sorted(words.items()))}
    counts = Counter(pair for path in paths.values() for pair in path)
    readings: defaultdict[str, list[Phones]] = defaultdict(list)
    for (letter, phones), _ in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        readings[letter].append(phones)
    told = {letter: [" ".join(phones) for phones in known] for letter, known in sorted(readings.items())}
    names = sorted(words)
    lines = [coded(paths.get(name), words[name], readings) for name in names]
    return packed([json.dumps(told), "\n".join(shortened(names)), "\n".join(lines)])


def coded(path: Sequence[Pair] | None, phones: Phones, readings: Mapping[str, Sequence[Phones]]) -> str:
    if path is None:
        return PLAIN + " ".join(phones)
    return "".join(chr(FIRST + readings[letter].index(said)) for letter, said in path)


def unpack_words(content: bytes) -> dict[str, Phones]:
    told, names, lines = lzma.decompress(content).decode().split(END)
    readings = {letter: [tuple(one.split()) for one in known] for letter, known in json.loads(told).items()}
    found: dict[str, Phones] = {}
    for name, line in zip(lengthened(names.split("\n")), lines.split("\n"), strict=True):
        if line.startswith(PLAIN):
            found[name] = tuple(line.split())
        else:
            said = (readings[letter][ord(one) - FIRST] for letter, one in zip(name, line, strict=True))
            found[name] = tuple(phone for some in said for phone in some)
    return found


def pack_letters(letters: Letters) -> bytes:
    runs = sorted(letters.runs)
    counts = " ".join(str(letters.runs[run]) for run in runs)
    return packed([json.dumps(letters.state["pairs"]), "\n".join(shortened(runs)), counts])


def unpack_letters(content: bytes) -> Letters:
    pairs, runs, counts = lzma.decompress(content).decode().split(END)
    known = dict(zip(lengthened(runs.split("\n")), map(int, counts.split()), strict=True))
    return Letters.restore({"pairs": json.loads(pairs), "runs": known})


def packed(parts: Iterable[str]) -> bytes:
    return lzma.compress(END.join(parts).encode(), preset=9 | lzma.PRESET_EXTREME)


def shortened(lines: Iterable[str]) -> Iterator[str]:
    """Each as how many characters it has of the one before, and the others."""
    before = ""
    for line in lines:
        same = 0
        while same < min(len(before), len(line), MOST_SHARED) and before[same] == line[same]:
            same += 1
        yield chr(FIRST + same) + line[same:]
        before = line


def lengthened(lines: Iterable[str]) -> Iterator[str]:
    before = ""
    for line in lines:
        before = before[: ord(line[0]) - FIRST] + line[1:]
        yield before


__all__ = ["english_letters", "english_words", "pack_letters", "pack_words", "unpack_letters", "unpack_words"]
