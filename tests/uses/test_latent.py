"""The ways through a latent space: ends, spheres, seeds, directions, neighbours, maps."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from bars import bar, lean
from PIL import Image

from anew.cli import main
from anew.codecs.image import write_image
from anew.engine.blend import between
from anew.engine.latent import direction, flatten, neighbours, slerp, space_of, walk
from anew.errors import RecipeError


def test_the_way_keeps_to_the_sphere_and_its_ends():
    a, b = (torch.randn(4, 8, generator=torch.Generator().manual_seed(s)) for s in (1, 2))
    b = b * (a.norm() / b.norm())
    path = walk([a, b, a], 7)
    assert torch.equal(path[0], a) and torch.equal(path[6], b) and torch.equal(path[12], a) and len(path) == 13
    assert torch.allclose(path.flatten(1).norm(dim=1), a.norm().expand(13), rtol=1e-5), "leaves the sphere"
    steps = (path[1:7] - path[:6]).flatten(1).norm(dim=1)
    assert torch.allclose(steps, steps[0].expand(6), rtol=1e-4), "equal shares are equal steps"
    assert torch.allclose(slerp(a, -a, 0.5), torch.zeros_like(a)), "opposite ends go straight"


@pytest.fixture(scope="module")
def placed(latent):
    rng = np.random.default_rng(5)
    labels = ["across", "down"] * 40
    pictures = [bar(rng, label) for label in labels]
    space = space_of(latent.artifact, "codec")
    return space, pictures, labels, space.encode(pictures)


def test_a_picture_is_found_again_at_its_place(placed):
    space, pictures, _, z = placed
    back = np.stack(space.decode(z)).astype(float)
    real = np.stack(pictures).astype(float)
    apart = np.square(back[:, None] - real[None]).mean((2, 3, 4))
    assert np.diag(apart).mean() < 0.1 * apart.mean()


def test_neighbours_are_of_the_same_kind(placed):
    _, _, labels, z = placed
    distances, indices = neighbours(z[:20], z, 4)
    assert torch.equal(indices[:, 0], torch.arange(20)) and (distances[:, 0] == 0).all()
    assert (distances.diff(dim=1) >= 0).all()
    alike = np.mean([[labels[j] == labels[i] for j in row[1:]] for i, row in enumerate(indices.tolist())])
    assert alike > 0.8


def test_a_direction_turns_one_kind_into_the_other(placed):
    space, _, labels, z = placed
    turn = direction(z, labels, "down", "across")
    across = z[[i for i, label in enumerate(labels) if label == "across"]]
    made = [space.decode(across + share * turn) for share in (0.0, 1.5, 3.0)]
    leaning = [np.mean([lean(p) for p in pictures]) for pictures in made]
    assert leaning[0] > leaning[1] > leaning[2] and leaning[2] < 0.5 * leaning[0], leaning
    with pytest.raises(RecipeError, match="sideways"):
        direction(z, labels, "sideways", "across")


def test_a_map_shows_the_widest_axes_and_parts_labels():
    rng = torch.Generator().manual_seed(0)
    z = torch.randn(200, 6, generator=rng) * torch.tensor([9.0, 5.0, 1, 1, 1, 1])
    flat, share = flatten(z)
    assert flat.shape == (200, 2) and share > 0.9
    assert torch.allclose(flat.abs(), (z - z.mean(0))[:, :2].abs().double(), atol=1.5)
    names = ["a", "b", "c"]
    labels = [names[i % 3] for i in range(200)]
    z[:, 3] += torch.tensor([4.0 * (i % 3) for i in range(200)])
    flat, _ = flatten(z, labels)
    middles = [flat[[i for i in range(200) if labels[i] == name]].mean(0) for name in names]
    assert min((middles[i] - middles[j]).norm() for i, j in ((0, 1), (1, 2))) > 3, "the labels' own axis is not shown"
    assert flatten(z[:, :1])[0].shape == (200, 2), "one dimension is a map too"


@pytest.fixture
def at_home(latent, tmp_path, monkeypatch):
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(8)
    for name, label in (("a.png", "across"), ("b.png", "down")):
        (tmp_path / name).write_bytes(write_image(bar(rng, label)))
    return str(latent.folder)


def test_interpolate_writes_a_strip_and_a_gif(at_home, tmp_path, capsys):
    command = ["interpolate", at_home, "a.png", "b.png", "--frames", "5", "--space", "codec", "--out", "o/way.png"]
    assert main([*command, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["frames"] == 5 and told["paths"] == ["o/way.png", "o/way.gif"]
    assert main([*command[:-4], "--out", "o/other.png"]) == 0
    assert "draw 0/100 0%" in capsys.readouterr().err, "between pictures the way is long"
    with Image.open("o/way.gif") as moving, Image.open("o/way.png") as strip:
        assert moving.n_frames == 5 and b"trainedAlgorithmicMedia" in moving.info["comment"]
        assert strip.width > 4 * strip.height


def test_the_way_between_labels_begins_and_ends_with_what_each_draws(latent):
    made = between(latent.artifact, ["across", "down"], 7, seed=4, guidance=2.0)
    for place, label in ((0, "across"), (-1, "down")):
        alone = latent.generate(seed=4, label=label, guidance=2.0).samples[0]
        assert np.array_equal(made.samples[place], alone)
    apart = [float(np.square(one.astype(float) - made.samples[0]).mean()) for one in made.samples]
    assert 0 == apart[0] < apart[1] < 0.5 * apart[-1] and apart[-2] > 0.5 * apart[-1], apart
    loop = between(latent.artifact, ["across", "down", "across"], 3, seed=4, walk=True, steps=2)
    assert len(loop.samples) == 7 and len(loop.frames) == 6 and np.array_equal(loop.samples[0], loop.samples[-1])
    with pytest.raises(RecipeError, match="sideways"):
        between(latent.artifact, ["across", "sideways"])


def test_interpolate_takes_labels_as_ends(at_home, capsys):
    assert main(["interpolate", at_home, "across", "down", "--frames", "4", "--guidance", "2", "--seed", "9"]) == 0
    assert capsys.readouterr().out.split() == ["images-way.png", "images-way.gif"]
    with Image.open("images-way.gif") as moving:
        assert moving.n_frames == 4
    for words, said in (
        (["across", "3"], "all captions"),
        (["across", "down", "--label", "down"], "--label"),
        (["1", "2", "--seed", "3"], "between captions"),
    ):
        assert main(["interpolate", at_home, *words]) == 2
        assert said in capsys.readouterr().err


def test_a_model_that_is_told_nothing_has_no_way_between_labels(latent):
    with pytest.raises(RecipeError, match="without labels|told nothing"):
        between(replace(latent.artifact, label=None), ["a", "b"])


def test_a_walk_through_seeds_is_a_loop(at_home, capsys):
    assert main(["interpolate", at_home, "1", "2", "3", "--frames", "4", "--walk", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["frames"] == 10  # 3 legs of 3 steps, and home


def test_a_map_is_drawn_of_the_recipes_own_data(at_home, bars, capsys):
    assert main(["map", at_home, "-n", "60", "--out", "map.png", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["pictures"] == 60 and 0 < told["variance"] <= 1
    drawn = np.asarray(Image.open("map.png"))
    assert (drawn == (0, 114, 178)).all(2).any() and (drawn == (230, 159, 0)).all(2).any(), "the labels' colours"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["interpolate", "1"], 2, "two ends"),
        (["interpolate", "1", "2", "--frames", "1"], 2, "two frames"),
        (["interpolate", "1", "nowhere.png"], 1, "nowhere.png"),
        (["interpolate", "1", str(2**63)], 2, "2^63"),
        (["interpolate", "1", "2", "--out", "way.gif"], 2, "PNG"),
        (["interpolate", "1", "2", "--label", "sideways"], 2, "sideways"),
        (["map", "-n", "2"], 2, "-n"),
        (["map", "--data", "nowhere"], 3, "nowhere"),
    ],
)
def test_what_cannot_be_is_refused_in_words(at_home, words, code, said, capsys):
    assert main([words[0], at_home, *words[1:]]) == code
    assert said in capsys.readouterr().err
