"""A subject's loss: rows are told apart by the name, others pull nowhere at first and back once the policy has gone."""

import pytest
import torch

from anew.contract import Batch, Cond, CondSpec, Spec, Unsupported
from anew.models.diffusion.edm import EDM
from anew.models.diffusion.flow import Flow
from anew.models.diffusion.meanflow import MeanFlow
from anew.models.diffusion.subject import Subject
from anew.models.layers.lora import adapt

SPEC = Spec("grid", (2, 4, 4), cond=CondSpec(tokens=(5, 20)))


def objective(rank=4, kind=Flow):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        policy = kind(SPEC, width=32, depth=1)
        for parameter in policy.parameters():  # much begins at zero, and nothing would show
            torch.nn.init.normal_(parameter, std=0.1)
    adapt(policy, (), rank, 4.0, torch.Generator().manual_seed(1))
    made = Subject(policy)
    made.name_K = torch.tensor([7, 8])
    return made


def rows(*prompts):
    tokens_BL = torch.zeros(len(prompts), 5, dtype=torch.int64)
    for row, prompt in zip(tokens_BL, prompts, strict=True):
        row[: len(prompt)] = torch.tensor(prompt)
    x = torch.randn(len(prompts), 2, 4, 4, generator=torch.Generator().manual_seed(2))
    return Batch(x, Cond(tokens_BL=tokens_BL))


def loss(made, batch):
    return made.loss(batch, "all", torch.Generator().manual_seed(3))


def test_a_row_is_the_subjects_where_its_prompt_has_the_whole_name_in_order():
    made = objective()
    batch = rows([7, 8], [3, 7, 8, 4], [7], [8, 7], [7, 3, 8], [3, 4, 5, 7, 8])
    assert made.named(batch.cond).tolist() == [True, True, False, False, False, True]
    assert not made.named(batch.cond.absent()).any()
    with pytest.raises(Unsupported, match="no prompts"):
        made.named(None)


def test_other_rows_pull_nowhere_until_the_policy_has_gone_and_then_back():
    made, others = objective(), rows([1, 2], [3], [4, 5], [7])
    value, stats = loss(made, others)
    assert float(value.detach()) == 0 and "subject_error" not in stats
    for name, parameter in made.named_parameters():
        if name.endswith(".up"):
            torch.nn.init.normal_(parameter, std=0.3, generator=torch.Generator().manual_seed(len(name)))
    value, _ = loss(made, others)
    value.backward()
    moved = [p for p in made.parameters() if p.requires_grad and p.grad is not None and p.grad.abs().sum() > 0]
    assert float(value.detach()) > 0 and moved
    with torch.no_grad():
        for parameter in moved:
            parameter -= 1e-3 * parameter.grad / parameter.grad.norm()
    assert float(loss(made, others)[0].detach()) < float(value.detach())


def test_the_subjects_rows_have_the_models_own_loss_and_are_never_hidden():
    made, own = objective(), rows([7, 8], [7, 8, 1])
    value, stats = loss(made, own)
    assert made.policy.drop == 0
    assert float(value.detach()) == float(made.policy.loss(own, "all", torch.Generator().manual_seed(3))[0].detach())
    assert "strayed" not in stats


@pytest.mark.parametrize("kind", [EDM, MeanFlow])
def test_other_members_of_the_family_are_taught_as_well(kind):
    made = objective(kind=kind)
    value, stats = loss(made, rows([7, 8], [1, 2], [7, 8, 3], [4]))
    value.backward()
    assert {"subject_error", "strayed"} <= stats.keys() and float(stats["strayed"]) == 0
    assert all(torch.isfinite(p.grad).all() for p in made.parameters() if p.grad is not None)
    assert any(p.grad is not None and p.grad.abs().sum() > 0 for p in made.parameters())
