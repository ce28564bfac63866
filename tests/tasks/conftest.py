"""Where these tests find the parts that they share; whatever is kept lies in a folder of the test."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # talkers.py


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))
