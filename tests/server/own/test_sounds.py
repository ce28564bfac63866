"""Sounds over HTTP: the bytes of the command line and of Python, every form, what is refused, and by which name."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
import torch
from serving import served
from small_writers import writer

import anew
from anew import registry
from anew.artifact import Artifact, load_artifact
from anew.cli import main
from anew.codecs.label import Label
from anew.codecs.loudness import loudness
from anew.codecs.mel import Mel
from anew.codecs.sound import Sound
from anew.codecs.sound_files import pcm16, read_sound, sound_file
from anew.codecs.sound_loop import seam_of
from anew.contract import CondSpec, Spec
from anew.engine.pool import Listed, Pool
from anew.engine.settings import made_by
from anew.recipe import parse
from anew.server.app import Door
from anew.server.database.connect import Database
from anew.server.wire.sounds import MOST_SECONDS

RATE = 22_050
TONE = Sound((0.3 * np.sin(2 * np.pi * 700 * np.arange(RATE // 2) / RATE))[None].astype(np.float32), RATE)
SENT = sound_file(TONE)
ASK = {"model": "beeps", "label": "high", "seed": 3}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights, saved."""
    codec, label = Mel(mels=32, window=512, hop=128, seconds=0.4, iterations=4), Label()
    noise = np.random.default_rng(0).normal(0, 0.2, (3, 1, RATE // 2)).clip(-1, 1).astype(np.float32)
    codec.fit([TONE, *(Sound(one, RATE) for one in noise)])
    label.fit(["high", "low"])
    settings = {"width": 16, "depth": 1, "backbone": "unet", "steps": 2}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = registry.find("models", "edm")(Spec("grid", codec.spec.shape, cond=CondSpec(classes=2)), **settings)
    dials = {"mels": 32, "window": 512, "hop": 128, "seconds": 0.4, "iterations": 4}
    recipe = parse({
        "name": "beeps", "modality": "audio", "model": {"name": "edm"} | settings, "codec": {"name": "mel"} | dials,
    })  # fmt: skip
    folder = tmp_path_factory.mktemp("models") / "beeps"
    Artifact(recipe, network, codec, label).save(folder)
    return folder


class Shelf:
    def __init__(self, folder: Path) -> None:
        self.open = cache(lambda name: load_artifact(folder) if name == "beeps" else writer("bytes", "decoder"))

    def listed(self) -> Sequence[Listed]:
        kinds = {"beeps": "audio", "decoder": "text"}
        return [Listed(name, f"{i:064x}", 1000, 1_700_000_000, kind) for i, (name, kind) in enumerate(kinds.items())]


@pytest.fixture(scope="module")
def http(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('database')}/anew.db")
    for address in served(Pool(Shelf(model)), Door(), database):
        with httpx2.Client(base_url=f"{address}/v1/anew/audio", timeout=60) as client:
            yield client


def sent(audio: bytes = SENT) -> str:
    return base64.b64encode(audio).decode()


def test_a_sound_is_the_command_lines_file_and_pythons(http: httpx2.Client, model: Path, tmp_path: Path) -> None:
    answer = http.post("/generate", json=ASK | {"seconds": 0.2, "loudness": -30.0})
    assert answer.status_code == 200 and answer.headers["content-type"] == "audio/wav", answer.text
    assert answer.headers["x-anew-seed"] == "3"
    out = tmp_path / "a.wav"
    command = ["generate", str(model), "high", "--seed", "3", "--seconds", "0.2", "--loudness=-30", "--out", str(out)]
    assert main(command) == 0 and out.read_bytes() == answer.content
    anew.load(model).generate("high", seed=3, seconds=0.2, loudness=-30.0).save(tmp_path / "b.wav")
    assert (tmp_path / "b.wav").read_bytes() == answer.content
    assert read_sound(answer.content).seconds == 0.2 and made_by(answer.content) is not None


@pytest.mark.parametrize(
    ("path", "more", "flags"),
    [
        ("/inpaint", {"mask": [0.1, 0.2]}, ["--inpaint", "in.wav", "--mask", "0.1-0.2"]),
        ("/continue", {"margins": [0, 0.1]}, ["--outpaint", "in.wav", "--margins", "0,0.1"]),
        ("/generate", {"strength": 0.4}, ["--start", "in.wav", "--strength", "0.4"]),
    ],
)
def test_a_given_sound_as_json_and_as_a_form_is_the_command_lines(
    http: httpx2.Client, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, more: Any, flags: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.wav").write_bytes(SENT)
    assert main(["generate", str(model), "high", "--seed", "3", *flags, "--out", "out.wav"]) == 0
    of_json = http.post(path, json=ASK | more | {"audio": sent()})
    assert of_json.status_code == 200, of_json.text
    fields = {
        name: ",".join(map(str, value)) if isinstance(value, list) else str(value) for name, value in more.items()
    }
    of_form = http.post(path, data={k: str(v) for k, v in ASK.items()} | fields, files={"audio": ("in.wav", SENT)})
    uri = http.post(path, json=ASK | more | {"audio": f"data:audio/wav;base64,{sent()}"})
    assert of_form.status_code == 200, of_form.text
    assert (tmp_path / "out.wav").read_bytes() == of_json.content == of_form.content == uri.content
    if path != "/generate":
        kept = read_sound(of_json.content).wave
        assert np.array_equal(kept[:, :2_000], read_sound(SENT).wave[:, :2_000])


@pytest.mark.parametrize(
    ("form", "kind"),
    [("wav", "audio/wav"), ("flac", "audio/flac"), ("mp3", "audio/mpeg"), ("ogg", "audio/ogg"), ("opus", "audio/ogg"),
     ("pcm", "audio/pcm")],
)  # fmt: skip
def test_every_form_holds_the_sound(http: httpx2.Client, model: Path, tmp_path: Path, form: str, kind: str) -> None:
    answer = http.post("/generate", json=ASK | {"response_format": form})
    assert answer.headers["content-type"] == kind
    made = anew.load(model).generate("high", seed=3)
    if form == "pcm":
        assert answer.content == pcm16(made.samples[0].wave).astype("<i2").tobytes()
        return
    made.save(tmp_path / f"a.{form}")
    assert (tmp_path / f"a.{form}").read_bytes() == answer.content


def test_several_come_as_json_with_what_they_are(http: httpx2.Client) -> None:
    told = http.post("/generate", json=ASK | {"n": 2, "answer": "json", "loop": True}).json()
    assert told["object"] == "sounds" and told["format"] == "wav" and [one["seed"] for one in told["sounds"]] == [3, 4]
    for one in told["sounds"]:
        sound = read_sound(base64.b64decode(one["b64_audio"]))
        assert seam_of(sound).is_inaudible and one["label"] == "high"
        assert one["seconds"] == pytest.approx(sound.seconds, abs=1e-5)
        assert one["loudness"] == pytest.approx(loudness(sound), abs=0.05) and one["loudness"] > -60


@pytest.mark.parametrize(
    ("path", "wrong", "param"),
    [
        ("/generate", {"seconds": 9}, "seconds"), ("/generate", {"loudness": 5}, "loudness"),
        ("/generate", {"n": 2}, "n"), ("/generate", {"n": 65}, "n"), ("/generate", {"label": "middle"}, "label"),
        ("/generate", {"solver": "magic"}, "solver"), ("/generate", {"tempo": 3}, "tempo"),
        ("/generate", {"response_format": "aac"}, "response_format"), ("/generate", {"strength": 0.3}, "audio"),
        ("/generate", {"audio": sent()}, "strength"), ("/generate", {"model": "decoder"}, "model"),
        ("/continue", {"margins": [0, 0.1]}, "audio"), ("/continue", {"audio": sent()}, "margins"),
        ("/continue", {"audio": sent(), "margins": [0, 0]}, "margins"),
        ("/continue", {"audio": sent(), "margins": [0, 0.1], "seconds": 1}, "seconds"),
        ("/continue", {"audio": sent(), "margins": [0.1]}, "margins"),
        ("/inpaint", {"audio": sent(), "mask": [0.4, 0.9]}, "mask"), ("/inpaint", {"audio": sent()}, "mask"),
        ("/inpaint", {"audio": "?", "mask": [0.1, 0.2]}, "audio"),
        ("/inpaint", {"audio": 3, "mask": [0.1, 0.2]}, "audio"),
        ("/inpaint", {"audio": sent(b"RIFF"), "mask": [0.1, 0.2]}, "audio"),
        ("/inpaint", {"audio": sent(SENT[:50]), "mask": [0.1, 0.2]}, "audio"),
        ("/inpaint", {"audio": [sent(), sent()], "mask": [0.1, 0.2]}, "audio"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_its_field(http: httpx2.Client, path: str, wrong: Any, param: str) -> None:
    answer = http.post(path, json=ASK | wrong)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["param"].startswith(param), answer.text


def test_a_sound_is_kept_and_made_again(http: httpx2.Client) -> None:
    where = str(http.base_url).replace("audio/", "creations")
    for more in ({}, {"n": 2, "answer": "json"}):
        request = {"address": "/v1/anew/audio/generate", "body": ASK | more}
        kept = http.post(where, json={"request": request | ({"index": 1} if more else {})})
        assert kept.status_code in (200, 201), kept.text
        assert read_sound(http.get(f"{where}/{kept.json()['id']}/content").content).wave.size
        assert http.post(f"{where}/{kept.json()['id']}/replay").json()["same"]


def test_uploads_have_a_budget(http: httpx2.Client) -> None:
    long = sound_file(Sound(np.zeros((1, round(2_000 * (MOST_SECONDS + 1))), np.float32), 2_000), "flac")
    answer = http.post("/inpaint", json=ASK | {"mask": [0, 0.1], "audio": sent(long)})
    assert answer.status_code == 400 and "unpacks to more than 60 seconds" in answer.json()["error"]["message"]
    large = http.post("/inpaint", data={"model": "beeps", "mask": "0,0.1"}, files={"audio": ("a.wav", bytes(36 << 20))})
    assert large.status_code == 413
    assert http.post("/inpaint", content=b"x", headers={"content-type": "text/plain"}).status_code == 415


def test_the_document_tells_of_them(http: httpx2.Client) -> None:
    paths = json.loads(http.get(str(http.base_url).replace("/v1/anew/audio/", "/openapi.json")).content)["paths"]
    for name, needed in (("generate", {"model"}), ("continue", {"margins", "audio"}), ("inpaint", {"mask", "audio"})):
        told = paths[f"/v1/anew/audio/{name}"]["post"]
        for kind in ("application/json", "multipart/form-data"):
            schema = told["requestBody"]["content"][kind]["schema"]
            assert needed <= set(schema["required"]) and "audio" in schema["properties"]
        assert {"application/json", "audio/wav", "audio/ogg"} <= set(told["responses"]["200"]["content"])
