"""What cleaning by a recipe's defaults would make of records, before there is a run."""

from __future__ import annotations

from pathlib import Path

from anew.clean import clean
from anew.data.manifest import Manifest
from anew.data.progress import Report
from anew.recipe import Clean


def cleaned(modality: str, source: Path, folder: Path, report: Report) -> Manifest:
    """The records in `source`, cleaned into `folder`. DataError: none is left."""
    return clean(Clean(), modality, source, folder, report)
