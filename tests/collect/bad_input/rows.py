"""Tables, row by row."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bad_input.case import case, picture, put


@case(modality="table", records=3, rules=("ragged row", "empty row"), text='{"a":"1","b":null,"c":"x; y"}')
def a_table_with_a_ragged_row_gaps_and_an_empty_one(folder: Path) -> Path:
    return put(folder, "in/a.csv", 'a,b,c\n1,NA,"x; y"\n1,2\n2,,z\n,NaN,\n1,2,3\n').parent


@case(modality="table", records=4, rules=("wrong columns",), text='{"b":"4","a":"3"}')
def tables_of_the_same_columns_in_another_order_and_one_of_others(folder: Path) -> Path:
    put(folder, "in/a.csv", "a,b\n1,2\n5,6\n")
    put(folder, "in/b.csv", "b;a\n4;3\n8;7\n")
    return put(folder, "in/c.csv", "a,x\n9,9\n").parent


@case(modality="table", refused="two columns are called 'a'", rules=("wrong columns",))
def a_table_with_a_column_twice(folder: Path) -> Path:
    return put(folder, "in/a.csv", "a,b,a\n1,2,3\n").parent


@case(modality="table", records=2, text='{"a":"7"}')
def a_table_whose_first_column_counts_the_rows(folder: Path) -> Path:
    return put(folder, "in/a.csv", '"",a\n1,7\n2,7\n').parent


@case(
    modality="table", records=3, rules=("broken row",), text='{"a":{"b":[1]}}'.replace('{"b":[1]}', '"{\\"b\\": [1]}"')
)
def a_table_of_json_lines_with_nested_values_and_gaps(folder: Path) -> Path:
    lines = ['{"a": {"b": [1]}}', '{"a": NaN, "b": 1.5}', "{oops", '{"b": true}']
    return put(folder, "in/a.jsonl", "\n".join(lines)).parent


@case(modality="table", records=2, text='"2024-01-31"')
def a_parquet_table_with_dates_and_decimals(folder: Path) -> Path:
    table = pa.table({"day": [date(2024, 1, 31), None], "price": [Decimal("1.50"), Decimal("2.25")], "n": [1, None]})
    (folder / "in").mkdir()
    pq.write_table(table, folder / "in" / "a.parquet")
    return folder / "in"


@case(modality="table", refused="0 usable records of table", rules=("empty",))
def a_table_of_a_header_alone(folder: Path) -> Path:
    return put(folder, "in/a.csv", "a,b\n").parent


@case(modality="table", refused="anew run images")
def pictures_where_a_table_was_to_be(folder: Path) -> Path:
    return put(folder, "in/a.png", picture()).parent


@case(modality="table", label="kind", refused="no column 'kind' for the label", rules=("wrong columns",))
def a_table_without_the_label_asked_for(folder: Path) -> Path:
    return put(folder, "in/a.csv", "a,b\n1,2\n").parent
