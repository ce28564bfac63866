"""Voices by name: of another program, or learnt here and kept in the store or in a folder; and which one speaks where
none is named.
"""

from __future__ import annotations

from anew.deploy.lookup import locate, open_model
from anew.engine.learnt_voice import LearntVoice
from anew.engine.voices import INSTALL, READY, STARTER, Voice, installed, open_voice
from anew.errors import NotFound, Refused, nearest

BETTER = f"{READY} speaks better: {INSTALL}"  # than the voice that comes with anew


def at_hand() -> str:
    """The name of the voice that speaks where none is named: the ready one where it is installed, else a voice of
    STARTER's name that is there. Refused: neither."""
    if READY in installed():
        return READY
    try:
        locate(STARTER)
    except NotFound:
        raise Refused("no voice is installed", next_command=INSTALL) from None
    return STARTER


def voice_called(name: str | None = None) -> Voice:
    """None: the one at hand. Refused, NotFound: none is installed, or neither a voice nor a model is called so.
    RecipeError: a model that is none."""
    name = at_hand() if name is None else name
    if name == READY or name in installed():
        return open_voice(name)
    try:
        artifact = open_model(name)
    except NotFound:
        what = f"no voice and no model is called {name!r}{nearest(name, installed())}"
        raise NotFound(what, next_command="anew models list") from None
    return LearntVoice(artifact)


__all__ = ["BETTER", "at_hand", "voice_called"]
