"""Batches over HTTP by OpenAI's own client: each line as if it were asked alone, a bad one fails alone."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest
from job_room import until

URL = "/v1/completions"


def line(name: Any, **changes: Any) -> dict[str, Any]:
    body = {"model": "decoder", "prompt": "def read(", "max_tokens": 6, "seed": 1}
    return {"custom_id": name, "method": "POST", "url": URL, "body": body} | changes


def batch_of(client: openai.OpenAI, rows: list[Any], **asked: Any) -> Any:
    content = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows).encode()
    file = client.files.create(file=("asked.jsonl", content), purpose="batch")
    given: Any = {"endpoint": URL, "completion_window": "24h"} | asked
    return client.batches.create(input_file_id=file.id, **given)


def ended(client: openai.OpenAI, id: str) -> Any:
    def look() -> Any:
        batch = client.batches.retrieve(id)
        return batch if batch.status in ("completed", "failed", "cancelled", "expired") else None

    return until(look)


def rows_of(client: openai.OpenAI, file: str | None) -> dict[Any, Any]:
    assert file is not None
    rows = [json.loads(row) for row in client.files.content(file).text.splitlines()]
    return {row["custom_id"]: row for row in rows}


def test_each_line_is_what_it_would_be_alone(client: openai.OpenAI) -> None:
    rows = [line(f"r{seed}", body=line("")["body"] | {"seed": seed}) for seed in range(20)]
    made = batch_of(client, rows, metadata={"for": "a test"})
    assert made.status == "validating" and made.expires_at == made.created_at + 86_400
    done = ended(client, made.id)
    assert done.status == "completed" and done.completed_at and done.error_file_id is None
    assert (done.request_counts.total, done.request_counts.completed, done.request_counts.failed) == (20, 20, 0)
    found = rows_of(client, done.output_file_id)
    assert set(found) == {f"r{seed}" for seed in range(20)}
    for seed in (0, 7, 19):
        response = found[f"r{seed}"]["response"]
        alone = client.completions.create(model="decoder", prompt="def read(", max_tokens=6, seed=seed)
        assert response["status_code"] == 200 and response["body"]["choices"][0]["text"] == alone.choices[0].text
        assert response["request_id"] and found[f"r{seed}"]["error"] is None
    assert [one.id for one in client.batches.list(limit=1).data] == [made.id]


def test_a_bad_line_fails_alone(client: openai.OpenAI) -> None:
    rows = [
        line("good"), "{", "[1]", line(7), line("get", method="GET"), line("else", url="/v1/embeddings"), "",
        line("extra", more=1), line("none", body=line("")["body"] | {"model": "nobody"}),
        line("wrong", body=line("")["body"] | {"max_tokens": -1}), line("stream", body={"stream": True}),
        line("text", body="x"),
    ]  # fmt: skip
    done = ended(client, batch_of(client, rows).id)
    assert done.status == "completed"
    assert (done.request_counts.total, done.request_counts.completed, done.request_counts.failed) == (11, 1, 10)
    assert list(rows_of(client, done.output_file_id)) == ["good"]
    failed = [json.loads(row) for row in client.files.content(done.error_file_id).text.splitlines()]
    said = {row["id"].rpartition("_")[2]: row["error"] for row in failed if row["response"] is None}
    assert {number: error["message"].split(":")[1].strip() for number, error in said.items()} == {
        "2": "not JSON", "3": "not a JSON object", "4": "custom_id", "5": "method", "6": "url", "8": "more",
        "11": "body.stream", "12": "body",
    }  # fmt: skip
    answered = {row["custom_id"]: row["response"] for row in failed if row["response"] is not None}
    assert answered["none"]["status_code"] == 404 and answered["wrong"]["status_code"] == 400
    assert answered["wrong"]["body"]["error"]["param"] == "max_tokens"


def test_what_forbids_a_batch_as_a_whole_is_told_with_its_line(client: openai.OpenAI) -> None:
    done = ended(client, batch_of(client, [line("a"), line("b"), line("a")]).id)
    assert done.status == "failed" and done.errors and done.failed_at
    (found,) = done.errors.data
    assert (found.code, found.line, found.param) == ("duplicate_custom_id", 3, "custom_id")
    empty = ended(client, batch_of(client, ["", ""]).id)
    assert empty.errors.data[0].code == "empty_file"


def test_what_cannot_be_a_batch_is_refused(client: openai.OpenAI) -> None:
    for changes, param in (
        ({"completion_window": "soon"}, "completion_window"), ({"endpoint": "/v1/files"}, "endpoint"),
        ({"metadata": {"k": "x" * 600}}, "metadata.k"),
    ):  # fmt: skip
        with pytest.raises(openai.BadRequestError) as refused:
            batch_of(client, [line("a")], **changes)
        assert refused.value.param == param
    other = client.files.create(file=("a", b"{}"), purpose="fine-tune")
    for id in (other.id, "file-nowhere"):
        with pytest.raises(openai.BadRequestError) as refused:
            client.batches.create(input_file_id=id, endpoint=URL, completion_window="24h")
        assert refused.value.param == "input_file_id"
    with pytest.raises(openai.NotFoundError):
        client.batches.retrieve("batch_nowhere")


def test_a_batch_that_is_cancelled_keeps_what_it_has(client: openai.OpenAI) -> None:
    rows = [line(f"r{i}", body=line("")["body"] | {"seed": i, "max_tokens": 400}) for i in range(200)]
    made = batch_of(client, rows)
    until(lambda: client.batches.retrieve(made.id).request_counts.completed > 0)
    assert client.batches.cancel(made.id).status == "cancelling"
    done = ended(client, made.id)
    assert done.status == "cancelled" and done.cancelled_at
    assert 0 < done.request_counts.completed < 200
    assert len(rows_of(client, done.output_file_id)) == done.request_counts.completed
    with pytest.raises(openai.BadRequestError, match="cannot be cancelled"):
        client.batches.cancel(ended(client, batch_of(client, [line("a")]).id).id)
