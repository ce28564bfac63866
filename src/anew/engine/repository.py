"""Which lines of other files tell most about a place in this one: those that share its rare names.

In: names and texts of files, the text near the place. Out: some of their blocks, the most telling one last, where it is
nearest to what is written.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

WORD = re.compile(r"[^\W\d]\w{2,}")
BLOCK_LINES = 12
CANDIDATES = 500


@dataclass(frozen=True)
class Block:
    """Lines of a file that stand together, and which of the names looked for they hold."""

    name: str
    text: str
    shared: frozenset[str]


def relevant(others: Iterable[tuple[str, str]], near: str, letters: int, comment: str = "#") -> str:
    """Blocks of `others` of at most `letters` characters in all. A name weighs by how few blocks hold it (inverse
    document frequency, Spärck Jones 1972), and once: the next block is chosen for names that the first one lacks."""
    wanted = set(WORD.findall(near))
    if letters < 1 or not wanted:
        return ""
    count, seen, blocks = 0, Counter[str](), list[Block]()
    for name, text in others:
        for lines in blocks_of(text):
            count += 1
            shared = frozenset(wanted & set(WORD.findall(lines)))
            seen.update(shared)
            if shared:
                blocks.append(Block(name, lines, shared))
    weight = {word: math.log((count + 1) / n) for word, n in seen.items()}
    chosen = list(choose(blocks, weight, letters, comment))
    return "".join(shown(block, comment) for block in reversed(chosen))


def choose(blocks: list[Block], weight: dict[str, float], letters: int, comment: str) -> Iterator[Block]:
    """The most telling blocks that fit, the best first."""

    def worth(block: Block, known: frozenset[str] = frozenset()) -> float:
        return sum(weight[word] for word in block.shared - known) / math.sqrt(len(block.text))

    left = sorted(blocks, key=lambda block: (-worth(block), block.name, block.text))[:CANDIDATES]
    known: frozenset[str] = frozenset()
    while left:
        best = max(left, key=lambda block: worth(block, known))
        if worth(best, known) <= 0:
            return
        left.remove(best)
        if (size := len(shown(best, comment))) <= letters:
            letters -= size
            known |= best.shared
            yield best


def shown(block: Block, comment: str) -> str:
    return f"{comment} {block.name}\n{block.text}\n\n"


def blocks_of(text: str) -> Iterator[str]:
    """Runs of lines between blank ones, none of more than `BLOCK_LINES`."""
    held: list[str] = []
    for line in [*text.split("\n"), ""]:
        if line.strip():
            held.append(line)
        if held and (not line.strip() or len(held) == BLOCK_LINES):
            yield "\n".join(held)
            held = []
