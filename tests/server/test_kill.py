"""kill -9 of a real server, again and again, under an upload, a job and a batch: all ends as it would have."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest
from job_room import conversations, ended, lying, put_base, server, until

from anew.data.files import sha256_file
from anew.deploy.store import Store
from anew.recipe import parse, read
from anew.recipes import pipeline
from anew.server.work.process import RECIPE, Process

QUICK: dict[str, Any] = {
    "adapt.rank": 4, "adapt.context": 64, "train.threads": 1, "sample.max_new": 8, "train.patience": 1000,
    "validation.bootstrap": 100, "validation.max_units": 5000, "train.validate_every": 60, "train.sample_every": 240,
    "train.checkpoint_every": 12,
}  # fmt: skip
LINES = 200


def requests() -> bytes:
    rows = [
        {"custom_id": f"r{seed}", "method": "POST", "url": "/v1/completions",
         "body": {"model": "base", "prompt": "so", "max_tokens": 12, "seed": seed}}
        for seed in range(LINES)
    ]  # fmt: skip
    return "\n".join(map(json.dumps, rows)).encode()


def endless() -> Iterator[bytes]:
    """A form whose file does not end."""
    yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    while True:
        yield b"x" * 100_000
        time.sleep(0.05)


def upload(base_url: str) -> None:
    """Sends until the server dies."""
    head = {"content-type": "multipart/form-data; boundary=b"}
    with pytest.raises(httpx2.TransportError):
        httpx2.post(f"{base_url}files", content=endless(), headers=head, timeout=60)


@pytest.fixture
def nobody_left(tmp_path: Path) -> Iterator[None]:
    """Whatever happens, no job's process outlives the test."""
    yield
    for folder in tmp_path.glob("server/*/jobs/*"):
        if (left := Process.find(folder)) is not None:
            left.kill()


@pytest.mark.usefixtures("nobody_left")
@pytest.mark.long
def test_a_killed_server_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANEW_HOME", str(tmp_path))
    put_base()
    # While its files are validated, an upload goes on and a batch is under way.
    with server(tmp_path) as (client, process):
        files, jobs, batches = (lying(tmp_path) / name for name in ("files", "jobs", "batches"))
        training = client.files.create(file=("sums.jsonl", conversations()), purpose="fine-tune")
        asked = client.files.create(file=("asked.jsonl", requests()), purpose="batch")
        job = client.fine_tuning.jobs.create(
            model="base", training_file=training.id, seed=3, extra_body={"overrides": QUICK},
            hyperparameters={"n_epochs": 40, "batch_size": 8},
        )  # fmt: skip
        batch = client.batches.create(input_file_id=asked.id, endpoint="/v1/completions", completion_window="24h")
        sending = threading.Thread(target=upload, args=(str(client.base_url),))
        sending.start()
        until(lambda: list(files.glob(".*.partial")))
        until(lambda: client.batches.retrieve(batch.id).request_counts.completed > 10)
        process.send_signal(signal.SIGKILL)
        sending.join()
    answered = (batches / batch.id / "output.jsonl").read_bytes()
    alone = tmp_path / "alone"
    alone.mkdir()
    for path in jobs.joinpath(job.id).iterdir():
        if path.name == RECIPE or path.suffix == ".jsonl":
            (alone / path.name).write_bytes(path.read_bytes())

    # While it trains: the server dies, the job's process does not.
    with server(tmp_path) as (client, process):
        until(lambda: not list(files.glob(".*.partial")))
        assert client.files.content(training.id).content == conversations()
        client.files.delete(asked.id)  # the batch has its own
        until(lambda: client.fine_tuning.jobs.retrieve(job.id).status == "running")
        until(lambda: list(jobs.glob("*/run/train/checkpoints/step-*")))
        process.send_signal(signal.SIGKILL)
        process.wait()
    survivor = Process.find(jobs / job.id)
    assert survivor is not None and survivor.runs
    survivor.found.suspend()  # lest it ends before its turn to die has come

    # The machine as a whole: the server, and the job's process, which it has found again.
    with server(tmp_path) as (client, process):
        until(lambda: client.fine_tuning.jobs.retrieve(job.id).status == "running")
        time.sleep(0.5)
        running = [p for p in psutil.process_iter() if str(jobs / job.id / RECIPE) in cmdline(p)]
        assert len(running) == 1  # it was not begun twice
        process.send_signal(signal.SIGKILL)
        for one in running:
            one.kill()

    with server(tmp_path) as (client, process):
        done = ended(client, job.id)
        assert done.status == "succeeded", done.error
        events = list(client.fine_tuning.jobs.list_events(job.id, limit=1000))
        steps = [e.data["step"] for e in events if e.data and "train_loss" in e.data]  # type: ignore[index, operator]
        assert sorted(steps) == list(range(1, 241))  # each told once
        until(lambda: client.batches.retrieve(batch.id).status == "completed")
        output = client.batches.retrieve(batch.id).output_file_id
        assert output is not None
        content = client.files.content(output).content
        assert content.startswith(answered[: answered.rfind(b"\n") + 1])  # what was answered was not asked again
        rows = [json.loads(row) for row in content.splitlines()]
        assert sorted(row["custom_id"] for row in rows) == sorted(f"r{seed}" for seed in range(LINES))
        last = client.completions.create(model="base", prompt="so", max_tokens=12, seed=LINES - 1)
        (found,) = [row["response"]["body"] for row in rows if row["custom_id"] == f"r{LINES - 1}"]
        assert found["choices"][0]["text"] == last.choices[0].text
        said = client.completions.create(model=done.fine_tuned_model, prompt="1+1?", max_tokens=4, seed=1)
        assert said.choices[0].text
    assert not list(jobs.iterdir()) and not list(batches.iterdir())

    monkeypatch.chdir(alone)
    pipeline.run(parse(read(alone / RECIPE)), alone / "run", until="train")
    weights = Store().folder(str(done.fine_tuned_model)) / "model.safetensors"
    assert sha256_file(weights) == sha256_file(alone / "run" / "model" / "model.safetensors")


def cmdline(process: psutil.Process) -> list[str]:
    try:
        found: list[str] = process.cmdline()
    except psutil.Error:
        return []
    return found
