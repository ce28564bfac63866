"""Scores end to end: files to a run, its report, pieces by the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))
from starting import places, started

from anew.cli import main
from anew.codecs.midi import write_midi
from anew.codecs.musicxml_writing import write_musicxml
from anew.codecs.score import Score
from anew.codecs.score_files import read_score
from anew.codecs.sound_files import read_sound
from anew.collect import modality_of
from anew.data.records import read_records
from anew.deploy import starters
from anew.deploy.lookup import locate, open_model
from anew.deploy.store import Store
from anew.engine.generate import generate
from anew.engine.pool import Pool
from anew.recipe import override, parse
from anew.recipes import find, pipeline
from anew.server.makers import sample
from anew.server.shelf import StoreShelf
from anew.server.wire.drawing import Sample, samples_of
from small_scores import chorale, tune

SMALL: dict[str, Any] = {
    "train.steps": 6, "train.batch": 4, "train.threads": 1, "size": "xs", "codec.context": 128, "codec.copies": 2,
    "codec.ticks": 4, "train.sample_every": 6, "sample.temperature": 0.1,
    "model.table_rows": 1024, "validation.samples": 8, "validation.bootstrap": 100, "deploy.name": "school",
}  # fmt: skip
ABC = "X:1\nT:One\nR:reel\nM:4/4\nL:1/8\nK:G\n|:GABc dedB|dedB dedB|cBAG FGAB|G4 G4:|\n\nX:2\nT:None\nK:C\n"


def choir(seed: int) -> Score:
    """Two voices."""
    return chorale(seed, 4, pickup=seed % 2).with_parts([0, 3])


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty pieces in a folder of their style, one of them in another key as well; tunes, and files that are none."""
    folder = tmp_path_factory.mktemp("scores")
    (folder / "school").mkdir()
    for seed in range(30):
        piece = choir(seed)
        file = (".mid", write_midi) if seed % 3 == 0 else (".musicxml", write_musicxml)
        (folder / "school" / f"{seed:02}{file[0]}").write_bytes(file[1](piece))
    (folder / "school" / "again.mid").write_bytes(write_midi(choir(4).transposed(5)))
    (folder / "tunes.abc").write_text(ABC)
    (folder / "broken.mid").write_bytes(b"MThd")
    (folder / "short.mid").write_bytes(write_midi(tune(bars=1)))
    return folder


@pytest.fixture(scope="module")
def run(scores: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANEW_HOME", str(home))
        recipe = parse(override(find("chorales"), SMALL | {"data.source": str(scores)}, typed=True))
        yield pipeline.run(recipe, home / "runs" / "school")


def test_each_score_is_a_record_and_copies_in_other_keys_go(run: Any) -> None:
    folder = run.folder
    told = [Score.loads(str(record.value)) for record in read_records(folder / "collect")]
    assert len(told) == 33 and {score.style for score in told} >= {"school", "reel"}
    lines = [(folder / stage / "removed.jsonl").read_text("utf-8").splitlines() for stage in ("collect", "clean")]
    removed = [json.loads(line) for own in lines for line in own]
    why = {Path(one["origin"]).name: one["rule"] for one in removed}
    assert why["broken.mid"] == "no score" and why["tunes.abc:2"] == "no score" and why["short.mid"] == "short"
    assert why.keys() & {"again.mid", "04.musicxml"}
    kept = [Score.loads(str(record.value)) for record in read_records(folder / "clean")]
    assert len(kept) == 31


def test_a_folder_of_scores_is_told_from_one_of_other_xml(scores: Path, tmp_path: Path) -> None:
    assert modality_of(str(scores)) == "music"
    for i in range(3):
        (tmp_path / f"{i}.xml").write_bytes(write_musicxml(choir(i)))
    (tmp_path / "read-me.txt").write_text("What the tables say.")
    assert modality_of(str(tmp_path)) == "text"


def test_the_report_tells_of_rules_and_wishes(run: Any) -> None:
    report = json.loads((run.folder / "validate" / "report.json").read_text("utf-8"))
    figures = report["metrics"]
    assert figures["nats_per_step"]["kind"] == "bound" and figures["nats_per_step"]["unit"] == "nats per quarter"
    assert figures["asked_bars_kept"]["value"] == figures["asked_metre_kept"]["value"] == 1
    assert figures["out_of_range"]["value"] == 0
    assert figures["planted_copy_found"]["passed"]
    assert {"parallels", "parallels_held_out", "crossings", "longest_copied_run_held_out"} <= figures.keys()
    assert not [line for line in report["verdict"] if "Not measured" in line]
    assert read_score((run.folder / "validate" / "piece-1.mid").read_bytes()).notes
    assert list((run.folder / "train" / "samples").glob("*.mid"))


def test_pieces_by_the_command_line(run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], scores: Path) -> None:
    out = tmp_path / "x.musicxml"
    asked = ["compose", "school", "--key", "Dm", "--bars", "3", "--metre", "3/4", "--tempo", "72", "--out", str(out)]
    assert main([*asked, "--out", str(out.with_suffix(".wav")), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["pieces"][0]["bars"] == 3 and told["pieces"][0]["key"] == "Dm"
    piece = read_score(out.read_bytes())
    assert (str(piece.key), str(piece.metre), piece.tempo, piece.bars) == ("Dm", "3/4", 72, 3)
    assert out.with_suffix(".wav").stat().st_size > 100_000
    again = tmp_path / "y.musicxml"
    assert main([*asked[:-1], str(again)]) == 0 and again.read_bytes() == out.read_bytes()
    begun = scores / "school" / "02.musicxml"
    assert main(["compose", "school", "--begin", str(begun), "--bars", "2", "--out", str(tmp_path / "z.mid")]) == 0
    assert read_score((tmp_path / "z.mid").read_bytes()).bars == 6
    assert main(["compose", "school", "--melody", str(begun), "--out", str(tmp_path / "w.mid")]) == 0
    assert main(["generate", "school", "-n", "2", "--out", f"{tmp_path}/g/"]) == 0
    assert sorted(path.name for path in (tmp_path / "g").iterdir()) == ["0.mid", "1.mid"]


def test_a_starter_goes_by_two_names_and_composes_at_once(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    evidence = started(run.folder, "chorales", tmp_path, monkeypatch)
    assert evidence["metrics"]["longest_copied_run_held_out"]["value"] > 0 and evidence["facts"]["licence"] == "CC0-1.0"
    assert not places(starters.FOLDER)
    assert main(["compose", "bach", "--key", "Dm", "--bars", "2", "--out", "x.wav", "--out", "x.mid"]) == 0
    assert read_sound(Path("x.wav")).seconds > 2 and str(read_score(Path("x.mid").read_bytes()).key) == "Dm"
    assert main(["compose", "chorales", "--key", "Dm", "--bars", "2", "--out", "y.mid"]) == 0
    assert Path("y.mid").read_bytes() == Path("x.mid").read_bytes()
    assert main(["compose", "--like", "x.wav", "--out", "z.mid"]) == 0
    assert Path("z.mid").read_bytes() == Path("x.mid").read_bytes()
    assert Store().show("bach").name == "chorales" and Pool(StoreShelf(), ["bach"]).find("bach").modality == "music"
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "own"))
    store = Store()
    mine = store.add(run.folder / "model", "chorales")
    assert locate("bach") == store.folder(mine.id), "one's own goes before, by either name"
    assert store.show("bach").id == mine.id
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "other"))
    bach = Store().add(run.folder / "model", "bach")
    assert locate("chorales") and Store().show("bach").id == bach.id, "a name that is taken stays"


def test_pieces_are_heard_on_the_reports_page_and_by_the_card(run: Any) -> None:
    page = (run.folder / "validate" / "report.html").read_text("utf-8")
    heard = json.loads((run.folder / "validate" / "report.json").read_text("utf-8"))["clips"]
    assert page.count("<audio controls") == len(heard) == 4
    card = (run.folder / "model" / "card.md").read_text("utf-8")
    for clip in heard:
        assert clip["file"] in card and read_sound((run.folder / "model" / clip["file"]).read_bytes()).seconds > 1


def test_what_made_a_piece_makes_it_again(run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second, third = (tmp_path / name for name in ("a.wav", "b.wav", "c.mid"))
    asked = ["--key", "Gm", "--bars", "2", "--seed", "5", "--temperature", "0.9"]
    assert main(["compose", "school", *asked, "--out", str(first), "--out", str(third)]) == 0
    for like in (first, third):
        assert main(["compose", "--like", str(like), "--out", str(second)]) == 0
        assert second.read_bytes() == first.read_bytes()
    assert main(["compose", "--like", str(first), "--key", "C", "--out", str(tmp_path / "d.mid")]) == 0
    changed = read_score((tmp_path / "d.mid").read_bytes())
    assert (str(changed.key), changed.bars) == ("C", 2)
    assert main(["generate", "--like", str(first)]) not in (0, 70)
    assert f"anew compose --like {first}" in capsys.readouterr().err
    plain, twice = tmp_path / "p.mid", tmp_path / "q.mid"
    assert main(["generate", "school", "--seed", "9", "--out", str(plain)]) == 0
    assert main(["generate", "--like", str(plain), "--out", str(twice)]) == 0
    assert twice.read_bytes() == plain.read_bytes()
    assert main(["compose", "--like", str(plain), "--out", str(twice)]) == 0
    assert read_score(twice.read_bytes()) == read_score(plain.read_bytes())


def test_generate_without_a_file_writes_a_score_and_takes_no_text(
    run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["generate", "school", "--json"]) == 0
    (path,) = json.loads(capsys.readouterr().out)["paths"]
    assert read_score(Path(path).read_bytes()).notes
    assert main(["generate", "school", "a lively tune"]) not in (0, 70)
    assert "anew compose chorales --begin" in capsys.readouterr().err


def test_the_server_tells_a_score_as_its_file(run: Any) -> None:
    made = generate(open_model("school"), 2, 3)
    told = [Sample(**one) for one in samples_of(made)]
    assert [one.seed for one in told] == [3, 4] and told[0].text is None
    kept = sample({"modality": "music", "samples": [one.model_dump() for one in told]}, 1)
    assert kept.media_type == "audio/midi" and read_score(kept.data).notes == made.samples[1].notes


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--key", "H"], "no key"), (["--metre", "three"], "two numbers"), (["--bars", "99"], "1 to 64"),
        (["--instruments", "kazoo"], "no instrument"), (["--style", "jazz"], "no style"),
        (["--tempo", "1"], "20 to 400"),
        (["--like", "no.mid"], "no.mid"),
        (["--keep", "1"], "--fill"),
        (["--out", "x.pdf"], "one of"), (["--begin", "no.mid"], "no.mid"), (["-n", "0"], "1 or more"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_a_line(
    run: Any,
    given: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["compose", "school", *given]) not in (0, 70)
    error = capsys.readouterr().err
    assert said in error and "Traceback" not in error


def test_a_melody_that_is_no_score_is_refused(run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.mid").write_bytes(b"MThd\0\0")
    assert main(["compose", "school", "--melody", str(tmp_path / "a.mid")]) == 3
    assert "a.mid" in capsys.readouterr().err


def test_tunes_of_one_voice_are_judged_by_notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))
    for style in ("reel", "jig"):
        (tmp_path / "tunes" / style).mkdir(parents=True)
        for seed in range(12):
            piece = tune(seed + 50 * (style == "jig"), (4, 4) if style == "reel" else (6, 8), bars=6)
            (tmp_path / "tunes" / style / f"{seed}.mid").write_bytes(write_midi(piece))
    small = SMALL | {"train.steps": 2, "train.sample_every": 9, "codec.copies": 1, "codec.ticks": 12}
    recipe = parse(override(find("tunes"), small | {"data.source": str(tmp_path / "tunes")}, typed=True))
    made = pipeline.run(recipe, tmp_path / "run", until="validate")
    report = json.loads((made.folder / "validate" / "report.json").read_text("utf-8"))
    assert report["metrics"]["nats_per_note"]["value"] > 0 and "nats_per_step" not in report["metrics"]
    assert {"key_kept", "key_kept_held_out", "asked_bars_kept", "longest_copied_run"} <= report["metrics"].keys()
    assert [line for line in report["verdict"] if "no outlines were learnt" in line]
    asked = ["--style", "jig", "--instruments", "fiddle", "--out", str(tmp_path / "a.mid")]
    assert main(["compose", str(made.folder / "model"), *asked]) == 0
    piece = read_score((tmp_path / "a.mid").read_bytes())
    assert str(piece.metre) == "6/8" and len(piece.parts) == 1
