"""A picture is mirrored only where no caption tells left from right."""

import pytest

from anew.codecs.mirror import mirrors


@pytest.mark.parametrize(
    "caption",
    [
        "a red apple",
        "a cat, noto style",
        "brightly lit leftovers",
        "a watching owl",
        "überall Blumen",
        "緑の心",
        "a flagon",
    ],
)
def test_may_be_mirrored(caption: str) -> None:
    assert mirrors([caption]) and mirrors([]) and mirrors(["a thing", caption])


@pytest.mark.parametrize(
    "caption",
    [
        "right arrow", "a Left-facing fish", "three o’clock", "an alarm clock", "flag of Ghana", "a letter",
        "keycap *", "12 apples", "a sign that says “stop”", "A button (blood type)", "a map of Japan", "musical note",
        "clockwise", "a word", "text bubble", "an EAST gate", "number plate", "question mark", "a dollar sign",
    ],
)  # fmt: skip
def test_may_not_be_mirrored(caption: str) -> None:
    assert not mirrors([caption]) and not mirrors(["a thing", caption])
