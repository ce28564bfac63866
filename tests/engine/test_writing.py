"""Texts as they are asked for: stop strings, the likeliest of several, beams, log-probabilities, blanks."""

import json
import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small_writers import writer

from anew.cli import main
from anew.codecs.text import to_bytes
from anew.contract import AppendOptions
from anew.engine.asking import fillings, nats_of, next_tokens
from anew.engine.generate import generate, seeds_for, stream
from anew.engine.requests import seed_of
from anew.engine.stops import Stops, shown
from anew.engine.symbols import Symbols
from anew.errors import RecipeError

torch.set_num_threads(1)

CODECS = ("characters", "bytes", "bpe", "byte letters")
LETTERS = st.text(alphabet=["a", "b", "é", "ß", "日", "\N{GREEK SMALL LETTER PHI}", "😀", " "], max_size=12)


# ------------------------------------------------------------------------------------------------ stop strings


@pytest.mark.parametrize("codec", CODECS)
@given(LETTERS, st.lists(LETTERS.filter(bool), min_size=1, max_size=3))
def test_a_row_ends_with_the_token_that_completes_a_string(codec, text, strings):
    """However characters and strings are cut into tokens, and not a token sooner."""
    artifact = writer(codec)
    stops = Stops(symbols(codec), strings)
    (ids,) = artifact.codec.encode([text])
    for i, token in enumerate(ids.tolist()):
        ended = stops.took(token)
        said = symbols(codec).text(ids[: i + 1].tolist())
        assert ended == any(to_bytes(s) in said for s in strings)
        if ended:
            break


def symbols(codec, kept={}):  # noqa: B006  each is made once
    return kept.setdefault(codec, Symbols(writer(codec).codec))


@given(LETTERS, st.lists(LETTERS.filter(bool), min_size=1, max_size=3))
def test_what_is_shown_only_grows_and_never_holds_a_stop_string(text, strings):
    before = ""
    whole = shown(text, strings, True)
    for n in range(len(text) + 1):
        now = shown(text[:n], strings, n == len(text))
        assert now.startswith(before) and whole.startswith(now)
        assert not any(s in now for s in strings)
        before = now
    assert before == whole


@pytest.mark.parametrize("codec", CODECS)
def test_a_text_is_cut_before_its_stop_string(codec):
    artifact = writer(codec)
    (free,) = generate(artifact, seed=5, max_new=120).samples
    whole = [part for part in free.split("\ufffd") if len(part) > 5]
    stop = whole[-1][2:5]
    made = generate(artifact, seed=5, max_new=120, stop=[stop, "never said"])
    assert made.samples == [free[: free.index(stop)]] and made.finish == ["stop"]
    said = [texts[0] for texts in stream(artifact, 1, 5, max_new=120, stop=stop)]
    assert said[-1] == made.samples[0] and all(stop not in text for text in said)


def test_stop_strings_have_bounds():
    for stop in ([""], ["a"] * 17, ["a" * 1001]):
        with pytest.raises(RecipeError, match="stop"):
            generate(writer(), stop=stop)


# ------------------------------------------------------------------------------------------------ what it was worth


@pytest.mark.parametrize("model", ["transformer", "rnn"])
def test_log_probabilities_sum_to_the_score_of_the_text(model):
    """Of whatever was drawn, at any temperature and penalty: they are the model's own."""
    artifact = writer(model=model)
    options = {"temperature": 1.4, "repetition": 1.3, "top_k": 20}
    made = generate(artifact, 3, max_new=40, logprobs=4, **options)
    for text, tokens, logp in zip(made.samples, made.tokens, made.logp, strict=True):
        ended = tokens[-1].id == artifact.codec.spec.end
        said = tokens[:-1] if ended else tokens
        assert "".join(t.text for t in said) == text or "\ufffd" in text or "" in [t.text for t in said]
        ids = torch.tensor([artifact.codec.spec.end, *(t.id for t in tokens)])
        logits_TV = artifact.model.extend(ids[None, :-1])[0][0]
        own = torch.log_softmax(logits_TV.detach().double(), 1)[range(len(ids) - 1), ids[1:]]
        assert logp == pytest.approx(float(own.sum()), abs=1e-4) and logp == sum(t.logp for t in tokens)
        for t in tokens:
            assert [p for _, _, p in t.best] == sorted((p for _, _, p in t.best), reverse=True) and len(t.best) == 4


def test_next_tokens_are_the_models_own_probabilities():
    artifact = writer()
    vocab = artifact.codec.spec.vocab
    found = next_tokens(artifact, "def re", vocab)
    assert math.fsum(math.exp(t.logp) for t in found) == pytest.approx(1) and len({t.id for t in found}) == vocab
    (ids,) = artifact.codec.encode(["def re"])
    logits_V = artifact.model.extend(torch.tensor([[vocab - 1, *ids.tolist()]]))[0][0, -1].detach()
    assert [t.id for t in found[:5]] == logits_V.argsort(descending=True)[:5].tolist()
    assert [t.logp for t in found] == pytest.approx(logits_V.double().log_softmax(0).sort(descending=True)[0].tolist())
    assert next_tokens(artifact, "def re", 3) == found[:3]


@pytest.mark.parametrize("model", ["transformer", "masked"])
def test_a_blank_is_weighed_by_the_whole_text(model):
    artifact = writer(model=model)
    found = fillings(artifact, "def [[?]](path)", ["read", "abc", "r"])
    assert math.fsum(f.share for f in found) == pytest.approx(1) and found == sorted(found, key=lambda f: -f.share)
    for one in found:
        assert one.logp == pytest.approx(-nats_of(artifact, f"def {one.text}(path)"))
    for text, among in (("no blank", ["a", "b"]), ("[[?]] [[?]]", ["a", "b"]), ("[[?]]", ["a", "a"])):
        with pytest.raises(RecipeError, match="one"):
            fillings(artifact, text, among)


# ------------------------------------------------------------------------------------------------ best of, beams


def test_best_of_keeps_the_likeliest_a_token():
    artifact, many = writer(), 5
    best = generate(artifact, 2, 3, best_of=many, max_new=30, temperature=1.3)
    for i, seed in enumerate(seeds_for(2, 3)):
        drawn = [generate(artifact, 1, seed_of(seed, j), max_new=30, temperature=1.3, logprobs=0) for j in range(many)]
        likeliest = max(drawn, key=lambda one: one.logp[0] / len(one.tokens[0]))
        assert (best.samples[i], best.logp[i]) == (likeliest.samples[0], likeliest.logp[0])
    alone = generate(artifact, 1, 4, best_of=many, max_new=30, temperature=1.3)
    assert alone.samples[0] == best.samples[1]


def test_beams_find_at_least_what_greedy_does_and_keep_to_forms():
    artifact = writer()
    greedy = generate(artifact, max_new=12, temperature=0, logprobs=0)
    found = generate(artifact, 3, max_new=12, beams=8)
    assert found.logp[0] >= greedy.logp[0] - 1e-6 and found.logp == sorted(found.logp, reverse=True)
    held = generate(artifact, 2, beams=3, regex="[a-d]{2,4}", max_new=10)
    assert len(set(held.samples)) == 2 and all(set(text) <= set("abcd") for text in held.samples)
    with pytest.raises(RecipeError, match="exclude"):
        generate(artifact, beams=2, best_of=2)
    for name, value in (("bias", {1: 5.0}), ("logprobs", 0)):
        with pytest.raises(RecipeError, match=f"no {name}"):
            generate(artifact, beams=2, max_new=2, **{name: value})


# ------------------------------------------------------------------------------------------------ options


WISHES = [
    {}, {"temperature": 0.0}, {"typical": 0.6, "logprobs": 2}, {"repetition": 1.5, "temperature": 1.4},
    {"frequency": 0.8, "presence": 0.3}, {"bias": ((3, 2.5),)}, {"top_k": 4, "logprobs": 0},
    {"top_p": 0.7, "max_new": 9}, {"min_p": 0.1, "temperature": 1.8},
]  # fmt: skip


@settings(max_examples=12)
@given(st.lists(st.integers(0, len(WISHES) - 1), min_size=2, max_size=10))
def test_a_row_is_what_it_is_alone_in_any_mix(which):
    artifact = writer()
    options = [replace(AppendOptions(max_new=25), **WISHES[i]) for i in which]

    def draw(rows):
        rngs = [torch.Generator().manual_seed(100 + which[i]) for i in rows]
        chunks = list(artifact.model.sample(rngs, options=[options[i] for i in rows]))
        told = [[chunk.likely[i] for chunk in chunks] for i in range(len(rows))]
        return torch.cat([chunk.data for chunk in chunks], 1), told

    together, told = draw(range(len(which)))
    for i in range(len(which)):
        alone, own = draw([i])
        length = alone.shape[1]
        assert torch.equal(together[i, :length], alone[0]) and told[i][:length] == own[0]


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"typical": 0.0}, "typical"),
        ({"repetition": 0.0}, "repetition"),
        ({"temperature": -1}, "temperature"),
        ({"logprobs": -1}, "logprobs"),
        ({"bias": {10_000: 1.0}}, "bias"),
        ({"bias": {1: 101.0}}, "bias"),
        ({"best_of": 0.5}, "best_of"),
        ({"beams": 65}, "beams"),
        ({"tempratur": 1}, "did you mean 'temperature'"),
        ({"best": 1}, "no sampling option 'best'"),
    ],
)
def test_what_cannot_be_is_refused_by_name(given_, said):
    with pytest.raises(RecipeError, match=said):
        generate(writer(), max_new=2, **given_)


def test_the_command_line_tells_all_of_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))
    writer().save(tmp_path / "model")
    model = str(tmp_path / "model")

    def told(*arguments):
        assert main(["generate", model, *arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out.splitlines()[-1])

    found = told("def", "--max-new", "9", "--logprobs", "2", "--stop", "zzz", "--bias", "3=2.5", "--typical", "0.9")
    assert len(found["tokens"][0]) <= 9 and found["finish"][0] in ("stop", "length")
    assert found["logp"][0] == pytest.approx(sum(t["logp"] for t in found["tokens"][0]))
    expected = generate(writer(), prompt="def", max_new=9, bias={3: 2.5}, typical=0.9).samples
    assert found["samples"] == expected
    assert [t["id"] for t in told("def", "--next", "5")["next"]] == [t.id for t in next_tokens(writer(), "def", 5)]
    assert len(told("d[[?]]f", "--among", "e,a,é")["among"]) == 3
    assert len(told("-n", "2", "--beams", "4", "--max-new", "5")["samples"]) == 2
    long = f'start: "{"e" * 300}"'  # longer than a file's name can be
    assert told("def", "--grammar", long, "--max-new", "4")["samples"] == ["eeee"]
    assert main(["generate", model, "def", "--next", "3"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 4
    assert main(["generate", model, "def", "--logprobs", "1", "--max-new", "3"]) == 0
    assert "LN P" in capsys.readouterr().out
    for wrong in (["--next", "3", "--top-p", "0.5"], ["--bias", "x"], ["--next", "0"], ["--grammar", "nope"]):
        assert main(["generate", model, "def", *wrong]) == 2
        assert len(capsys.readouterr().err.splitlines()) <= 2
