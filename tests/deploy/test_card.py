"""The card says only what was measured, and the stage puts model, card and evidence into the store once."""

import json
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.deploy import deploy
from anew.deploy.card import unsupported, write_card
from anew.deploy.stage import write_evidence
from anew.deploy.store import Store
from anew.errors import Damaged, NotFound
from anew.validate.metric import Metric
from anew.validate.plots import sheet
from anew.validate.report import Clip, Facts, Figure, Text, dumps, to_json, write_report
from anew.validate.verdict import Comparison


def facts(**changes):
    values = {
        "name": "digits", "about": "Handwritten digits | by class", "modality": "image", "seed": 7,
        "data_hash": "ab" * 32, "counts": {"kept": 4987, "train": 3990}, "removed": {"near duplicates": 13},
        "licences": {"BSD-3-Clause": 4987}, "sources": {"mnist_5k.csv.gz": 5000}, "headline": ["label_agreement"],
        "model": {"name": "flow", "parameters": 412345}, "limits": ["28 × 28 grey pixels only."],
        "unmeasured": {"bits_per_dimension": "the codec is lossy"}, "recipe": 'name = "digits"\n',
        "reproduce": "anew run digits", "versions": {"torch": "2.13.0"}, "run": {"seconds": 91.25},
    }  # fmt: skip
    return Facts(**{**values, **changes})


METRICS = [
    Metric("label_agreement", 0.97812, 0.961, 0.98873, 500, "share", "estimate", "higher", "by the judge"),
    Metric("frechet_distance", 9.1234, 8.2, 10.4, 500, kind="estimate", better="lower", note="ten re-draws"),
    Metric("frechet_blurred", 14.2, 13.1, 15.4, 500, kind="estimate", better="lower"),
    Metric("near_copies_planted_5", 0.06, 0.041, 0.084, 500, "share", note="25 of 500 planted", passed=True),
]


@pytest.fixture
def make_run(make_model):
    """make(path, facts…) -> a run's folder with a model and a report."""
    return lambda path, **changes: fill(make_model(path / "model").parent, **changes)


@pytest.fixture
def run(tmp_path, make_run):
    return make_run(tmp_path / "run")


def fill(path: Path, **changes) -> Path:
    (path / "model" / "card.md").unlink()
    (path / "recipe.toml").write_text('name = "digits"\nmodality = "image"\n')
    pictures = np.random.default_rng(0).integers(0, 256, (20, 8, 8), dtype=np.uint8)
    figures = [
        Figure("Samples", "Seeds 0 to 19.", sheet(pictures), "Twenty digits", "samples"),
        Figure("Worst sample", "Read as a 5 with 41 %.", sheet(pictures[:1]), "A smear", "samples"),
    ]
    texts = [Text("The worst text", "no ``` fence\n# closes 12345 it", "it repeats most", worst=True)]
    comparison = Comparison("Fréchet distance", "frechet_distance", {"frechet_blurred": "blurred"})
    write_report(path / "validate", facts(**changes), METRICS, figures, texts, [comparison])
    return path


def evidence_and_card(run, name="digits"):
    report = json.loads((run / "validate" / "report.json").read_text())
    write_evidence(run / "model", name, report, run / "validate")
    return json.loads((run / "model" / "evidence.json").read_text()), (run / "model" / "card.md").read_text()


def test_every_number_of_the_card_stands_in_the_evidence(run):
    evidence, card = evidence_and_card(run)
    assert unsupported(card, evidence) == []
    for link, value, interval in re.findall(r"\(evidence\.json#(\w+)\) \| ([^|]+) \| ([^|]+) \|", card):
        shown = evidence["metrics"][link]["shown"]
        assert value in (shown["value"], "yes") and interval in (shown["interval"], shown["value"])
    assert len(re.findall(r"\(evidence\.json#", card)) == len(METRICS)
    assert "97.8 %" in card and "412,345" in card and "BSD-3-Clause 4,987" in card and "near duplicates 13" in card


@pytest.mark.parametrize(
    ("true", "false"),
    [("97.8 %", "98.8 %"), ("412,345", "412,346"), ("9.123", "9.23"), ("#label_agreement", "#label_accuracy"),
     ("2.13.0", "2.14.0"), ("4,987", "4,986"), ("Limits\n\n", "Limits\n\nRight 12345 times.")],
)  # fmt: skip
def test_a_changed_claim_is_noticed(run, true, false):
    evidence, card = evidence_and_card(run)
    assert true in card
    assert unsupported(card.replace(true, false, 1), evidence) != []


WORDS = st.text(st.characters(codec="utf-8"), max_size=40) | st.sampled_from(
    ["digits-100", "```5", "a](7)", "1|2", "#3"]
)
PASSED = st.sampled_from([None, True, False])
NUMBERS = st.integers(-(10**9), 10**12) | st.floats(-1e6, 1e6)


@given(st.data())
def test_no_true_card_is_refused(data):
    """Whatever stands in the facts, a card written from them says nothing else."""
    draw = data.draw
    counts = st.dictionaries(WORDS, st.integers(0, 10**9), max_size=3)
    metrics = [
        Metric(f"m{i}", draw(NUMBERS), draw(NUMBERS), draw(NUMBERS), draw(st.integers(0, 10**6)),
               draw(st.sampled_from(["share", "", "bits"])), note=draw(WORDS), passed=draw(PASSED))
        for i in range(3)
    ]  # fmt: skip
    told = Facts(
        name="x", about=draw(WORDS), counts=draw(counts), removed=draw(counts), sources=draw(counts),
        model=draw(st.dictionaries(WORDS, WORDS | NUMBERS | st.lists(NUMBERS, max_size=3), max_size=3)),
        limits=[draw(WORDS)], unmeasured={"y": draw(WORDS)}, reproduce="anew run x", seed=draw(st.integers(0, 2**62)),
    )  # fmt: skip
    figures = [Figure(draw(WORDS), draw(WORDS), b"<svg/>", draw(WORDS), "samples")]
    texts = [Text(draw(WORDS), draw(WORDS), draw(WORDS), worst=draw(st.booleans()))]
    report = json.loads(dumps(to_json(told, metrics, figures, texts, [], [draw(WORDS)])))
    name = draw(st.sampled_from(["x", "digits-100", "a.5"]))
    assert unsupported(write_card(name, report), report | {"name": name}) == []


def test_the_card_shows_samples_the_worst_and_the_limits(run):
    evidence, card = evidence_and_card(run)
    assert "![A smear](figures/worst-sample.png)" in card and (run / "model/figures/worst-sample.png").is_file()
    assert "````text\nno ``` fence\n# closes 12345 it\n````" in card
    assert "28 × 28 grey pixels only" in card and "bits per dimension was not measured: the codec is lossy" in card
    assert "Handwritten digits \\| by class" in card
    assert "anew models verify digits" in card and "anew run digits" in card


def test_the_model_carries_no_circumstances_of_the_run(tmp_path, make_run):
    first = evidence_and_card(make_run(tmp_path / "a", run={"seconds": 91.25, "machine": "one"}))
    second = evidence_and_card(make_run(tmp_path / "b", run={"seconds": 17.5, "machine": "two"}))
    assert first == second
    for name in ("evidence.json", "card.md"):
        content = (tmp_path / "a/model" / name).read_bytes()
        assert content == (tmp_path / "b/model" / name).read_bytes() and b"91.25" not in content


def test_deploy_stores_the_model_once(run, tmp_path):
    store = Store(tmp_path / "models")
    made = deploy(run, "digits", store)
    entry = store.show("digits")
    assert made.facts == {"name": "digits", "model": entry.id}
    assert {"card.md", "evidence.json", "figures/samples.png"} <= set(entry.files)
    before = {p: p.stat().st_mtime_ns for p in [*run.rglob("*"), *store.root.rglob("*")] if p.is_file()}
    assert deploy(run, "digits", store) == made
    after = {p: p.stat().st_mtime_ns for p in [*run.rglob("*"), *store.root.rglob("*")] if p.is_file()}
    assert after == before  # nothing was written


def test_deploy_again_when_something_is_new(run, tmp_path):
    store = Store(tmp_path / "models")
    first = deploy(run, "digits", store)
    store.remove("digits")
    assert deploy(run, "digits", store) == first and store.show("digits").id == first.facts["model"]
    assert deploy(run, "other", store).facts["name"] == "other"
    assert deploy(run, "digits", Store(tmp_path / "elsewhere")).facts["model"] != ""
    report = run / "validate" / "report.json"
    report.write_text(report.read_text().replace("Seeds 0 to 19.", "Seeds 0 to 19, unchosen."))
    second = deploy(run, "digits", store)
    assert second.facts["model"] != first.facts["model"]
    assert store.show("digits").versions[:2] == [second.facts["model"], first.facts["model"]]


def test_deploy_says_what_is_missing(run, tmp_path):
    store = Store(tmp_path / "models")
    (run / "validate" / "report.json").write_text("{")
    with pytest.raises(Damaged, match=r"report\.json"):
        deploy(run, "digits", store)
    (run / "validate" / "report.json").unlink()
    with pytest.raises(NotFound, match="no report"):
        deploy(run, "digits", store)
    (run / "model" / "config.json").unlink()
    with pytest.raises(NotFound, match="no trained model"):
        deploy(run, "digits", store)
    assert store.list() == []


def test_the_recipe_in_the_stored_model_is_toml(run, tmp_path):
    store = Store(tmp_path / "models")
    deploy(run, "digits", store)
    assert tomllib.loads(store.read(store.show("digits"), "recipe.toml").decode())["name"] == "digits"


def test_a_model_without_figures_has_a_card_too(tmp_path):
    report = write_report(tmp_path / "validate", Facts(name="bare"), [])
    card = write_card("bare", report)
    assert unsupported(card, report) == [] and "None were written down" in card


def test_sounds_of_samples_go_with_the_model_and_those_of_an_earlier_report_go(run):
    heard = [Clip("1: coin", b"ID3 one"), Clip("2: jump", b"ID3 two", "quality"), Clip("3: a_b", b"ID3 3", note="all")]
    (run / "validate" / "figures" / "old.png").write_bytes(b"")
    write_report(run / "validate", facts(), METRICS, clips=heard)
    report = json.loads((run / "validate" / "report.json").read_text("utf-8"))
    write_evidence(run / "model", "digits", report, run / "validate")
    figures = run / "model" / "figures"
    assert {path.name: path.read_bytes() for path in figures.iterdir()} == {
        "heard-1-coin.mp3": b"ID3 one", "heard-3-a-b.mp3": b"ID3 3",
    }  # fmt: skip
    card = (run / "model" / "card.md").read_text("utf-8")
    assert "To listen to: [1: coin](figures/heard-1-coin.mp3); [3: a\\_b](figures/heard-3-a-b.mp3) (all)." in card
    write_report(run / "validate", facts(), METRICS)
    write_evidence(run / "model", "digits", json.loads((run / "validate" / "report.json").read_text("utf-8")), run)
    assert not list(figures.iterdir())
