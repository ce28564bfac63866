"""Fine-tuning jobs by OpenAI's own client: a file in, a served model out; paused, resumed, cancelled."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from job_room import conversations, ended, lying, put_base, until
from serving import APART, served

from anew.engine.pool import Pool
from anew.server.app import Door
from anew.server.database.connect import Database
from anew.server.shelf import StoreShelf
from anew.server.work.process import Process

QUICK: dict[str, Any] = {"adapt.rank": 4, "adapt.context": 64, "train.threads": 1, "sample.max_new": 12,
                         "validation.bootstrap": 100, "validation.max_units": 5000}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("jobs")


@pytest.fixture(scope="module")
def room(home: Path) -> Iterator[openai.OpenAI]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANEW_HOME", str(home))
        put_base()
        for address in served(Pool(StoreShelf(), apart=APART), Door(), Database()):
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


def test_a_job_is_paused_resumed_and_cancelled(room: openai.OpenAI, home: Path) -> None:
    jobs = room.fine_tuning.jobs
    long = begun(room, conversations(), hyperparameters={"n_epochs": 1000, "batch_size": 8}, suffix="long")
    waiting = begun(room, conversations(), suffix="waiting")

    def steps() -> list[int]:
        told = [one.data for one in jobs.list_events(long.id, limit=1000) if one.type == "metrics"]
        return [one["step"] for one in told if "train_loss" in one]  # type: ignore[index]

    until(steps)
    until(lambda: jobs.retrieve(waiting.id).status == "queued")
    assert jobs.retrieve(long.id).status == "running" and jobs.retrieve(long.id).estimated_finish
    assert jobs.pause(long.id).status == jobs.pause(waiting.id).status == "paused"
    folder = lying(home) / "jobs" / long.id
    until(lambda: Process.find(folder) is None)
    saved = until(lambda: [one.step_number for one in jobs.checkpoints.list(long.id)])[0]
    assert jobs.resume(long.id).status == "validating_files"
    until(lambda: max(steps()) > saved)
    assert len(steps()) == len(set(steps()))  # none is told twice
    for id in (long.id, waiting.id):
        assert jobs.cancel(id).status == "cancelled"
        assert jobs.cancel(id).status == "cancelled"
        with pytest.raises(openai.BadRequestError, match="is cancelled"):
            jobs.resume(id)
    until(lambda: not folder.exists() and Process.find(folder) is None)
    assert jobs.retrieve(long.id).finished_at and not [m for m in room.models.list() if "long" in m.id]


@pytest.mark.parametrize(
    ("training", "held", "said"),
    [
        (conversations(9) + b"\n{not json}\n[]\n", None, "training_file, line 10: broken row: not JSON"),
        (b'{"colour": "red"}\n', None, "no conversation in the columns 'colour'"),
        (
            conversations(4), b'\n{"messages": [{"role": "user", "content": "hi"}]}',
            "validation_file, line 2: no conversation: there is no answer",
        ),
    ],
)  # fmt: skip
def test_a_bad_file_fails_with_its_line(room: openai.OpenAI, training: bytes, held: bytes | None, said: str) -> None:
    more = {} if held is None else {"validation_file": uploaded(room, held)}
    done = ended(room, begun(room, training, **more).id)
    assert done.status == "failed" and said in done.error.message, done.error
    assert (done.error.code, done.error.param) == (
        "invalid_training_file",
        "validation_file" if more else "training_file",
    )
    assert done.fine_tuned_model is None and str(Path.cwd().anchor) not in done.error.message


def test_preferences_and_rows_of_validation(room: openai.OpenAI) -> None:
    rows = [
        {"input": {"messages": [{"role": "user", "content": f"{i}?"}]},
         "preferred_output": [{"role": "assistant", "content": f"It is {i}."}],
         "non_preferred_output": [{"role": "assistant", "content": "no"}]}
        for i in range(24)
    ]  # fmt: skip
    training, held = ("\n".join(map(json.dumps, part)).encode() for part in (rows[:18], rows[18:]))
    method: Any = {"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.2, "n_epochs": 1, "batch_size": 6}}}
    done = ended(room, begun(room, training, method=method, validation_file=uploaded(room, held)).id)
    assert done.status == "succeeded", done.error
    assert done.method.dpo.hyperparameters.beta == 0.2
    rows_read = room.files.content(done.result_files[0]).text.splitlines()
    assert len(rows_read) == 1 + 3  # all 18 rows train, 6 a step: none was held out for validation


def test_a_recipe_learns_a_table_and_a_base_goes_on_with_texts(room: openai.OpenAI) -> None:
    quick = {"size": "xs", "train.threads": 1, "validation.samples": 8, "validation.bootstrap": 100}
    table = "\n".join(["height,colour", *(f"{100 + i % 7},{'red' if i % 2 else 'blue'}" for i in range(80))]).encode()
    made = begun(
        room, table, "heights.csv", model="table", hyperparameters={"n_epochs": 1, "batch_size": 16},
        extra_body={"overrides": quick | {"judge.train.steps": 2}},
    )  # fmt: skip
    texts = "\n".join(json.dumps({"text": f"Number {i} follows number {i - 1}."}) for i in range(40)).encode()
    more = {"train.steps": 3, "train.batch": 4, "train.threads": 1, "sample.max_new": 12, "validation.samples": 8}
    gone_on = begun(room, texts, extra_body={"overrides": more})
    for job, modality in ((made, "table"), (gone_on, "text")):
        done = ended(room, job.id)
        assert done.status == "succeeded", done.error
        served: Any = room.models.retrieve(done.fine_tuned_model)
        assert served.anew["modality"] == modality and served.anew["trained_here"] is True


def test_what_cannot_be_a_job_is_refused_by_its_field(room: openai.OpenAI) -> None:
    table: list[tuple[dict[str, Any], str]] = [
        ({"model": "chat-tune"}, "model"), ({"model": "few-steps"}, "model"),
        ({"hyperparameters": {"n_epochs": 0}}, "hyperparameters.n_epochs"), ({"seed": -1}, "seed"),
        ({"method": {"type": "reinforcement"}}, "method.type"), ({"suffix": "x" * 65}, "suffix"),
        ({"model": "text", "method": {"type": "dpo"}}, "method"), ({"metadata": {"a": 1}}, "metadata.a"),
        ({"hyperparameters": {"n_epoch": 2}}, "hyperparameters.n_epoch"),
        ({"extra_body": {"overrides": {"data.source": "/etc"}}}, "overrides"),
        ({"extra_body": {"overrides": {"adapt.keep": "/etc/passwd"}}}, "overrides"),
        ({"extra_body": {"overrides": {"start": "other"}}}, "overrides"),
        ({"validation_file": "file-nowhere"}, "validation_file"),
    ]  # fmt: skip
    for asked, param in table:
        with pytest.raises(openai.BadRequestError) as refused:
            begun(room, conversations(3), **asked)
        assert refused.value.param == param, (asked, refused.value)
    with pytest.raises(openai.BadRequestError, match="unknown key 'adapt.rnk'"):
        begun(room, conversations(3), extra_body={"overrides": {"adapt.rnk": 1}})
    with pytest.raises(openai.NotFoundError, match="no model is called 'bass'.*'base'"):
        begun(room, conversations(3), model="bass")
    with pytest.raises(openai.BadRequestError, match="purpose 'fine-tune'"):
        other = room.files.create(file=("a", b"{}"), purpose="batch").id
        room.fine_tuning.jobs.create(model="base", training_file=other)
    raw = room.fine_tuning.jobs.with_raw_response.create(
        model="base", training_file=uploaded(room, conversations(3)), extra_body={"colour": "red"},
        hyperparameters={"n_epochs": 2}, integrations=[{"type": "wandb", "wandb": {"project": "p"}}],
        method={"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 3}}, "dpo": {}},
    )  # fmt: skip
    assert raw.headers["x-anew-ignored"] == "colour, hyperparameters, integrations, method.dpo"
    assert raw.parse().hyperparameters.n_epochs == 3
    room.fine_tuning.jobs.cancel(raw.parse().id)
