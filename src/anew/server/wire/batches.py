"""/v1/batches: what is asked of a batch, and how one is told of."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from anew.server.database.work import Batch
from anew.server.wire.fields import Wire
from anew.server.wire.files import ExpiresAfter
from anew.server.wire.fine_tuning import FileId, Labels

Endpoint = Literal[
    "/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses", "/v1/images/generations"
]
TIMES = (
    "in_progress_at", "finalizing_at", "completed_at", "failed_at", "expired_at", "cancelling_at", "cancelled_at"
)  # fmt: skip


class NewBatch(Wire):
    """`completion_window`: hours, within which what is not answered by then is given up."""

    input_file_id: FileId
    endpoint: Endpoint
    completion_window: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,2}h$")]
    metadata: Labels = Field(default_factory=dict)
    output_expires_after: ExpiresAfter | None = None

    @property
    def seconds(self) -> int:
        return 3600 * int(self.completion_window[:-1])


def told(batch: Batch) -> dict[str, Any]:
    counts = {"total": 0, "completed": 0, "failed": 0} | batch.counts
    return {
        "id": batch.id, "object": "batch", "endpoint": batch.endpoint, "errors": told_errors(batch),
        "input_file_id": batch.input_file, "completion_window": batch.window, "status": batch.status,
        "output_file_id": batch.output_file, "error_file_id": batch.error_file, "created_at": batch.created_at,
        "expires_at": batch.expires_at, **{name: batch.times.get(name) for name in TIMES}, "request_counts": counts,
        "metadata": batch.labels,
    }  # fmt: skip


def told_errors(batch: Batch) -> dict[str, Any] | None:
    return None if batch.errors is None else {"object": "list", "data": batch.errors}
