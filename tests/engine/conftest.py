"""Where the tests of the engine find the parts that they share."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # small_writers.py
sys.path.insert(0, str(Path(__file__).parents[1]))  # small_voice.py
