"""What a folder says of the sounds and pictures in it."""

import pytest

from anew.collect.kinds import label_of


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("people/ada/1.wav", "ada"), ("people/ada/wavs/1.wav", "ada"), ("ada/wavs/1.wav", None), ("ada/1.wav", None),
        ("people.zip!ada/clips/1.wav", "ada"), ("people/ada/more/1.wav", "more"),
    ],
)  # fmt: skip
def test_a_folder_that_says_nothing_leaves_it_to_the_one_above(name: str, label: str | None) -> None:
    assert label_of(name) == label
