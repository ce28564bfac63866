"""Pieces over HTTP: the bytes of the command line for the same words and seed; what is no score is refused by name."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))
from serving import served

from anew.cli import main
from anew.codecs.midi import write_midi
from anew.codecs.musicxml_writing import write_musicxml
from anew.codecs.score_files import read_score
from anew.codecs.sound_files import read_sound
from anew.deploy.store import Store
from anew.engine.pool import Pool
from anew.server.app import Door
from anew.server.database.connect import Database
from anew.server.shelf import StoreShelf
from small_composers import PIECES, composer


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    """A server of its own store."""
    folder = tmp_path_factory.mktemp("music")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANEW_HOME", str(folder / "home"))
        composer().save(folder / "school")
        Store().add(folder / "school", "school")
        for address in served(Pool(StoreShelf(), budget=1 << 30), Door(), Database(f"sqlite:///{folder}/anew.db")):
            with httpx2.Client(base_url=f"{address}/v1/anew", timeout=60) as client:
                yield client


@pytest.mark.parametrize("form", ["mid", "musicxml", "wav", "flac"])
def test_pieces_are_those_of_the_command_line(music: httpx2.Client, tmp_path: Path, form: str) -> None:
    asked = {"model": "school", "key": "Dm", "bars": 2, "metre": "3/4", "n": 2, "seed": 3, "format": form}
    told = music.post("/music/compose", json=asked).json()
    line = ["compose", "school", "--key", "Dm", "--bars", "2", "--metre", "3/4", "-n", "2", "--seed", "3"]
    assert main([*line, "--out", str(tmp_path / f"x.{form}")]) == 0
    files = [(tmp_path / f"x-{seed}.{form}").read_bytes() for seed in (3, 4)]
    assert [base64.b64decode(one["b64"]) for one in told["pieces"]] == files
    assert [(one["seed"], one["key"], one["bars"]) for one in told["pieces"]] == [(3, "Dm", 2), (4, "Dm", 2)]


def test_a_score_is_gone_on_with_harmonised_and_filled(music: httpx2.Client) -> None:
    text, file = write_musicxml(PIECES[1]).decode(), base64.b64encode(write_midi(PIECES[1])).decode()
    for given in (text, file):
        more = music.post("/music/compose", json={"model": "school", "begin": given, "bars": 2}).json()
        piece = read_score(base64.b64decode(more["pieces"][0]["b64"]))
        assert piece.bars == PIECES[1].bars + 2
        assert [n.pitch for n in piece.notes if n.end <= 8] == [n.pitch for n in PIECES[1].notes if n.end <= 8]
    sung = music.post("/music/compose", json={"model": "school", "melody": text}).json()["pieces"][0]
    piece = read_score(base64.b64decode(sung["b64"]))
    assert [n.pitch for n in piece.of_part(0)] == [n.pitch for n in PIECES[1].of_part(0)] and len(piece.parts) == 4
    filled = music.post("/music/compose", json={"model": "school", "fill": text, "gap": "2"}).json()["pieces"][0]
    begin, end = PIECES[1].bar_lines()[2:4]
    outside = [
        [(n.onset, n.pitch, n.part) for n in score.notes if n.end <= begin or n.onset >= end]
        for score in (read_score(base64.b64decode(filled["b64"])), PIECES[1])
    ]
    assert outside[0] == outside[1]


def test_a_score_is_rendered_as_the_piece_that_it_is(music: httpx2.Client) -> None:
    asked = {"model": "school", "bars": 2, "seed": 3}
    (piece,) = music.post("/music/compose", json=asked).json()["pieces"]
    heard = music.post("/music/render", json={"score": piece["b64"], "format": "wav"}).json()
    (played,) = music.post("/music/compose", json=asked | {"format": "wav"}).json()["pieces"]
    waves = [read_sound(base64.b64decode(one["b64"]), "piece").wave for one in (heard, played)]
    assert waves[0].shape == waves[1].shape and np.abs(waves[0] - waves[1]).max() < 1e-3
    assert heard["media_type"] == "audio/wav" and heard["notes"] == piece["notes"]
    told = music.post("/music/render", json={"score": write_musicxml(PIECES[1]).decode(), "format": "mid"}).json()
    assert read_score(base64.b64decode(told["b64"])).bars == PIECES[1].bars == told["bars"]
    refused = music.post("/music/render", json={"score": "<svg onload='x'/>"})
    assert refused.status_code == 400 and refused.json()["error"]["param"] == "score"


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"begin": "no score"}, "begin"), ({"melody": base64.b64encode(b"MThd").decode()}, "melody"),
        ({"begin": "<x/>", "fill": "<x/>"}, "fill"), ({"n": 99}, "n"), ({"format": "pdf"}, "format"),
        ({"words": "merry"}, "words"), ({"key": "H"}, None), ({"gap": "1-2"}, None), ({"metre": "three"}, None),
        ({"bars": 65}, None), ({"temperature": -1.0}, None),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_its_name(
    music: httpx2.Client, given: dict[str, object], param: str | None
) -> None:
    answer = music.post("/music/compose", json={"model": "school", "bars": 2, **given})
    assert answer.status_code in (400, 422), answer.text
    assert param is None or answer.json()["error"]["param"] == param


def test_pieces_are_kept_and_made_again(music: httpx2.Client) -> None:
    body = {"model": "school", "bars": 2, "seed": 4}
    kept = music.post("/creations", json={"request": {"address": "/v1/anew/music/compose", "body": body}}).json()
    assert kept["media_type"] == "audio/midi" and kept["modality"] == "music"
    assert music.post(f"/creations/{kept['id']}/replay").json()["same"]


def test_several_files_of_a_piece_are_those_of_one_at_a_time(music: httpx2.Client) -> None:
    asked = {"model": "school", "bars": 2, "seed": 5, "n": 2}
    forms = ["musicxml", "mid", "wav"]
    told = music.post("/music/compose", json=asked | {"formats": forms}).json()["pieces"]
    for form in forms:
        alone = music.post("/music/compose", json=asked | {"format": form}).json()["pieces"]
        for piece, one in zip(told, alone, strict=True):
            assert "files" not in one
            assert piece["files"][form] == {"media_type": one["media_type"], "b64": one["b64"]}
    assert all(list(one["files"]) == forms and one["b64"] == one["files"]["musicxml"]["b64"] for one in told)
    for wrong in ([], ["mid", "mid"], ["x"], ["mid"]):
        more = {"format": "wav"} if wrong == ["mid"] else {}
        answer = music.post("/music/compose", json=asked | {"formats": wrong} | more)
        assert answer.status_code == 400 and answer.json()["error"]["param"].startswith("formats"), answer.text
