"""Files, fine-tuning jobs with their events, batches."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def text(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), **{"nullable": False, **options})


def whole(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), **{"nullable": False, **options})


def nested(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(), **{"nullable": False, **options})


def numbered() -> list[sa.Column[Any]]:
    number = sa.Column("number", sa.Integer(), primary_key=True, autoincrement=True)
    return [number, text("id", unique=True), whole("created_at")]


def leased() -> list[sa.Column[Any]]:
    return [text("holder", nullable=True), sa.Column("held_until", sa.Float())]


def upgrade() -> None:
    op.create_table(
        "files", *numbered(), text("tenant", index=True), text("filename"), text("purpose"), whole("bytes"),
        text("sha256"), whole("expires_at", nullable=True),
    )  # fmt: skip
    op.create_table(
        "jobs", *numbered(), *leased(), text("tenant", index=True), text("model"), text("name"),
        text("status", index=True), text("training_file"), text("validation_file", nullable=True), text("method"),
        nested("hyperparameters"), whole("seed"), nested("labels"), whole("finished_at", nullable=True),
        whole("estimated_finish", nullable=True), text("fine_tuned_model", nullable=True),
        whole("trained_tokens", nullable=True), nested("error", nullable=True), nested("result_files"),
        nested("checkpoints"), whole("log_read"), whole("journal_read"),
        sa.Column("starts", sa.Integer(), nullable=False),
    )  # fmt: skip
    op.create_table(
        "job_events", *numbered(), sa.Column("job", sa.String(), sa.ForeignKey("jobs.id"), nullable=False, index=True),
        text("level"), text("message"), nested("data", nullable=True),
    )  # fmt: skip
    op.create_table(
        "batches", *numbered(), *leased(), text("tenant", index=True), text("key", nullable=True),
        text("status", index=True), text("endpoint"), text("input_file"), text("window"), whole("expires_at"),
        sa.Column("keep_seconds", sa.Integer()), nested("labels"), nested("times"), nested("counts"),
        nested("errors", nullable=True), text("output_file", nullable=True), text("error_file", nullable=True),
    )  # fmt: skip


def downgrade() -> None:
    for table in ("batches", "job_events", "jobs", "files"):
        op.drop_table(table)
