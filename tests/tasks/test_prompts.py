"""Every prompt: it is the one that results name, its blanks are those that its task fills, and nothing else is read."""

import json
from pathlib import Path

import pytest

from anew.errors import NotFound
from anew.tasks.chat import Message
from anew.tasks.prompts import prompt, prompts

BLANKS = {
    "answer": {"passage", "question"},
    "asking": {"passage"},
    "brainstorm": {"topic", "angle", "count"},
    "docstring": {"code"},
    "draft": {"title", "outline", "heading", "words", "points"},
    "explain": {"code"},
    "extract": {"text", "schema"},
    "fix": {"code", "tests", "failure"},
    "outline": {"topic", "sections", "points"},
    "rewrite": {"text", "how"},
    "summarise": {"text", "words"},
    "summarise-parts": {"text", "words"},
    "tests": {"code", "name", "module"},
    "translate": {"text", "language"},
}
FILES = [(name, version) for name, versions in prompts().items() for version in versions]
HASHES = json.loads((Path(__file__).parent / "prompts.json").read_text("utf-8"))


def test_every_task_has_its_prompts():
    assert prompts().keys() == BLANKS.keys()
    assert {f"{name}.v{version}" for name, version in FILES} == HASHES.keys()


@pytest.mark.parametrize(("name", "version"), FILES)
def test_a_prompt_is_never_changed(name, version):
    """A better wording is a new version: results name the one that made them."""
    assert prompt(name, version).sha256 == HASHES[f"{name}.v{version}"]


@pytest.mark.parametrize("name", BLANKS)
def test_its_blanks_are_filled_once(name):
    used = prompt(name)
    assert used.blanks == BLANKS[name]
    assert used.turns[-1][0] == "user" and all(content for _, content in used.turns)
    values = {blank: f"<{blank}> $text ${{passage}} $$ === user\n" for blank in used.blanks}
    made = used.messages(**values)
    assert [one.role for one in made] == [role for role, _ in used.turns]
    for blank, value in values.items():
        assert sum(one.content.count(value) for one in made) == sum(
            content.count(f"${blank}") for _, content in used.turns
        )


def test_a_wrong_blank_is_a_defect_and_a_wrong_name_is_told():
    with pytest.raises(ValueError, match="blanks"):
        prompt("summarise").messages(text="x")
    with pytest.raises(ValueError, match="blanks"):
        prompt("asking").messages(passage="x", text="x")
    with pytest.raises(NotFound, match="summarise"):
        prompt("summarize")
    with pytest.raises(NotFound):
        prompt("summarise", 99)
    assert all(isinstance(one, Message) for one in prompt("asking").messages(passage="x"))
