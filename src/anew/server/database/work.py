"""The tables of what takes its time: files, fine-tuning jobs with their events, batches.

`number` counts in the order of arrival, by which rows are listed and taken. What is under way has a `holder`: the
server process that looks after it, until `held_until` unless it says again that it does.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Float, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from anew.server.database.tables import Seconds, Table


class Numbered:
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[int] = mapped_column(Seconds)


class Leased:
    holder: Mapped[str | None] = mapped_column(default=None)
    held_until: Mapped[float | None] = mapped_column(Float, default=None)


class File(Numbered, Table):
    """A file whose content lies on the disk under its id. `sha256` is of the content."""

    __tablename__ = "files"

    tenant: Mapped[str] = mapped_column(index=True)
    filename: Mapped[str]
    purpose: Mapped[str]
    bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    expires_at: Mapped[int | None] = mapped_column(Seconds, default=None)


class Job(Numbered, Leased, Table):
    """A fine-tuning job. `status` is what is wished for: the process is made to fit it. `name`: of the model to come;
    `log_read`: bytes of the log that became events; `journal_read`: lines of the journal that did; `starts`: of the
    process, since it last got on."""

    __tablename__ = "jobs"

    tenant: Mapped[str] = mapped_column(index=True)
    model: Mapped[str]
    name: Mapped[str]
    status: Mapped[str] = mapped_column(index=True)
    training_file: Mapped[str]
    validation_file: Mapped[str | None]
    method: Mapped[str]
    hyperparameters: Mapped[dict[str, Any]] = mapped_column(JSON)
    seed: Mapped[int] = mapped_column(BigInteger)
    labels: Mapped[dict[str, str]] = mapped_column(JSON)  # `metadata` on the wire, a word that the ORM keeps to itself
    finished_at: Mapped[int | None] = mapped_column(Seconds, default=None)
    estimated_finish: Mapped[int | None] = mapped_column(Seconds, default=None)
    fine_tuned_model: Mapped[str | None] = mapped_column(default=None)
    trained_tokens: Mapped[int | None] = mapped_column(BigInteger, default=None)
    error: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
    result_files: Mapped[list[str]] = mapped_column(JSON, default=list)
    checkpoints: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    log_read: Mapped[int] = mapped_column(BigInteger, default=0)
    journal_read: Mapped[int] = mapped_column(BigInteger, default=0)
    starts: Mapped[int] = mapped_column(default=0)


class JobEvent(Numbered, Table):
    """Something that a job has to tell."""

    __tablename__ = "job_events"

    job: Mapped[str] = mapped_column(ForeignKey("jobs.id"), index=True)
    level: Mapped[str]
    message: Mapped[str]
    data: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)


class Batch(Numbered, Leased, Table):
    """Requests out of a file. `key`: by which its owner came; `times`: when it came to each status, by OpenAI's names;
    `counts`: of its lines; `errors`: why it was not begun."""

    __tablename__ = "batches"

    tenant: Mapped[str] = mapped_column(index=True)
    key: Mapped[str | None]
    status: Mapped[str] = mapped_column(index=True)
    endpoint: Mapped[str]
    input_file: Mapped[str]
    window: Mapped[str]
    expires_at: Mapped[int] = mapped_column(Seconds)
    keep_seconds: Mapped[int | None] = mapped_column(default=None)  # how long what comes out of it is kept
    labels: Mapped[dict[str, str]] = mapped_column(JSON)
    times: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    errors: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True), default=None)
    output_file: Mapped[str | None] = mapped_column(default=None)
    error_file: Mapped[str | None] = mapped_column(default=None)
