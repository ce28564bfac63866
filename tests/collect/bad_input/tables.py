"""Texts in the columns of tables."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bad_input.case import GOOD, OTHER, case, put


@case(records=2, rules=("ragged row",))
def ragged_csv(folder: Path) -> Path:
    return put(folder, "in.csv", f"id,text\n1,{GOOD.strip()}\n2\n3,a,b,c\n4,{OTHER.strip()}\n".replace(", ", " "))


@case(refused="no column 'story'; its columns are 'id', 'text'", column="story")
def wrong_column(folder: Path) -> Path:
    return put(folder, "in.csv", "id,text\n1,abc\n")


@case(refused="no column 'mood' for the label", label="mood")
def wrong_label_column(folder: Path) -> Path:
    return put(folder, "in.csv", "id,text\n1,abc\n")


@case(refused="no column is plainly the text; its columns are '1', '7', 'hello there'")
def missing_header(folder: Path) -> Path:
    return put(folder, "in.csv", "1,7,hello there\n2,8,good bye\n")


@case(refused="0 usable records")
def header_alone(folder: Path) -> Path:
    return put(folder, "in.csv", "id,text\n")


@case(records=1, text="one text\nof two lines")
def line_breaks_in_quotes(folder: Path) -> Path:
    return put(folder, "in.csv", 'id,text\r\n1,"one text\nof two lines"\r\n')


@case(refused="0 usable records", rules=("broken row",))
def quote_never_closed(folder: Path) -> Path:
    return put(folder, "in.csv", 'text\n"' + GOOD * 3)


@case(records=2, text="Quite another text")
def semicolons_instead_of_commas(folder: Path) -> Path:
    return put(folder, "in.csv", f"id;text\n1;{GOOD}2;{OTHER}")


@case(records=2, rules=("broken row",))
def broken_json_line(folder: Path) -> Path:
    rows = [json.dumps({"text": GOOD}), '{"text": "unfinished', "[1, 2]", json.dumps({"text": OTHER})]
    return put(folder, "in.jsonl", "\n".join(rows))


@case(records=1, rules=("broken row",))
def json_nested_a_million_deep(folder: Path) -> Path:
    return put(folder, "in.jsonl", json.dumps({"text": GOOD}) + "\n" + "[" * 1_000_000 + "\n")


@case(records=1, rules=("no value", "no text"))
def json_rows_without_text(folder: Path) -> Path:
    rows = [{"text": GOOD}, {"title": "x"}, {"text": None}, {"text": 7}]
    return put(folder, "in.jsonl", "\n".join(json.dumps(r) for r in rows))


@case(records=1, text="A good line")
def lone_surrogate_in_json(folder: Path) -> Path:
    return put(folder, "in.jsonl", '{"text": "\\ud800 ' + GOOD.strip() + '"}\n')


@case(records=1, rules=("damaged",))
def truncated_parquet(folder: Path) -> Path:
    path = put(folder, "in/a.parquet", "")
    pq.write_table(pa.table({"text": [GOOD] * 50}), path)
    path.write_bytes(path.read_bytes()[:-20])
    return put(folder, "in/b.txt", GOOD).parent


@case(refused="0 usable records", rules=("no text",))
def parquet_of_numbers(folder: Path) -> Path:
    pq.write_table(pa.table({"text": [1, 2, 3]}), folder / "in.parquet")
    return folder / "in.parquet"
