"""Where anew keeps all that it keeps."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def home() -> Path:
    """The folder named by the environment's ANEW_HOME, else the platform's folder for a user's data."""
    named = os.environ.get("ANEW_HOME")
    return Path(named).expanduser().absolute() if named else Path(platformdirs.user_data_dir("anew", appauthor=False))
