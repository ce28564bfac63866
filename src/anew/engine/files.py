"""Synthetic rows of a table as files: CSV, JSONL or Parquet by the suffix, each with a sidecar that says what it is.

In: rows as dicts and facts about them. Out: the file, and `FILE.json` beside it; Parquet says it in its metadata too.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from anew.data.files import sha256_file, write_atomic
from anew.errors import RecipeError

SHOWN = 20


def write_rows(rows: Sequence[Mapping[str, Any]], path: Path, facts: Mapping[str, Any]) -> list[Path]:
    """Write the rows and what is known of them; the paths of both. RecipeError for a suffix that names no table."""
    writers = {".csv": as_csv, ".tsv": as_csv, ".jsonl": as_lines, ".ndjson": as_lines, ".parquet": as_parquet}
    suffix = path.suffix.lower()
    if suffix not in writers:
        what = f"{path}: rows are written as CSV, JSONL or Parquet"
        raise RecipeError(what, next_command=f"--out {path.with_suffix('.csv')}")
    told = {"synthetic": True, "rows": len(rows), "anew": version("anew"), **facts}
    content = as_csv(rows, told, "\t") if suffix == ".tsv" else writers[suffix](rows, told)
    write_atomic(path, content)
    beside = path.with_name(path.name + ".json")
    told |= {"file": path.name, "sha256": sha256_file(path)}
    write_atomic(beside, (json.dumps(told, indent=1, ensure_ascii=False) + "\n").encode())
    return [path, beside]


def as_csv(rows: Sequence[Mapping[str, Any]], told: Mapping[str, Any], delimiter: str = ",") -> bytes:
    """What is missing is an empty field."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(rows[0])
    writer.writerows(["" if value is None else cell(value) for value in row.values()] for row in rows)
    return text.getvalue().encode("utf-8", "replace")


def cell(value: Any) -> Any:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else value


def as_lines(rows: Sequence[Mapping[str, Any]], told: Mapping[str, Any]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode("utf-8", "replace")


def as_parquet(rows: Sequence[Mapping[str, Any]], told: Mapping[str, Any]) -> bytes:
    """A column of several types becomes one of text."""
    columns = {}
    for name in rows[0]:
        values = [row[name] for row in rows]
        try:
            columns[name] = pa.array(values)
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            columns[name] = pa.array([None if v is None else str(v) for v in values])
    table = pa.table(columns).replace_schema_metadata({"anew": json.dumps(told)})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def html_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The first rows, as a notebook shows them."""
    head = "".join(f"<th>{escape(str(name))}</th>" for name in rows[0])
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(str(cell(v) if v is not None else str()))}</td>' for v in row.values())}</tr>"
        for row in rows[:SHOWN]
    )
    more = f"<p>… and {len(rows) - SHOWN} more rows</p>" if len(rows) > SHOWN else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"
