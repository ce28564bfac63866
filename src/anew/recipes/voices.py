"""Voices by name: of another program, or learnt here and kept in the store or in a folder."""

from __future__ import annotations

from anew.deploy.lookup import open_model
from anew.engine.learnt_voice import LearntVoice
from anew.engine.voices import READY, Voice, installed, open_voice
from anew.errors import NotFound, nearest


def voice_called(name: str = READY) -> Voice:
    """Refused, NotFound: none is installed, or neither a voice nor a model is called so. RecipeError: a model that is
    none."""
    if name == READY or name in installed():
        return open_voice(name)
    try:
        artifact = open_model(name)
    except NotFound:
        what = f"no voice and no model is called {name!r}{nearest(name, installed())}"
        raise NotFound(what, next_command="anew models list") from None
    return LearntVoice(artifact)


__all__ = ["voice_called"]
