"""Input as people have it: each case is taken, or refused with its place and a way on; nothing is left half made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bad_input import archives, encodings, pictures, places, rows, tables
from bad_input.case import GOOD, OTHER, Case, put

from anew.clean import clean
from anew.collect import collect
from anew.data.records import read_records
from anew.errors import DataError, RecipeError
from anew.recipe import Clean, Data, parse, read

MODULES = (encodings, tables, rows, pictures, archives, places)
CASES = {name: one for module in MODULES for name, one in vars(module).items() if isinstance(one, Case)}


def run(case: Case, source: Path, folder: Path) -> tuple[list, set[str]]:
    """The cleaned records and the rules that struck."""
    data = Data(source=str(source), column=case.column, label=case.label)
    first = collect(data, case.modality, folder / "collect")
    second = clean(Clean(), case.modality, folder / "collect", folder / "clean")
    struck = {k.removeprefix("removed: ") for m in (first, second) for k in m.counts if k.startswith("removed: ")}
    named = [
        json.loads(x) for s in ("collect", "clean") for x in (folder / s / "removed.jsonl").read_text().splitlines()
    ]
    assert {row["rule"] for row in named} == struck and all(row["origin"] for row in named)
    return list(read_records(folder / "clean")), struck


@pytest.mark.parametrize("name", CASES)
def test_bad_input(name: str, tmp_path: Path) -> None:
    case, out = CASES[name], tmp_path / "run"
    source = case.make(tmp_path)
    if case.refused:
        with pytest.raises(DataError) as refusal:
            run(case, source, out)
        assert case.refused in str(refusal.value) and refusal.value.next_command
        assert all(rule in str(refusal.value) for rule in case.rules)
    else:
        records, struck = run(case, source, out)
        assert (len(records), struck) == (case.records, set(case.rules))
        assert not case.text or any(case.text in r.value for r in records)
        assert all(r.origin.startswith(source.name) for r in records)
    left = [p for p in out.rglob("*") if ".partial" in p.name or ".old" in p.name or "index" in p.name]
    assert not left and not (out / "clean").exists() == bool(case.refused)


def test_unreadable_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "in/a.txt", OTHER)
    put(tmp_path, "in/b.txt", GOOD)
    real = open

    def guarded(path: object, *rest: object, **named: object) -> object:
        if str(path).endswith("in/a.txt"):
            raise PermissionError(13, "Permission denied")
        return real(path, *rest, **named)  # type: ignore[call-overload]

    monkeypatch.setattr("anew.collect.sources.open", guarded, raising=False)
    records, struck = run(Case(lambda p: p), tmp_path / "in", tmp_path / "run")
    assert len(records) == 1 and struck == {"unreadable"}


def test_no_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no data is named"):
        collect(Data(), "text", tmp_path / "run")


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        (
            'name = "x"\nmodality = "text"\n[codec]\nname = "bytes"\n[modle]\nname = "transformer"',
            "did you mean 'model'",
        ),
        ('name = "x"\nmodality = "txt"\n[codec]\nname = "bytes"\n[model]\nname = "transformer"', "modality"),
        ('name = "x"\nmodality = "text\n[codec]', "line 2"),
        ("\xff\xfe", "not TOML"),
    ],
)
def test_mistaken_recipe_is_refused(recipe: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_bytes(recipe.encode("latin-1"))
    with pytest.raises(RecipeError, match=words):
        parse(read(path), str(path))


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 50
