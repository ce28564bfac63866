"""The report: one page that loads nothing, escapes everything, draws what it was given and says only what holds."""

import base64
import hashlib
import io
import json
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from selectolax.lexbor import LexborHTMLParser

from anew.codecs.origin import MADE
from anew.codecs.sound import Sound
from anew.codecs.sound_files import read_sound, sound_file
from anew.validate.metric import Metric
from anew.validate.plots import Bar, Series, bars, lines, pairs, sheet, ticks
from anew.validate.report import Clip, Facts, Figure, Text, read_curves, write_report
from anew.validate.verdict import Comparison, relation, verdict

HOSTILE = '<script>alert("x")</script><img src=https://example.org/x.png onerror=alert(1)> & "quotes" {{ 7 * 7 }}'
METRICS = [
    Metric("bits_per_byte", 2.31, 2.27, 2.35, 480123, "bits per byte", "exact", "lower", "whole test split"),
    Metric("xz_bits_per_byte", 2.39, unit="bits per byte", better="lower"),
    Metric("near_copies", 0.004, 0.0005, 0.014, 500, "share", "estimate", "lower"),
    Metric("near_copies_planted_5", 0.06, 0.04, 0.08, 500, "share", passed=True),
]
COMPARISON = Comparison("Bits per byte", "bits_per_byte", {"xz_bits_per_byte": "xz"}, "Held-out text.")


def picture(value, size=4):
    return np.full((size, size, 3), value, np.uint8)


def journal(path):
    kinds = [("train", s, 2.0 + 3.0 / s) for s in range(1, 301)] + [
        ("held_out", s, 2.1 + 3.0 / s) for s in (100, 200, 300)
    ]
    rows = [json.dumps({"kind": k, "step": s, "loss": x, "seconds": 1.0}) for k, s, x in kinds]
    path.write_text("\n".join(rows) + '\n{"kind": "train", "st')  # a killed run's last half line
    return path


def make(folder, **changes):
    folder.mkdir(exist_ok=True)
    facts = {
        "name": "plays", "about": "Forty-two plays", "modality": "text", "seed": 3, "data_hash": "ab" * 32,
        "counts": {"kept": 42, "train": 38}, "removed": {"too short": 2}, "licences": {"CC0-1.0": 42},
        "headline": ["bits_per_byte"], "limits": ["Old spelling."], "unmeasured": {"label_agreement": "no labels"},
        "recipe": 'name = "plays"\n', "reproduce": "anew run plays", "versions": {"torch": "2.13.0"},
        "run": {"seconds": 12.5},
    }  # fmt: skip
    figures = [
        Figure("Samples", "Two squares.", sheet([picture(0), picture(255)]), "A black and a white square", "samples")
    ]
    texts = [Text("Sample 1", "To be"), Text("The worst sample", "be be be", "it repeats most", worst=True)]
    heard = changes.pop("clips", ())
    report = write_report(
        folder,
        Facts(**{**facts, **changes}),
        METRICS,
        figures,
        texts,
        [COMPARISON],
        {"model": journal(folder / "m.jsonl")},
        heard,
    )
    return report, (folder / "report.html").read_text("utf-8")


def test_the_page_loads_and_runs_nothing(tmp_path):
    _, page = make(tmp_path / "r")
    tree = LexborHTMLParser(page)
    for node in tree.css("[src], [href], [srcset], [data], [action], [poster]"):
        for key in ("src", "href", "srcset", "data", "action", "poster"):
            assert node.attributes.get(key) is None or node.attributes[key].startswith(("data:image/", "#"))
    assert not tree.css("script, iframe, object, embed, link, form, base, video, audio")
    assert not re.search(r"url\(|@import|https?://", re.sub(r'src="data:[^"]*"', "", page))
    policy = tree.css_first("meta[http-equiv]").attributes["content"]
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def test_sounds_play_on_the_page_and_lie_beside_it(tmp_path):
    tone = Sound(np.full((1, 2400), 0.25, np.float32), 24_000)
    said, heard = "<script>1</script>", sound_file(tone, "mp3", source=MADE)
    report, page = make(tmp_path / "r", clips=[Clip(f"1: {said}", heard), Clip("2: coin", heard, "originality", "all")])
    tree = LexborHTMLParser(page)
    players = tree.css("audio[controls]")
    assert [node.attributes["aria-label"] for node in players] == [f"1: {said}", "2: coin"] and not tree.css("script")
    first, second = (
        base64.b64decode(node.attributes["src"].removeprefix("data:audio/mpeg;base64,")) for node in players
    )
    assert first == second == heard and abs(read_sound(first).seconds - 0.1) < 0.1
    assert (
        tree.css("#originality audio") and "media-src data:" in tree.css_first("meta[http-equiv]").attributes["content"]
    )
    assert "(all)" in tree.css_first("#originality li").text() and report["clips"][1]["note"] == "all"
    for told in report["clips"]:
        content = (tmp_path / "r" / told["file"]).read_bytes()
        assert content == heard and told["sha256"] == hashlib.sha256(content).hexdigest()
    with pytest.raises(ValueError, match="share a name"):
        make(tmp_path / "twice", clips=[Clip("a", heard)] * 2)


def test_the_page_can_be_read_by_everyone(tmp_path):
    _, page = make(tmp_path / "r")
    tree = LexborHTMLParser(page)
    assert tree.css_first("html").attributes["lang"] == "en" and "width=device-width" in page
    assert tree.css("img") and all(len(i.attributes["alt"]) > 10 for i in tree.css("img"))
    levels = [int(h.tag[1]) for h in tree.css("h1, h2, h3, h4")]
    assert levels[0] == 1 and levels.count(1) == 1 and all(b - a <= 1 for a, b in zip(levels, levels[1:], strict=False))
    ids = [n.attributes["id"] for n in tree.css("[id]")]
    assert len(ids) == len(set(ids)) and all(a.attributes["href"][1:] in ids for a in tree.css("nav a"))
    assert all(t.attributes.get("scope") in ("col", "row") for t in tree.css("th"))


def luminance(colour):
    digits = colour.lstrip("#")
    digits = "".join(c * 2 for c in digits) if len(digits) == 3 else digits
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1])
def test_contrast_is_enough_in_light_and_dark(tmp_path, scheme):
    _, page = make(tmp_path / "r")
    colours = dict(re.findall(r"--(\w+):(#\w+)", re.findall(r":root\{([^}]*)\}", page)[scheme]))
    for ink in ("ink", "soft", "accent", "good", "bad"):
        for ground in ("paper", "card", "wash"):
            light, dark = sorted((luminance(colours[ink]), luminance(colours[ground])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, ground)  # WCAG 2.2, 1.4.3


def test_what_is_hostile_stays_text(tmp_path):
    metrics = [Metric("m", 1.0, note=HOSTILE, unit=HOSTILE), Metric("c", 1.0, note=HOSTILE, passed=False)]
    facts = Facts(
        name=HOSTILE, about=HOSTILE, counts={HOSTILE: 1}, limits=[HOSTILE], recipe=HOSTILE, model={HOSTILE: HOSTILE},
        unmeasured={"x": HOSTILE}, reproduce=HOSTILE, headline=["m"], versions={HOSTILE: HOSTILE},
    )  # fmt: skip
    figure = Figure(HOSTILE, HOSTILE, bars([Bar(HOSTILE, 1.0)], HOSTILE), HOSTILE)
    write_report(
        tmp_path, facts, metrics, [figure], [Text(HOSTILE, HOSTILE, HOSTILE)], [Comparison("x" + HOSTILE, "m")]
    )
    page = (tmp_path / "report.html").read_text("utf-8")
    tree = LexborHTMLParser(page)
    assert not tree.css("script, [onerror]") and all(i.attributes["src"].startswith("data:") for i in tree.css("img"))
    assert "{{ 7 * 7 }}" in page and "alert(&#34;x&#34;)" in page
    assert {p.parent.name for p in tmp_path.rglob("*.svg")} == {"figures"}


def test_report_json_holds_every_figure_by_name(tmp_path):
    report, _ = make(tmp_path / "r")
    assert json.loads((tmp_path / "r/report.json").read_text("utf-8")) == report
    assert report["metrics"]["bits_per_byte"] == METRICS[0].to_json()
    assert report["metrics"]["bits_per_byte"]["shown"] == {"value": "2.31 bits per byte", "interval": "2.27 to 2.35"}
    assert report["order"] == [m.name for m in METRICS] and report["facts"]["seed"] == 3
    assert report["run"] == {"seconds": 12.5} and "run" not in report["facts"]
    for figure in report["figures"]:
        assert (tmp_path / "r" / figure["file"]).is_file()


def test_the_same_run_gives_the_same_bytes(tmp_path):
    make(tmp_path / "a"), make(tmp_path / "b")
    for path in (tmp_path / "a").rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_bytes(), path
    third, _ = make(tmp_path / "c", run={"seconds": 99.0})
    first = json.loads((tmp_path / "a/report.json").read_text())
    assert {k: v for k, v in first.items() if k != "run"} == {k: v for k, v in third.items() if k != "run"}


def test_the_page_shows_what_it_was_told(tmp_path):
    _, page = make(tmp_path / "r")
    text = LexborHTMLParser(page).body.text(separator=" ")
    for said in ("Forty-two plays", "2.31", "95 % interval 2.27 to 2.35", "480,123", "whole test split", "CC0-1.0",
                 "too short", "Old spelling.", "label agreement was not measured: no labels", "anew run plays",
                 "To be", "be be be", "it repeats most", "torch 2.13.0", "seed 3"):  # fmt: skip
        assert said in text, said
    assert "worst" in LexborHTMLParser(page).css("pre.text")[1].attributes["class"]


def test_what_cannot_be_a_report_is_refused(tmp_path):
    with pytest.raises(ValueError, match="not there"):
        write_report(tmp_path, Facts(name="x"), [], comparisons=[COMPARISON])
    figure = Figure("Same", "a", sheet([picture(1)]), "b")
    with pytest.raises(ValueError, match="share a name"):
        write_report(tmp_path, Facts(name="x"), [], [figure, figure])
    with pytest.raises(ValueError, match="two figures"):
        write_report(tmp_path, Facts(name="x"), [METRICS[0], METRICS[0]])
    assert list(tmp_path.iterdir()) == []  # nothing half-written


def test_a_report_of_nothing_is_a_page_too(tmp_path):
    write_report(tmp_path / "deep" / "er", Facts(name="bare"), [])
    assert "Nothing was measured" in (tmp_path / "deep/er/report.html").read_text()


# ------------------------------------------------------------------------------------------------ curves


def test_curves_are_read_from_the_journal(tmp_path):
    curves = read_curves(journal(tmp_path / "m.jsonl"))
    assert list(curves) == ["training", "held out"]
    assert len(curves["training"][0]) == 300 and curves["held out"] == ([100, 200, 300], [2.13, 2.115, 2.11])
    path = tmp_path / "gan.jsonl"
    path.write_text('{"kind": "train", "step": 1, "generator.loss": 1.5, "critic.loss": 2.5, "norm": 3}\n')
    assert list(read_curves(path)) == ["training, generator", "training, critic"]
    assert read_curves(tmp_path / "none.jsonl") == {}


def points(svg, which=0):
    lines_ = ElementTree.fromstring(svg).findall("{http://www.w3.org/2000/svg}polyline")
    return np.array([[float(v) for v in p.split(",")] for p in lines_[which].attrib["points"].split()])


def test_a_line_goes_where_its_values_are():
    drawn = points(lines([Series("a", [0, 50, 100], [1.0, 3.0, 2.0])], "step", "loss"))
    assert drawn[:, 0] == pytest.approx(np.linspace(drawn[0, 0], drawn[2, 0], 3), abs=0.1)
    low, high, middle = drawn[:, 1]
    assert low > middle > high and middle == pytest.approx((low + high) / 2, abs=0.1)  # y grows downwards


def test_long_and_broken_curves_are_drawn():
    long = points(lines([Series("a", range(100_000), np.linspace(5, 1, 100_000))], "step", "loss"))
    assert len(long) == 250 and (np.diff(long[:, 1]) >= 0).all()
    broken = points(lines([Series("a", [1, 2, 3], [2.0, float("nan"), 1.0]), Series("none", [], [])], "step", "loss"))
    assert len(broken) == 2
    single = points(lines([Series("a", [1], [2.0])], "step", "loss"))
    assert np.isfinite(single).all()


def test_bars_are_as_long_as_their_values():
    svg = ElementTree.fromstring(
        bars([Bar("us", 2.0, 1.5, 2.5, True), Bar("them", 4.0), Bar("?", float("nan"))], "bits")
    )
    rects = svg.findall("{http://www.w3.org/2000/svg}rect")
    widths = [float(r.attrib["width"]) for r in rects]
    assert widths[1] == pytest.approx(2 * widths[0], abs=0.2) and widths[2] == 0
    assert [r.attrib["class"] for r in rects] == ["ours", "other", "other"]
    whisker = svg.find("{http://www.w3.org/2000/svg}path").attrib["d"]
    start, end = (float(v) for v in re.match(r"M([\d.]+) \d+H([\d.]+)", whisker).groups())
    origin = float(rects[0].attrib["x"])
    assert (start - origin) / widths[0] == pytest.approx(0.75, abs=0.01)
    assert (end - origin) / widths[0] == pytest.approx(1.25, abs=0.01)


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0.1, 8.03), (-3, 7), (1e-6, 3e-6), (0, 123456), (2, 2)])
def test_ticks_are_round_and_inside(low, high):
    made = ticks(low, high)
    assert 1 <= len(made) <= 11 and all(low - 1e-12 <= t <= high * (1 + 1e-9) + 1e-12 for t in made)


def pixels(content):
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def test_a_sheet_shows_each_picture_in_its_place():
    made = pixels(sheet([picture(v) for v in (10, 60, 110, 160, 210)], columns=3, least=1))
    assert made.shape == (2 + 6 + 6, 2 + 6 * 3, 3)
    centres = [int(made[4 + 6 * (i // 3), 4 + 6 * (i % 3), 0]) for i in range(6)]
    assert centres == [10, 60, 110, 160, 210, 128]


def test_sheets_take_grey_colour_alpha_and_several_sizes():
    grey, clear = np.full((4, 4), 9, np.uint8), np.zeros((2, 2, 4), np.uint8)
    made = pixels(sheet([grey, picture(200), clear], least=1))
    assert [int(made[4, 4 + 6 * i, 0]) for i in range(3)] == [9, 200, 255]  # what is clear lies over white
    with pytest.raises(ValueError, match="uint8"):
        sheet([np.zeros((4, 4))])


def test_pairs_put_each_sample_above_its_neighbour():
    made = pixels(pairs([picture(v) for v in (10, 20, 30)], [picture(v) for v in (110, 120, 130)], columns=2, least=1))
    centres = [[int(made[4 + 6 * row, 4 + 6 * column, 0]) for column in range(2)] for row in range(4)]
    assert centres == [[10, 20], [110, 120], [30, 128], [130, 128]]


# ------------------------------------------------------------------------------------------------ verdict


@pytest.mark.parametrize(
    ("ours", "other", "better", "said"),
    [
        ((2.0, 1.9, 2.1), (2.5, None, None), "lower", "better than"),
        ((2.0, 1.9, 2.1), (2.05, None, None), "lower", "no different, within the interval, from"),
        ((2.0, 1.9, 2.1), (1.5, 1.4, 1.6), "lower", "worse than"),
        ((0.9, 0.88, 0.92), (0.8, 0.7, 0.87), "higher", "better than"),
        ((0.9, 0.88, 0.92), (0.95, 0.93, 0.97), "higher", "worse than"),
        ((0.9, 0.85, 0.95), (0.8, 0.7, 0.86), "higher", "no different, within the interval, from"),
    ],
)
def test_a_claim_needs_intervals_apart(ours, other, better, said):
    assert relation(Metric("a", *ours, better=better), Metric("b", *other, better=better)) == said


@pytest.mark.parametrize(("other", "said"), [(0.2, "lower than"), (0.01, "higher than"), (0.1, "no different")])
def test_where_neither_is_better_it_is_lower_or_higher(other, said):
    ours = Metric("parallels", 0.1, 0.05, 0.15, 50, "share")
    theirs = Metric("parallels_held_out", other, other, other, 50, "share")
    assert relation(ours, theirs).startswith(said)
    told = verdict({m.name: m for m in (ours, theirs)}, [Comparison("Parallels", ours.name, {theirs.name: "pieces"})])
    assert said in told[0] and "better" not in told[0] and "worse" not in told[0]


def test_one_item_tells_no_interval_and_makes_no_claim():
    ours, before = (
        Metric(name, v, v, v, 1, "bits a byte", better="lower") for name, v in (("now", 0.74), ("then", 0.75))
    )
    assert ours.interval() == "" and ours.low is None
    (said,) = verdict({"now": ours, "then": before}, [Comparison("Bits a byte", "now", {"then": "before"})])
    assert said == "Bits a byte: 0.74, on one item alone, beside before (0.75)."


@pytest.mark.parametrize(
    ("kind", "said"), [("exact", "worse than xz"), ("bound", "not shown by the bound to be better")]
)
def test_a_bound_is_never_called_worse(kind, said):
    ours = Metric("bits", 2.0, 1.9, 2.1, unit="bits", kind=kind, better="lower")
    others = Metric("a", 2.5, better="lower"), Metric("b", 1.5, better="lower")
    compared = Comparison("Bits", "bits", {"a": "gzip", "b": "xz"})
    (first, *_) = verdict({m.name: m for m in (ours, *others)}, [compared])
    assert "better than gzip (2.5)" in first and said in first and ("at most 2" in first) == (kind == "bound")


def sentences(*metrics, **options):
    return " ".join(verdict({m.name: m for m in metrics}, (), **options))


def test_the_verdict_says_whether_the_label_asked_for_was_drawn():
    read = Metric("label_agreement", 0.98, 0.965, 0.99, 500, "share")
    assert sentences(read).startswith("98 % [96.5, 99 %] of 500 samples are read as the label asked for.")
    assert "the judge reads 99 % of 480 real ones right" in sentences(
        read, Metric("judge_accuracy", 0.99, n=480, unit="share")
    )


def test_the_verdict_speaks_of_copies_only_when_the_interval_does():
    assert "No sign of near-copies" in sentences(Metric("near_copies", 0.014, 0.004, 0.03, 500, "share"))
    assert "It copies: 6 %" in sentences(Metric("near_copies", 0.06, 0.04, 0.08, 500, "share"))
    assert "repeats" in sentences(Metric("copied_50_characters_excess", 0.02, 0.01, 0.03, 40, "share"))
    assert "repeats" not in sentences(Metric("copied_50_characters_excess", 0.02, -0.01, 0.03, 40, "share"))


def test_the_verdict_warns_of_a_failed_check():
    said = sentences(Metric("plant", 0.0, passed=False), Metric("other", 0.0, passed=True))
    assert "failed (plant)" in said and "All" not in said
    assert "The check of the measurement itself passed" in sentences(Metric("other", 0.0, passed=True))
    assert "Not measured: a b (too few)." in sentences(unmeasured={"a_b": "too few"})
