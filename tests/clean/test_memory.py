"""Memory does not grow with the data: a source ten times as large takes hardly more of it."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

CHILD = """
import resource, sys
from pathlib import Path
from anew.clean import clean
from anew.collect import collect
from anew.recipe import Clean, Data
for source in sys.argv[1:]:
    run = Path(source + ".run")
    collect(Data(source=source), "text", run / "collect")
    clean(Clean(), "text", run / "collect", run / "clean")
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.parametrize("kind", ["jsonl", "txt", "parquet"])
def test_memory_is_bounded(kind: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    words = np.array([f"{a}{b}" for a in "bcdfghklmnprst" for b in ("are", "ile", "un", "oast", "ight", "ee")])
    files = []
    for records in (1_500, 15_000):
        texts = [" ".join(rng.choice(words, 300)) for _ in range(records)]
        path = tmp_path / f"{records}.{kind}"
        if kind == "parquet":
            pq.write_table(pa.table({"text": texts}), path, row_group_size=records)
        else:
            row = (lambda t: json.dumps({"text": t}) + "\n") if kind == "jsonl" else (lambda t: t + "\n\n")
            path.write_text("".join(map(row, texts)))
        files.append(str(path))
    assert Path(files[1]).stat().st_size > (4 if kind == "parquet" else 20) * 2**20
    child = subprocess.run([sys.executable, "-c", CHILD, *files], stdout=subprocess.PIPE, text=True, check=True)
    small, large = map(int, child.stdout.split())
    assert large - small < 40, f"{small} MB for 1,500 records, {large} MB for 15,000"
