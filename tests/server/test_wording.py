"""Whoever reads an error over HTTP reads of a request's fields, and of no options that they cannot type."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

import anew
from anew.errors import RecipeError, Refused
from anew.server.errors import problem_of
from anew.server.wording import FIELDS, in_fields, worded

NEGATIVE = {"model": "flow", "label": "down", "negative": "across", "guidance": 1.0}


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("--size 512x512", '"size": "512x512"'),
        ("--bars 16", '"bars": 16'),
        ("--loudness -23.5", '"loudness": -23.5'),
        ("--gap 5-8 --keep 1", '"gap": "5-8", "keep": "1"'),
        ("--mask 0-0.5", '"mask": [0, 0.5]'),
        ("--margins 8,8,8,8", '"margins": [8, 8, 8, 8]'),
        ("the same with --guidance 2", 'the same with "guidance": 2'),
        ("the same with --label", "the same with label"),
        ("the same without --loop", "the same without loop"),
        ("the same with --begin SCORE", "the same with begin SCORE"),
        ("the same with --label, one that both know", "the same with label, one that both know"),
        ("--where 'age > 60 and sex == F'", '"where": "age > 60 and sex == F"'),
        ("the same with --train.minutes 5", 'the same with "train.minutes": 5 among the overrides'),
        ("--outpaint SOUND.wav --margins 0,0.5 goes on with one",
         '"margins": [0, 0.5] at /v1/anew/audio/continue goes on with one'),
        ("anew generate --help", "GET /v1/models, which tells the options of each"),
        ("anew models list", "GET /v1/models"),
        ("anew run digits --train.minutes 5", "anew run digits --train.minutes 5"),
        ("leave the size out", "leave the size out"),
        ("--out piece.mid", None), ("the same with --steps 4, or --out FILE.png", None), (None, None),
    ],
)  # fmt: skip
def test_a_way_out_is_told_by_fields(command: str | None, told: str | None) -> None:
    assert in_fields(command) == told


def test_the_message_names_fields_too() -> None:
    error = RecipeError("--metre x: two numbers, as in 3/4", next_command="--metre 4/4")
    assert worded(error) == 'metre x: two numbers, as in 3/4\n  try: "metre": "4/4"'
    assert str(error) == "--metre x: two numbers, as in 3/4\n  try: --metre 4/4", "a terminal reads what it read before"
    assert problem_of(error).message == worded(error)
    assert worded(Refused("no room", next_command="--out x.wav")) == "no room"
    assert worded(ValueError("--train.lr: a number")) == "--train.lr: a number"


def ways() -> Iterator[tuple[str, str]]:
    """What of the engine's and the tasks' errors is worded with options."""
    root = Path(anew.__file__).parent
    for room in ("engine", "tasks", "codecs"):
        for path in sorted((root / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.keyword) and node.arg == "next_command":
                    yield from ((f"{path.relative_to(root)}:{node.value.lineno}", one) for one in texts(node.value))


def texts(value: ast.expr) -> list[str]:
    """As they may be, with a word where one is put in."""
    if isinstance(value, ast.Constant):
        return [value.value] if isinstance(value.value, str) else []
    if isinstance(value, ast.JoinedStr):
        return ["".join(texts(one)[0] if isinstance(one, ast.Constant) else "size" for one in value.values)]
    return [text for one in ast.iter_child_nodes(value) if isinstance(one, ast.expr) for text in texts(one)]


def test_no_way_out_that_is_told_has_an_option_left() -> None:
    found = list(ways())
    assert len(found) > 80
    for place, way in found:
        told = in_fields(way)
        assert told is None or told.startswith("anew ") or "--" not in told, f"{place}: {way}"


def test_over_http(talking: str, gallery_address: str) -> None:
    pictures = f"{gallery_address}/v1/anew/generate"
    answer = httpx2.post(pictures, json=NEGATIVE, timeout=120)
    message = answer.json()["error"]["message"]
    assert answer.status_code == 400 and message.endswith('try: the same with "guidance": 2'), message
    missing = httpx2.post(f"{talking}/v1/completions", json={"model": "nobody", "prompt": "a"}, timeout=120).json()[
        "error"
    ]
    assert missing["message"].endswith("try: GET /v1/models")
    assert "--" not in message + missing["message"] and "negative" in FIELDS
