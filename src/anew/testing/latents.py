"""What a model with a latent space promises of it: shapes, no chance, no company, and the way back.

B batch · Z latent · S the grid's own axes
"""

from __future__ import annotations

import torch
from torch import Tensor

from anew.contract import Unsupported
from anew.testing.subject import Subject, first_difference
from anew.testing.suite import check, generators, global_generators_untouched


def has_latents(subject: Subject) -> bool:
    return subject.fresh().latent_shape is not None


def finds_latents(subject: Subject) -> bool:
    """Whether it also says where in its latent space a sample lies."""
    if not has_latents(subject):
        return False
    try:
        placed(subject)
    except Unsupported:
        return False
    return True


@check(has_latents)
def a_latent_gives_one_sample_whatever_its_company(subject: Subject) -> None:
    """No chance, no graph, and the same bits alone and among others."""
    z, cond = latents(subject, 5), subject.cond(5)
    with global_generators_untouched(), torch.enable_grad():
        together = subject.trained.from_latent(z, cond)
    assert together.shape == (5, *subject.spec.shape), f"samples of shape {tuple(together.shape)}"
    assert together.isfinite().all() and not together.requires_grad, "not finite, or with a graph"
    for i in range(5):
        row = slice(i, i + 1)
        alone = subject.trained.from_latent(z[row], None if cond is None else cond.take(row))
        assert torch.equal(together[i], alone[0]), f"row {i} alone: {first_difference(together[i], alone[0])}"


@check(has_latents)
def two_latents_give_two_samples(subject: Subject) -> None:
    cond = subject.cond(1)
    both = None if cond is None else cond.take(torch.zeros(2, dtype=torch.long))
    a, b = subject.trained.from_latent(latents(subject, 2), both)
    assert not torch.equal(a, b), "two latents give the same sample"


@check(finds_latents)
def a_sample_finds_back_from_its_latent(subject: Subject) -> None:
    """Through its latent a sample comes nearer to itself than to the samples of other kinds."""
    x, z = subject.batch(16).x, placed(subject)
    shape = subject.trained.latent_shape
    assert shape is not None and z.shape == (16, *shape) and z.isfinite().all(), f"latents of shape {tuple(z.shape)}"
    cond = subject.batch(16).cond if subject.takes_conditions else None
    back = subject.trained.from_latent(z, cond)
    apart = torch.cdist(back.flatten(1).double(), x.flatten(1).double())
    own, others = apart.diag().mean(), apart.mean()
    assert own < 0.9 * others, f"{own:.3f} from itself and {others:.3f} from the others on the mean"


def latents(subject: Subject, n: int) -> Tensor:
    """(n, *latent_shape), standard normal."""
    shape = subject.trained.latent_shape
    assert shape is not None
    return torch.randn(n, *shape, generator=generators(17)[0])


def placed(subject: Subject) -> Tensor:
    batch = subject.batch(16)
    return subject.trained.to_latent(batch.x, batch.cond if subject.takes_conditions else None)
