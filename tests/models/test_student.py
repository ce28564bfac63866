"""A student draws in one call what its teacher draws in many, under the guidance that is asked for."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from known_data import CENTRES, CLASSES, clusters, generators, learn
from torch import Tensor, nn

from anew.contract import Cond, Model, Prompt, RefineOptions, Spec, Unsupported
from anew.models.diffusion.edm import EDM
from anew.models.diffusion.family import mix
from anew.models.diffusion.flow import Flow
from anew.models.diffusion.student import Student
from anew.samplers.guidance import Blended

PLANE = Spec("grid", (2,), cond=CLASSES)
N = 200


def labels(n: int = N) -> Cond:
    return Cond(label_B=torch.arange(n) % 4)


def last(model: Model, cond: Cond | None = None, prompt: Prompt | None = None, n: int = N, **options: Any) -> Tensor:
    return list(model.sample(generators(n), cond, prompt, RefineOptions(**options)))[-1].data


def seeded(kind: type[Any], **settings: Any) -> Any:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return kind(PLANE, **{"width": 64, "depth": 2, "drop": 0.2, **settings})


@pytest.fixture(scope="module")
def teacher() -> Flow:
    return learn(seeded(Flow), lambda step, rng: clusters(256, rng, 0.3), 200, fall=True)  # type: ignore[return-value]


@pytest.fixture(scope="module")
def student(teacher: Flow) -> Student:
    made = seeded(Student)
    made.learn_from(teacher)
    return learn(made, lambda step, rng: clusters(64, rng, 0.3), 300, fall=True)  # type: ignore[return-value]


def test_it_begins_as_its_teacher_is(teacher: Flow) -> None:
    made, x_BD, t_B = seeded(Student), torch.randn(8, 2), torch.rand(8)
    made.learn_from(teacher)
    for end_B, scale_B in ((t_B, torch.ones(8)), (torch.ones(8), torch.full((8,), 5.0))):
        own_BD = made.mean_velocity(x_BD, t_B, end_B, scale_B, labels(8))
        torch.testing.assert_close(own_BD, teacher.velocity(x_BD, t_B, labels(8)))


@pytest.mark.parametrize("steps", [1, 3])
def test_between_two_conditions_it_begins_and_ends_with_what_each_draws_alone(student: Student, steps: int) -> None:
    n = 2 * student.rows  # more than a block, each of which reads both conditions
    ends = [Cond(label_B=torch.full((n,), label)) for label in (0, 2)]
    alone = [last(student, end, n=n, steps=steps, guidance=2.0) for end in ends]
    share_B = torch.linspace(0, 1, n).round(decimals=3)
    made_BD = last(student, Blended(*ends, share_B), n=n, steps=steps, guidance=2.0)  # type: ignore[arg-type]
    assert torch.equal(made_BD[0], alone[0][0]) and torch.equal(made_BD[-1], alone[1][-1])
    assert not torch.equal(made_BD[n // 2], alone[0][n // 2]) and not torch.equal(made_BD[n // 2], alone[1][n // 2])


def test_it_begins_as_a_teacher_is_whose_network_is_scaled() -> None:
    teacher = seeded(EDM)
    with torch.no_grad():
        teacher.net.body.last.weight.normal_(std=0.1, generator=torch.Generator().manual_seed(1))
    made, plain = seeded(Student, scales=True), seeded(Student)
    made.learn_from(teacher)
    plain.learn_from(teacher)
    x_BD, t_B = torch.randn(8, 2, generator=torch.Generator().manual_seed(0)), torch.linspace(0, 1, 8)
    shown_BD = teacher.velocity(x_BD, t_B, labels(8))
    torch.testing.assert_close(made.velocity(x_BD, t_B, labels(8)), shown_BD)
    assert not torch.allclose(plain.velocity(x_BD, t_B, labels(8)), shown_BD), "it took weights that mean another thing"


def test_a_network_of_another_shape_learns_from_nothing(teacher: Flow) -> None:
    made = seeded(Student, width=32)
    before = copy.deepcopy(made.state_dict())
    made.learn_from(teacher)
    assert all(torch.equal(value, before[name]) for name, value in made.state_dict().items())
    assert torch.isfinite(made.loss(clusters(8, torch.Generator()), "all", torch.Generator())[0])


@pytest.mark.parametrize(("steps", "within"), [(1, 0.15), (2, 0.1), (4, 0.1)])
@pytest.mark.parametrize("guidance", [1.0, 3.0])
def test_few_jumps_end_where_the_teacher_does(
    teacher: Flow, student: Student, steps: int, within: float, guidance: float
) -> None:
    """Of the same noise; where the teacher's own one step, and the other guidance, end elsewhere."""
    shown_ND = last(teacher, labels(), guidance=guidance)

    def off(made_ND: Tensor) -> float:
        return float((made_ND - shown_ND).square().mean().sqrt())

    own = off(last(student, labels(), guidance=guidance, steps=steps))
    assert own < within
    assert own < 0.5 * off(last(teacher, labels(), guidance=guidance, steps=1))
    assert own < 0.5 * off(last(student, labels(), guidance=4 - guidance, steps=steps))


def test_a_step_is_one_call_under_guidance_too(student: Student, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = list[int]()
    real = student.net.forward
    monkeypatch.setattr(student.net, "forward", lambda x, *told: (rows.append(len(x)), real(x, *told))[1])
    last(student, labels(64), n=64, guidance=3.0)
    assert rows == [64, 64]


def test_without_a_condition_it_draws_from_all(student: Student) -> None:
    x_ND = last(student, n=400)
    assert (torch.cdist(x_ND, CENTRES).argmin(1).bincount(minlength=4) > 50).all()


def test_a_sample_is_varied_by_its_strength(student: Student) -> None:
    start = clusters(N, torch.Generator().manual_seed(9), 0.3)
    gone = [
        float((last(student, start.cond, Prompt(start=start.x, strength=s), steps=4) - start.x).norm(dim=1).mean())
        for s in (0.0, 0.3, 0.9)
    ]
    assert gone[0] == 0 < gone[1] < gone[2]


def test_its_velocity_is_about_the_teachers_without_guidance(teacher: Flow, student: Student) -> None:
    batch, t_B = clusters(N, torch.Generator().manual_seed(1), 0.3), torch.full((N,), 0.5)
    x_BD = mix(batch.x, torch.randn(N, 2, generator=torch.Generator().manual_seed(2)), 0.5)
    with torch.no_grad():
        shown_BD = teacher.velocity(x_BD, t_B, batch.cond)
        error = (student.velocity(x_BD, t_B, batch.cond) - shown_BD).square().mean()
    assert float(error) < 0.12 * float(shown_BD.square().mean())


def test_the_teacher_is_neither_moved_nor_kept(teacher: Flow) -> None:
    before, made = copy.deepcopy(teacher.state_dict()), seeded(Student)
    made.learn_from(teacher)
    learn(made, lambda step, rng: clusters(16, rng), 2)
    assert all(torch.equal(value, before[name]) for name, value in teacher.state_dict().items())
    assert made.state_dict().keys() == seeded(Student).state_dict().keys()
    assert len(list(made.parameters())) == len(list(seeded(Student).parameters()))


def test_validation_tells_how_far_it_is_from_its_teacher(teacher: Flow, student: Student) -> None:
    fresh, held_out = seeded(Student), clusters(64, torch.Generator().manual_seed(3))
    fresh.learn_from(teacher)
    told = [float(model.validation_loss(held_out, torch.Generator().manual_seed(0))) for model in (student, fresh)]
    assert told[0] < 0.6 * told[1]


def test_what_a_student_does_not_know_is_refused(student: Student) -> None:
    for said, options in (
        ("1 to 8", {"guidance": 9.0}),
        ("1 to 8", {"guidance": 0.5}),
        ("negative", {"guidance": 2.0, "negative": labels(1)}),
        ("jumps", {"solver": "heun"}),
    ):
        with pytest.raises(Unsupported, match=said):
            last(student, labels(4), n=4, **options)
    with pytest.raises(Unsupported, match="needs a condition"):
        last(student, n=4, guidance=2.0)


class Still(nn.Module):
    spec = PLANE


def test_a_teacher_has_a_velocity_of_the_same_data(teacher: Flow) -> None:
    alone = seeded(Student)
    with pytest.raises(Unsupported, match="--from MODEL"):
        alone.loss(clusters(8, torch.Generator()), "all", torch.Generator())
    with pytest.raises(Unsupported, match="Still has none"):
        alone.learn_from(Still())  # type: ignore[arg-type]
    with pytest.raises(Unsupported, match=r"\(2,\)"):
        Student(Spec("grid", (3,), cond=CLASSES)).learn_from(teacher)
