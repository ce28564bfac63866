"""Muon and the optimiser of rows: their steps against the mathematics, and what they leave alone."""

import torch
from torch import nn

from anew.train.muon import Muon, orthogonal, through_itself, through_square
from anew.train.rows import Rows


def test_steps_are_nearly_orthogonal_whatever_the_shape_and_scale():
    rng = torch.Generator().manual_seed(0)
    for shape in ((3, 96, 32), (2, 32, 96), (1, 64, 64)):
        g = torch.randn(shape, generator=rng)
        values = torch.linalg.svdvals(orthogonal(1e-4 * g))
        assert values.max() < 1.2
        assert values.median() > 0.85
        u, _, v = torch.linalg.svd(g, full_matrices=False)
        if shape[1] != shape[2]:
            torch.testing.assert_close(orthogonal(g), u @ v, atol=0.06, rtol=0)


def test_both_ways_to_an_orthogonal_matrix_lead_to_the_same():
    rng = torch.Generator().manual_seed(0)
    spread = torch.logspace(0, -4, 40)[None, :, None]  # singular values far apart
    x = torch.linalg.qr(torch.randn(2, 300, 40, generator=rng)).Q.mT * spread
    x = torch.linalg.qr(torch.randn(2, 40, 40, generator=rng)).Q @ x / 4
    torch.testing.assert_close(through_square(x), through_itself(x), atol=2e-4, rtol=0)


def test_products_in_bfloat16_stay_near_orthogonal():
    rng = torch.Generator().manual_seed(0)
    for shape in ((2, 32, 192), (2, 96, 32), (1, 64, 64)):  # of which the first goes the short way in float32
        g = torch.randn(shape, generator=rng) * torch.logspace(0, -2, shape[2])
        found = orthogonal(g, torch.bfloat16)
        values = torch.linalg.svdvals(found)
        assert found.dtype == torch.float32 and values.max() < 1.3 and values.median() > 0.8
        exact = orthogonal(g)
        assert (found - exact).norm() < 0.2 * exact.norm()


def test_matrices_of_one_shape_do_not_meet():
    first, second = nn.Parameter(torch.zeros(8, 4)), nn.Parameter(torch.zeros(8, 4))
    alone = nn.Parameter(torch.zeros(8, 4))
    gradients = torch.randn(2, 8, 4, generator=torch.Generator().manual_seed(0))
    together, single = Muon([first, second], lr=0.1), Muon([alone], lr=0.1)
    for _ in range(3):
        first.grad, second.grad, alone.grad = gradients[0], gradients[1], gradients[0]
        together.step()
        single.step()
    torch.testing.assert_close(first, alone)
    assert not torch.allclose(first, second)


def test_muon_solves_a_least_squares_problem():
    rng = torch.Generator().manual_seed(0)
    x, wanted = torch.randn(64, 8, generator=rng), torch.randn(16, 8, generator=rng)
    weight = nn.Parameter(torch.zeros(16, 8))
    optimiser = Muon([weight], lr=0.1)
    for step in range(200):
        optimiser.param_groups[0]["lr"] = 0.1 * (1 - step / 200)
        weight.grad = 2 * (x @ (weight - wanted).T.detach()).T @ x / 64
        optimiser.step()
    assert (weight - wanted).abs().max() < 0.05


def test_rows_move_by_their_own_history_and_no_others_move():
    table = nn.EmbeddingBag(10, 4, mode="sum", padding_idx=0, sparse=True)
    before = table.weight.detach().clone()
    optimiser = Rows(table.parameters(), lr=0.5)
    for rows in ([[3, 3, 7]], [[3, 0, 0]]):
        optimiser.zero_grad()
        table(torch.tensor(rows)).sum().backward()
        optimiser.step()
    moved = before - table.weight.detach()
    assert (moved[[0, 1, 2, 4, 5, 6, 8, 9]] == 0).all()
    torch.testing.assert_close(moved[7], torch.full((4,), 0.5))  # gradient 1 over √1
    torch.testing.assert_close(moved[3], torch.full((4,), 0.5 * (2 / 2 + 1 / 5**0.5)))


def test_rows_take_dense_gradients_alike():
    sparse, dense = (nn.Embedding(6, 3, sparse=s) for s in (True, False))
    dense.load_state_dict(sparse.state_dict())
    for table in (sparse, dense):
        optimiser = Rows(table.parameters(), lr=0.1)
        for _ in range(3):
            optimiser.zero_grad()
            table(torch.tensor([1, 4, 4])).square().sum().backward()
            optimiser.step()
    torch.testing.assert_close(sparse.weight, dense.weight)
