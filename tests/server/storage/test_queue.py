"""What of a tenant's own is under way, on both databases."""

from __future__ import annotations

from typing import Any

from anew.server.database.connect import Database
from anew.server.database.work import Batch, Job
from anew.server.endpoints.own.queue import under_way


def job(id: str, tenant: str, status: str) -> Job:
    return Job(
        id=id, created_at=7, tenant=tenant, model="base", name=id, status=status, training_file="f",
        validation_file=None, method="supervised", hyperparameters={}, seed=1, labels={}, estimated_finish=9,
    )  # fmt: skip


def batch(id: str, tenant: str, status: str) -> Batch:
    return Batch(
        id=id, created_at=7, tenant=tenant, key=None, status=status, endpoint="/v1/completions", input_file="f",
        window="24h", expires_at=99, labels={}, counts={"total": 3, "completed": 1, "failed": 0},
    )  # fmt: skip


def test_a_tenant_sees_its_own_jobs_and_batches_and_how_many_jobs_are_ahead(database: Database) -> None:
    with database.writing() as session:
        for id, tenant, status in (
            ("a", "ann", "running"), ("b", "bob", "queued"), ("c", "bob", "succeeded"), ("d", "ann", "paused"),
            ("e", "ann", "queued"), ("f", "ann", "cancelled"), ("g", "bob", "validating_files"),
        ):  # fmt: skip
            session.add(job(id, tenant, status))
            session.flush()
        session.add_all(
            [batch("p", "ann", "in_progress"), batch("q", "bob", "validating"), batch("r", "ann", "failed")]
        )

    def told(tenant: str) -> tuple[list[Any], list[Any]]:
        jobs, batches = under_way(database, tenant)
        return [(one.id, one.status, one.ahead) for one in jobs], [(one.id, one.status) for one in batches]

    assert told("ann") == ([("a", "running", 0), ("d", "paused", 2), ("e", "queued", 2)], [("p", "in_progress")])
    assert told("bob") == ([("b", "queued", 1), ("g", "validating_files", 3)], [("q", "validating")])
    assert told("eve") == ([], [])
    (one,) = under_way(database, "ann")[1]
    assert one.request_counts == {"total": 3, "completed": 1, "failed": 0} and one.expires_at == 99
