"""Pictures for the words of a prompt: the same bytes by Python, the command line and HTTP; words count."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import openai
import pytest
from picture_room import a_mask, a_picture, files
from serving import served
from small_pictures import Gallery

from anew.artifact import load_artifact
from anew.cli import main
from anew.codecs.image import write_image
from anew.engine.generate import generate
from anew.engine.pool import Pool
from anew.errors import RecipeError
from anew.server.app import Door
from anew.server.database.connect import Database


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Gallery:
    return Gallery(tmp_path_factory.mktemp("gallery"))


@pytest.fixture(scope="module")
def client(gallery: Gallery, database: Database) -> Iterator[openai.OpenAI]:
    for address in served(Pool(gallery), Door(), database):
        yield openai.OpenAI(base_url=f"{address}/v1", api_key="any", max_retries=0)


def test_a_prompt_draws_the_same_bytes_every_way(client: openai.OpenAI, gallery: Gallery, tmp_path: Path) -> None:
    told = client.images.generate(
        model="prompted", prompt="a bar across", n=2,
        extra_body={"seed": 5, "guidance": 2.5, "steps": 3, "negative_prompt": "down"},
    )  # fmt: skip
    trained = gallery.trained("prompted")
    asked = ["a bar across", "-n", "2", "--seed", "5", "--guidance", "2.5", "--steps", "3", "--negative", "down"]
    assert main(["generate", str(trained.folder), *asked, "--out", str(tmp_path / "out")]) == 0
    typed = [(tmp_path / "out" / f"{seed}.png").read_bytes() for seed in (5, 6)]
    made = trained.generate("a bar across", n=2, seed=5, guidance=2.5, steps=3, negative="down")
    made.save(tmp_path / "python")
    coded = [(tmp_path / "python" / f"{seed}.png").read_bytes() for seed in (5, 6)]
    assert files(told) == typed == coded
    assert (
        main(
            [
                "generate",
                str(trained.folder),
                "--like",
                str(tmp_path / "out" / "6.png"),
                "--out",
                str(tmp_path / "again.png"),
            ]
        )
        == 0
    )
    assert (tmp_path / "again.png").read_bytes() == typed[1]
    assert made.labels == ["a bar across"] * 2


def test_what_is_said_counts_and_how_it_is_written_does_not(gallery: Gallery) -> None:
    artifact = gallery.trained("prompted").artifact
    plain, same, other, nothing, away = (
        generate(artifact, 1, 3, prompt, **options).samples[0]
        for prompt, options in (
            ("a bar across", {}), ("A  BAR, across!", {}), ("a bar down", {}), ("", {}),
            ("a bar across", {"negative": "a bar down"}),
        )
    )  # fmt: skip
    assert (plain == same).all()
    for changed in (other, nothing, away):
        assert (plain != changed).any()


def test_a_prompted_picture_depends_on_its_own_seed_and_prompt_alone(gallery: Gallery, tmp_path: Path) -> None:
    artifact = gallery.trained("prompted").artifact
    together = generate(artifact, 3, 8, label=["a bar down", None, "a bar across"])
    alone = generate(artifact, 1, 10, "a bar across")
    assert (together.samples[2] == alone.samples[0]).all()
    artifact.save(tmp_path / "copy")
    again = generate(load_artifact(tmp_path / "copy"), 1, 10, "a bar across")
    assert (again.samples[0] == alone.samples[0]).all()


@pytest.mark.parametrize(
    ("prompt", "why"),
    [
        ("bar " * 25, "25 tokens, and this model reads 24"),
        ("…!", "says nothing"),
        ("<br><p>", "says nothing"),
        ("💚", "says nothing"),
    ],
)
def test_prompts_that_cannot_be_read_are_refused_by_name(
    client: openai.OpenAI, gallery: Gallery, prompt: str, why: str
) -> None:
    with pytest.raises(RecipeError, match=why):
        generate(gallery.trained("prompted").artifact, prompt=prompt)
    with pytest.raises(openai.BadRequestError, match=why) as refused:
        client.images.generate(model="prompted", prompt=prompt)
    assert refused.value.param == "prompt"
    with pytest.raises(openai.BadRequestError, match=why) as refused:
        client.images.generate(model="prompted", prompt="bar", extra_body={"negative_prompt": prompt, "guidance": 2})
    assert refused.value.param == "negative_prompt"


def test_a_label_is_refused_where_words_are_read(client: openai.OpenAI, gallery: Gallery) -> None:
    with pytest.raises(RecipeError, match="told by its prompt"):
        generate(gallery.trained("prompted").artifact, prompt="bar", label="bar")
    with pytest.raises(openai.BadRequestError, match="knows no 'across'"):
        client.images.generate(model="prompted", prompt="bar", extra_body={"class": "across"})


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")
def test_a_prompt_steers_edits_and_variations(client: openai.OpenAI, gallery: Gallery, tmp_path: Path) -> None:
    picture = write_image(a_picture())
    made = {
        prompt: client.images.edit(
            model="prompted", image=("a.png", picture), mask=("m.png", a_mask()), prompt=prompt, extra_body={"seed": 2}
        )
        for prompt in ("a bar across", "a bar down")
    }
    assert files(made["a bar across"]) != files(made["a bar down"])
    given = tmp_path / "given.png"
    given.write_bytes(picture)
    folder, out = str(gallery.trained("prompted").folder), tmp_path / "varied.png"
    asked = ["--start", str(given), "--strength", "0.6", "--seed", "2", "--out", str(out)]
    assert main(["generate", folder, "a bar down", *asked]) == 0
    varied = client.images.create_variation(
        model="prompted", image=("a.png", picture), extra_body={"seed": 2, "strength": 0.6, "prompt": "a bar down"}
    )
    assert files(varied) == [out.read_bytes()]
