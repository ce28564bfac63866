"""Copied spans: exact against brute force, honest about human overlap, and never blind to a planted passage."""

import numpy as np
import pytest

from anew.validate import verbatim
from anew.validate.metric import Unmeasured
from anew.validate.verbatim import as_characters, as_tokens, copied_spans, longest_matches, smallest_hashes


def brute(query, training):
    """The longest match at each place, looked up in Python's own way."""
    found = []
    for i in range(len(query)):
        n = 0
        while i + n < len(query) and any(query[i : i + n + 1] in t for t in training):
            n += 1
        found.append(n)
    return found


@pytest.mark.parametrize("seed", range(30))
def test_matches_are_exact(seed):
    rng = np.random.default_rng(seed)
    alphabet = list("ab" if seed % 3 else "aé漢🎲b")
    texts = ["".join(rng.choice(alphabet, rng.integers(0, 25))) for _ in range(8)]
    queries, training = texts[:4], [t for t in texts[4:] if t] or ["a"]
    for query, matches in zip(queries, longest_matches(queries, training, as_characters), strict=True):
        assert list(matches) == brute(query, training)


def test_many_symbols_take_wider_numbers():
    rng = np.random.default_rng(0)
    training = ["".join(map(chr, rng.integers(0x4E00, 0x6000, 3000))) for _ in range(3)]
    query = training[1][500:560] + "x" + training[2][10:30]
    (matches,) = longest_matches([query], training, as_characters)
    assert matches[0] == 60 and matches[61] == 20 and matches[60] == 0


def test_tokens_ignore_white_space():
    training = ["def add(a, b):\n    return a + b\n"]
    (matches,) = longest_matches(["x = def add( a,b ) : return a - b"], training, as_tokens)
    assert list(matches[:3]) == [0, 0, 10]


WORDS = "of all the gin joints in towns across this wide world she walks into mine and asks for one more song".split()


def story(seed, words=400):
    rng = np.random.default_rng(seed)
    return " ".join(w + str(int(rng.integers(0, 30))) for w in rng.choice(WORDS, words))


TRAINING, HELD_OUT = [story(i) for i in range(20)], [story(100 + i) for i in range(8)]


def figures(generated, **options):
    found = copied_spans(generated, TRAINING, HELD_OUT, np.random.default_rng(0), draws=200, **options)
    return {m.name: m for m in found.metrics}, found


def test_a_copied_passage_is_found_and_shown():
    passage = TRAINING[7][300:520]
    generated = [story(200 + i, 100) for i in range(6)]
    generated[4] = generated[4][:50] + "#" + passage + "#" + generated[4][50:]
    metrics, found = figures(generated)
    assert metrics["longest_copied_span"].value == 220 > metrics["longest_copied_span_held_out"].value
    assert (found.spans[0].sample, found.spans[0].start, found.spans[0].text) == (4, 51, passage)
    assert metrics["copied_50_characters"].value > metrics["copied_50_characters_held_out"].value
    assert metrics["copied_50_characters_excess"].value > 0


def test_windows_are_counted_one_by_one():
    """52 copied characters hold three windows of 50, of the 71 that a text of 120 has; 49 hold none."""
    for copied, windows in ((52, 3), (50, 1), (49, 0)):
        text = "#" * 34 + TRAINING[3][100 : 100 + copied] + "#" * (86 - copied)
        metrics, _ = figures([text])
        assert metrics["longest_copied_span"].value == copied
        assert metrics["copied_50_characters"].value == pytest.approx(windows / 71)


def test_new_text_has_no_excess_and_a_memoriser_has():
    new, _ = figures([story(300 + i, 100) for i in range(12)])
    assert new["copied_50_characters_excess"].low <= 0 <= new["copied_50_characters_excess"].high
    assert new["copied_whole"].value == 0
    copied, _ = figures([t[:700] for t in TRAINING[:12]])
    for unit in ("characters", "tokens"):
        assert copied[f"copied_50_{unit}_excess"].low > 0.9
    assert copied["copied_whole"].value == 1


def test_phrases_that_humans_share_are_nobodys_copy():
    phrase = "it was the best of times, it was the worst of times, it was the age of wisdom; "
    texts = [[phrase + story(seed + i, 40) for i in range(8)] for seed in (0, 100, 200)]
    found = copied_spans(texts[2], texts[0], texts[1], np.random.default_rng(0), draws=200)
    metrics = {m.name: m for m in found.metrics}
    assert metrics["copied_50_characters"].value > 0.05
    assert abs(metrics["copied_50_characters_excess"].value) < 0.08


def test_the_control_passes_and_fails_when_matching_is_blind(monkeypatch):
    generated = [story(400 + i, 100) for i in range(4)]
    control = figures(generated)[0]["longest_copied_span_planted"]
    assert control.passed and control.value >= 200
    whole = verbatim.longest_matches
    monkeypatch.setattr(verbatim, "longest_matches", lambda q, t, e: [np.minimum(m, 60) for m in whole(q, t, e)])
    assert figures(generated)[0]["longest_copied_span_planted"].passed is False


def test_a_large_training_set_is_cut_by_the_stated_rule():
    many = [story(i, 50) for i in range(40)]
    kept, total = smallest_hashes(iter(many), 5000)
    assert total == sum(map(len, many)) and sum(map(len, kept)) <= 5000
    assert kept == smallest_hashes(reversed(many), 5000)[0]  # the order of reading does not matter
    assert set(kept) <= set(many)
    metrics, _ = figures([story(300, 100)], limit=5000)
    assert "of" in metrics["longest_copied_span"].note and "training characters" in metrics["longest_copied_span"].note


def test_one_endless_document_is_cut(monkeypatch):
    monkeypatch.setattr(verbatim, "PIECE", 100)
    kept, _ = smallest_hashes(["x" * 950], 300)
    assert sum(map(len, kept)) <= 300


def test_short_texts_have_no_windows_but_whole_copies():
    names = ["anna", "bert", "clara", "dora"]
    found = copied_spans(["anna", "zoe"], names, ["emil", "frida"], np.random.default_rng(0))
    metrics = {m.name: m for m in found.metrics}
    assert metrics["copied_whole"].value == 0.5
    assert not any(name.startswith("copied_50") for name in metrics)


@pytest.mark.parametrize("missing", range(3))
def test_nothing_to_compare_is_said(missing):
    texts = [["abc"], ["abc"], ["abc"]]
    texts[missing] = []
    with pytest.raises(Unmeasured):
        copied_spans(*texts, np.random.default_rng(0))
