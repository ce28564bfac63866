"""The five stages one by one: each does what the stages before it still lack, then itself, and stops."""

from __future__ import annotations

from anew.cli.dotted import Overrides
from anew.cli.run import Data, From, Name, Out, perform
from anew.cli.terminal import Json


def collect(run: Name, /, *overrides: Overrides, data: Data = None, out: Out = None, as_json: Json = False) -> None:
    """Stage 1: read the sources into records, each with its origin, licence and hash."""
    perform(run, overrides, data, out, None, False, as_json, until="collect")


def clean(run: Name, /, *overrides: Overrides, data: Data = None, out: Out = None, as_json: Json = False) -> None:
    """Stage 2: mend, drop and split the records; removed.jsonl says which and why."""
    perform(run, overrides, data, out, None, False, as_json, until="clean")


def train(
    run: Name, /, *overrides: Overrides, data: Data = None, out: Out = None, start: From = None, as_json: Json = False
) -> None:
    """Stage 3: train the model, with its learned codec and its judge where the recipe has them."""
    perform(run, overrides, data, out, start, False, as_json, until="train")


def validate(run: Name, /, *overrides: Overrides, data: Data = None, out: Out = None, as_json: Json = False) -> None:
    """Stage 4: measure the model on what it never saw and write report.html and report.json."""
    perform(run, overrides, data, out, None, False, as_json, until="validate")


def deploy(run: Name, /, *overrides: Overrides, data: Data = None, out: Out = None, as_json: Json = False) -> None:
    """Stage 5: put the model with its card and evidence into the store."""
    perform(run, overrides, data, out, None, False, as_json, until="deploy")
