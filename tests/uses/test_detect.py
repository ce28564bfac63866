"""A detector finds what it should, where it should, and flags as few normal pictures as was asked for."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from bars import SIDE, bar
from PIL import Image

import anew
from anew.cli import main
from anew.codecs.image import write_image
from anew.engine.anomaly import Detector, clusters, kinds_of, neighbourly, parting
from anew.errors import DataError

KINDS = ("across", "down")


def some(n: int, seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [bar(rng, KINDS[i % 2]) for i in range(n)]


def scratched(picture: np.ndarray, at: tuple[int, int]) -> np.ndarray:
    made = picture.copy()
    y, x = at
    made[y : y + 4, x : x + 4] = np.random.default_rng(y * 31 + x).integers(0, 255, (4, 4, 1))
    return made


def slanted(rng: np.random.Generator) -> np.ndarray:
    """A kind that was never learnt: a bar from corner to corner."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    picture = np.full((SIDE, SIDE, 1), 20, np.uint8) + rng.integers(0, 10, (SIDE, SIDE, 1)).astype(np.uint8)
    picture[np.abs(rows - columns + rng.integers(-4, 4)) < 2] = rng.integers(150, 240)
    return picture


@pytest.fixture(scope="module")
def detectors(latent):
    return {look: Detector.fit(latent.artifact, some(800, 1), 0.05, looks=look) for look in ("whole", "parts", "both")}


def test_as_many_normal_pictures_are_flagged_as_was_asked_for(latent, detectors):
    """Within three and a half deviations of what chance does to 160 pictures of calibration."""
    fresh = some(1000, 2)
    for look, detector in detectors.items():
        assert abs(np.mean((detector.scores(fresh)["score"] > detector.threshold).tolist()) - 0.05) < 0.062, look
    loose = Detector.fit(latent.artifact, some(800, 1), 0.3)
    assert abs(np.mean((loose.scores(fresh)["score"] > loose.threshold).tolist()) - 0.3) < 0.13


def test_another_kind_is_found_by_the_whole_and_a_defect_by_its_parts(detectors):
    rng = np.random.default_rng(3)
    strange = {"whole": [slanted(rng) for _ in range(40)], "parts": [scratched(p, (6, 6)) for p in some(40, 4)]}
    for look, pictures in strange.items():
        for one in (look, "both"):
            found = detectors[one].look(pictures)
            assert np.mean([f.strange for f in found]) > 0.9, (look, one)


def test_the_heat_is_where_the_defect_is(detectors):
    hits = []
    for i, picture in enumerate(some(20, 5)):
        y, x = 2 + 4 * (i % 3), 2 + 4 * (i // 3 % 3)
        (found,) = detectors["parts"].look([scratched(picture, (y, x))])
        at = np.unravel_index(found.heat.argmax(), found.heat.shape)
        step = SIDE / found.heat.shape[0]
        hits.append(abs((at[0] + 0.5) * step - y - 2) <= 4 and abs((at[1] + 0.5) * step - x - 2) <= 4)
    assert np.mean(hits) > 0.8


def test_a_detector_is_its_state(latent, detectors):
    values, tensors = detectors["both"].state()
    again = Detector.restore(latent.artifact, json.loads(json.dumps(values)), tensors)
    pictures = some(5, 6)
    for one, other in zip(detectors["both"].look(pictures), again.look(pictures), strict=True):
        assert one.score == other.score and one.views == other.views and np.array_equal(one.heat, other.heat)


def test_a_model_without_a_latent_space_will_do(pixels):
    detector = Detector.fit(pixels.artifact, some(300, 7), 0.1, looks="whole")
    rng = np.random.default_rng(8)
    assert np.mean([f.strange for f in detector.look([slanted(rng) for _ in range(20)])]) > 0.8


def test_too_few_normals_are_refused(latent):
    with pytest.raises(DataError, match="30 normal pictures"):
        Detector.fit(latent.artifact, some(30, 9))


def test_the_axes_that_part_kinds_are_found():
    """Three kinds that differ along one axis of six, beside wider axes that tell nothing."""
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(600, 6, generator=rng) * torch.tensor([5.0, 4, 3, 1, 1, 1])
    kind = torch.arange(600) % 3
    x[:, 4] += 8.0 * kind
    axis = parting(x, kind)[:, 0]
    assert axis.abs().argmax() == 4 and axis[4].abs() > 5 * axis[[0, 1, 2, 3, 5]].abs().max()
    near = x @ neighbourly(x)
    found = clusters(near, rng)
    own = torch.stack([torch.bincount(kind[found == k], minlength=3).max() for k in found.unique()]).sum()
    assert own > 0.8 * len(x), "clusters are of one kind each"
    assert kinds_of(["a", "b", None] * 20) is None and kinds_of(["a", "b"] * 20) is None
    assert torch.equal(kinds_of(["a", "b", "c"] * 20), torch.arange(60) % 3)


def test_detect_from_the_command_line(latent, bars, tmp_path, capsys, monkeypatch):
    """Fitted on a stored model, the detector travels with its new version."""
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    assert main(["models", "import", str(latent.folder), "--name", "bars"]) == 0
    rng = np.random.default_rng(11)
    (tmp_path / "seen").mkdir()
    for i, picture in enumerate(some(6, 12)):
        (tmp_path / "seen" / f"normal-{i}.png").write_bytes(write_image(picture))
        (tmp_path / "seen" / f"strange-{i}.png").write_bytes(write_image(slanted(rng)))
    assert main(["detect", "bars", "seen"]) == 4 and "--fit" in capsys.readouterr().err
    assert main(["detect", "bars"]) == 2 and "nothing to look at" in capsys.readouterr().err
    assert main(["detect", "bars", "--fit", str(bars), "--false-positives", "2"]) == 2
    assert main(["detect", "bars", "--fit", "nowhere"]) == 3
    capsys.readouterr()
    assert main(["detect", "bars", "--fit", str(bars), "--look", "whole", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["calibrated_on"] == 80
    assert main(["detect", "bars", "seen", "--out", "heat", "--json"]) == 0
    told = {p["picture"]: p for p in json.loads(capsys.readouterr().out)["pictures"]}
    assert len(told) == 12 and all(p["strange"] for name, p in told.items() if "strange" in name)
    drawn = [p["heat_map"] for p in told.values() if p["strange"]]
    for path in drawn:
        with Image.open(path) as map_:
            assert map_.width > map_.height
    assert main(["models", "export", "bars", "out"]) == 0 and (tmp_path / "out" / "detector").is_dir()
    assert np.array_equal(anew.load("out").generate(seed=3).samples[0], latent.generate(seed=3).samples[0])
