"""Fine-tuning jobs by OpenAI's own client: a file in, a served model out; paused, resumed, cancelled; not seen."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from job_room import conversations, ended, put_base

from anew.engine.pool import Pool
from anew.server.app import Door
from anew.server.database.connect import Database
from anew.server.shelf import StoreShelf

QUICK: dict[str, Any] = {"adapt.rank": 4, "adapt.context": 64, "train.threads": 1, "sample.max_new": 12,
                         "validation.bootstrap": 100, "validation.max_units": 5000}  # fmt: skip


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, serving: Any) -> Iterator[openai.OpenAI]:
    home = tmp_path_factory.mktemp("jobs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANEW_HOME", str(home))
        put_base()
        for address in serving(Pool(StoreShelf()), Door(), Database()):
            yield openai.OpenAI(base_url=f"{address}/v1", api_key="any", max_retries=0)


def uploaded(client: openai.OpenAI, content: bytes, name: str = "sums.jsonl") -> str:
    return client.files.create(file=(name, content), purpose="fine-tune").id


def begun(client: openai.OpenAI, content: bytes, name: str = "sums.jsonl", **asked: Any) -> Any:
    quick = asked.pop("quick", QUICK)
    given = {"model": "base", "seed": 3, "extra_body": {"overrides": quick}} | asked
    return client.fine_tuning.jobs.create(training_file=uploaded(client, content, name), **given)


def test_a_file_becomes_a_served_model_that_answers(room: openai.OpenAI) -> None:
    method: Any = {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 2, "batch_size": 8}}}
    job = begun(room, conversations(), method=method, suffix="My Sums!", metadata={"for": "a test"})
    assert job.status == "validating_files" and job.hyperparameters.n_epochs == 2 and job.fine_tuned_model is None
    done = ended(room, job.id)
    assert done.status == "succeeded", done.error
    assert done.fine_tuned_model == f"ft-base-my-sums-{job.id[-8:]}" and done.trained_tokens > 100
    said = room.chat.completions.create(
        model=done.fine_tuned_model, messages=[{"role": "user", "content": "1+1?"}], max_tokens=8, seed=1
    )
    assert said.choices[0].message.content and said.model == done.fine_tuned_model
    events = list(room.fine_tuning.jobs.list_events(job.id, limit=2))
    assert events[-1].message.startswith("Created") and done.fine_tuned_model in events[0].message
    losses = [e.data for e in events if e.type == "metrics"]
    assert {"train_loss", "valid_loss"} <= {name for one in losses for name in one}  # type: ignore[union-attr]
    (result,) = done.result_files
    rows = list(csv.DictReader(io.StringIO(room.files.content(result).text)))
    assert [int(row["step"]) for row in rows] == list(range(1, len(rows) + 1)) and rows[0]["train_loss"]
    assert len(rows) == 12  # twice through 48 conversations, 8 a step
    (kept,) = room.fine_tuning.jobs.checkpoints.list(job.id).data
    assert kept.fine_tuned_model_checkpoint == done.fine_tuned_model and kept.metrics.valid_loss
    found = room.fine_tuning.jobs.list(extra_query={"metadata[for]": "a test"}).data
    assert [one.id for one in found] == [job.id]
