"""/v1/fine_tuning/jobs: what is asked of a job, and how it, its events and its checkpoints are told of."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from anew.server.database.work import Job, JobEvent
from anew.server.paging import ID
from anew.server.wire.fields import Wire

Auto = Literal["auto"]
FileId = Annotated[str, Field(pattern=ID)]
Label = Annotated[str, Field(max_length=512, pattern=r"^[^\x00]*$")]  # NUL: no text of PostgreSQL's
Name = Annotated[str, Field(max_length=64, pattern=r"^[ !#-\[\]-~]*$")]  # what a path into any database's JSON can hold
Labels = Annotated[dict[Name, Label], Field(max_length=16)]
LABELS: TypeAdapter[dict[str, str]] = TypeAdapter(Labels)


class Table(Wire):
    """What nests in a request: a field that is not known is an error."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Hyperparameters(Table):
    n_epochs: Auto | Annotated[int, Field(ge=1, le=1000)] = "auto"
    batch_size: Auto | Annotated[int, Field(ge=1, le=4096)] = "auto"
    learning_rate_multiplier: Auto | Annotated[float, Field(gt=0, le=100)] = "auto"


class Preferring(Hyperparameters):
    beta: Auto | Annotated[float, Field(gt=0, le=100)] = "auto"


class Supervised(Table):
    hyperparameters: Hyperparameters = Field(default_factory=Hyperparameters)


class Dpo(Table):
    hyperparameters: Preferring = Field(default_factory=Preferring)


class Method(Table):
    type: Literal["supervised", "dpo"]
    supervised: Supervised | None = None
    dpo: Dpo | None = None

    def idle(self) -> list[str]:
        """The settings of the other method."""
        return self.given("dpo" if self.type == "supervised" else "supervised")


class NewJob(Wire):
    """Our own: `overrides`, any key of the recipe by its dotted name; `training_file` may name a known data set, and
    `training_folder`, in its place, what lies on the server's machine; `keep_run`: the run stays among the machine's
    runs, with its data. `integrations` are let be: figures are sent nowhere, and the job's events hold them."""

    model: Annotated[str, Field(min_length=1, max_length=200)]
    training_file: FileId | None = None
    training_folder: Annotated[str, Field(min_length=1, max_length=4096)] | None = None
    validation_file: FileId | None = None
    hyperparameters: Hyperparameters | None = None
    method: Method | None = None
    suffix: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    metadata: Labels = Field(default_factory=dict)
    overrides: dict[str, str | int | float | bool] = Field(default_factory=dict)
    keep_run: bool = False

    def idle(self) -> list[str]:
        """Settings beside those of the method."""
        return self.given("hyperparameters") if self._own is not None else []

    @property
    def way(self) -> str:
        return "supervised" if self.method is None else self.method.type

    @property
    def dials(self) -> Hyperparameters:
        """Those of the method, or the ones beside it, as they were given before there were methods."""
        return self._own.hyperparameters if self._own is not None else self.hyperparameters or Hyperparameters()

    @property
    def _own(self) -> Supervised | Dpo | None:
        return None if self.method is None else getattr(self.method, self.method.type)


def told(job: Job) -> dict[str, Any]:
    """`run`, our own: the name of the model to come, and of its run where that is kept."""
    common = {key: value for key, value in job.hyperparameters.items() if key != "beta"}
    return {
        "id": job.id, "object": "fine_tuning.job", "created_at": job.created_at, "finished_at": job.finished_at,
        "model": job.model, "fine_tuned_model": job.fine_tuned_model, "organization_id": job.tenant,
        "status": job.status, "hyperparameters": common, "training_file": job.training_file,
        "validation_file": job.validation_file, "result_files": job.result_files, "trained_tokens": job.trained_tokens,
        "error": job.error, "estimated_finish": job.estimated_finish, "integrations": [], "seed": job.seed,
        "method": {"type": job.method, job.method: {"hyperparameters": job.hyperparameters}}, "metadata": job.labels,
        "run": job.name,
    }  # fmt: skip


def told_event(event: JobEvent) -> dict[str, Any]:
    return {
        "id": event.id, "object": "fine_tuning.job.event", "created_at": event.created_at, "level": event.level,
        "message": event.message, "type": "message" if event.data is None else "metrics", "data": event.data,
    }  # fmt: skip


def told_checkpoint(job: Job, found: dict[str, Any]) -> dict[str, Any]:
    """`found`: step, created_at and metrics. The one whose weights are served bears the model's name."""
    step = found["step"]
    name = job.fine_tuned_model or f"{job.name}@step-{step}"
    return {
        "id": f"ftckpt-{job.id.removeprefix('ftjob-')}-{step}", "object": "fine_tuning.job.checkpoint",
        "created_at": found["created_at"], "fine_tuned_model_checkpoint": name, "fine_tuning_job_id": job.id,
        "step_number": step, "metrics": {"step": step, **found["metrics"]},
    }  # fmt: skip
