"""Runs over HTTP: what `anew runs` tells, metrics as another process writes them, files that stay inside."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path

import httpx2
import pytest

from anew.data import manifest
from anew.data.manifest import Manifest
from anew.deploy.runs import show_run
from anew.server.tail import Tail
from anew.train.journal import read_journal

RUN = "bars-0123abcd"


def lines(*rows: tuple[str, int]) -> bytes:
    return b"".join(json.dumps({"kind": kind, "step": step}).encode() + b"\n" for kind, step in rows)


def test_runs_are_told_and_compared(own: httpx2.Client) -> None:
    assert [one["name"] for one in own.get("/runs").json()["data"]] == [RUN, "notes-0123abcd", "rows-0123abcd"]
    told = own.get(f"/runs/{RUN}").json()
    entry = show_run(RUN)
    assert (told["state"], told["done"], told["bytes"]) == (entry.state, entry.done, entry.bytes)
    both = own.get("/runs/compare", params={"run": [RUN, "notes-0123abcd"]}).json()
    assert both["runs"] == [RUN, "notes-0123abcd"] and both["figures"] == {}
    for address in ("/runs/bars", "/runs/..%2fmodels", "/runs/nothing"):
        assert own.get(address).status_code == 404, address
    wrong = own.get("/runs/compare", params={"runs": RUN})
    assert wrong.status_code == 400 and wrong.json()["error"]["param"] in ("run", "runs")


def test_metrics_are_those_of_the_journal_whole_and_streamed(own: httpx2.Client, home: Path) -> None:
    rows = list(read_journal(home / "runs" / RUN / "train" / "metrics.jsonl"))
    assert len(rows) >= 6
    told = own.get(f"/runs/{RUN}/metrics").json()
    assert told["rows"] == rows and told["done"]
    with own.stream("GET", f"/runs/{RUN}/metrics", params={"stream": True}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        found = [line.removeprefix("data: ") for line in answer.iter_lines() if line.startswith("data: ")]
    assert found[-1] == "[DONE]" and [json.loads(one) for one in found[:-1]] == [*rows, {"done": True}]
    assert own.get(f"/runs/{RUN}/metrics", params={"part": "judge"}).json() == {
        "run": RUN, "part": "judge", "rows": [], "done": False,
    }  # fmt: skip


def test_a_stream_follows_a_run_through_a_resume_and_ends_with_it(own: httpx2.Client, home: Path) -> None:
    folder = home / "runs" / "live-1" / "train"
    folder.mkdir(parents=True)
    (folder.parent / "recipe.toml").write_text('name = "live"\nmodality = "text"\n')
    journal = folder / "metrics.jsonl"

    def run() -> None:
        time.sleep(0.4)
        journal.write_bytes(lines(*(("train", step) for step in range(5)))[:-3])  # half a line, as a buffer leaves it
        time.sleep(0.7)
        whole = lines(*(("train", step) for step in range(5)))
        journal.write_bytes(whole)
        time.sleep(0.7)
        with open(journal, "r+b") as file:  # killed, and gone on with from step 2 by another process
            file.truncate(len(lines(("train", 0), ("train", 1))))
            file.seek(0, os.SEEK_END)
            file.write(lines(("train", 2), ("train", 3), ("train", 4), ("train", 5), ("held_out", 5)))
        manifest.write(folder, Manifest("train", "x"))

    thread = threading.Thread(target=run)
    thread.start()
    with own.stream("GET", "/runs/live-1/metrics", params={"stream": True}) as answer:
        found = [line.removeprefix("data: ") for line in answer.iter_lines() if line.startswith("data: ")]
    thread.join()
    rows = [json.loads(one) for one in found[:-2]]
    assert [(row["kind"], row["step"]) for row in rows] == [*(("train", s) for s in range(6)), ("held_out", 5)]
    assert json.loads(found[-2]) == {"done": True} and found[-1] == "[DONE]"


def test_a_tail_knows_a_file_that_was_cut_back_and_has_grown_again(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    tail = Tail(path)
    assert tail.more() == []
    path.write_bytes(lines(("train", 0), ("train", 1), ("train", 2)))
    assert [row["step"] for row in tail.more()] == [0, 1, 2] and tail.more() == []
    path.write_bytes(
        lines(("train", 0)) + b'{"kind": "train", "step": 1, "seconds": 12.5}\n' + lines(("train", 2), ("train", 3))
    )
    assert [row["step"] for row in tail.more()] == [3]


def test_files_are_shown_and_nothing_else(own: httpx2.Client, home: Path) -> None:
    listed = own.get(f"/runs/{RUN}/files").json()["data"]
    pictures = [one["path"] for one in listed if one["path"].endswith(".png")]
    assert pictures
    answer = own.get(f"/runs/{RUN}/files/{pictures[0]}")
    assert answer.content == (home / "runs" / RUN / pictures[0]).read_bytes()
    assert answer.headers["content-type"] == "image/png" and "sandbox" in answer.headers["content-security-policy"]
    sound = home / "runs" / RUN / "train" / "samples" / "heard.mp3"
    sound.write_bytes(b"ID3")
    answer = own.get(f"/runs/{RUN}/files/train/samples/heard.mp3")
    assert answer.content == b"ID3" and answer.headers["content-type"] == "audio/mpeg"
    assert "media-src data:" in answer.headers["content-security-policy"]  # a report's page plays its sounds
    secret = home / "secret.txt"
    secret.write_text("SECRET")
    link = home / "runs" / RUN / "train" / "samples" / "link.txt"
    link.symlink_to(secret)
    for path in ("recipe.toml", "train/metrics.jsonl", "train/samples/link.txt", "train/samples/..%2f..%2frecipe.toml",
                 "%2fetc%2fpasswd", "validate/%2e%2e/recipe.toml", "train/samples/%00.png"):  # fmt: skip
        answer = own.get(f"/runs/{RUN}/files/{path}")
        assert answer.status_code == 404 and "SECRET" not in answer.text, path
    assert own.get(f"/runs/{RUN}/report").status_code == 404
    link.unlink()


def test_records_are_peeked_at(own: httpx2.Client) -> None:
    told = own.get("/runs/notes-0123abcd/records", params={"limit": 3}).json()
    assert len(told["data"]) == 3 and told["data"][0]["text"].startswith("The ferry") and told["counts"]["train"]
    train = own.get("/runs/notes-0123abcd/records", params={"split": "train", "limit": 100}).json()["data"]
    assert {one["split"] for one in train} == {"train"} and len(train) == told["counts"]["train"]
    rest = own.get("/runs/notes-0123abcd/records", params={"split": "train", "offset": 5, "limit": 2}).json()["data"]
    assert rest == train[5:7]
    picture = own.get(f"/runs/{RUN}/records", params={"limit": 1}).json()["data"][0]
    assert picture["b64"] and picture["label"] in ("across", "down") and picture["text"] is None


@pytest.mark.parametrize("address", ["/runs?x=1", f"/runs/{RUN}?part=train", f"/runs/{RUN}/records?limits=1"])
def test_a_parameter_that_nobody_knows_is_refused(own: httpx2.Client, address: str) -> None:
    answer = own.get(address)
    assert answer.status_code == 400 and answer.json()["error"]["param"] == address.rpartition("?")[2].split("=")[0]
