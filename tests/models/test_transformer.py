"""The transformer: on the contract, cached as uncached, its table of n-grams where it says."""

import pytest
import torch

from anew.contract import AppendOptions, Batch, Cond, CondSpec, Prompt, Spec, Unsupported
from anew.models.autoregressive.transformer import Transformer, thinned
from anew.models.layers.ngrams import summed
from anew.models.layers.norm import relu2
from anew.models.layers.rotary import rotary_turns, rotate
from anew.testing import check_model

torch.set_num_threads(1)

SPEC = Spec("tokens", (24,), 12, 11)
SMALL = {"width": 32, "layers": 2, "heads": 2, "table_rows": 512}


def made(spec=SPEC, scale=0.3, **settings):
    """A model whose every weight is at work, zero-initialised ones too."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = Transformer(spec, **(SMALL | settings))
        for p in model.parameters():
            torch.nn.init.normal_(p, std=scale)
    if model.table is not None:
        model.table.weight.data[0] = 0
    return model.eval()


def tokens(rows, length, seed=0, vocab=11):
    return torch.randint(0, vocab, (rows, length), generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("settings", [{}, {"kv_heads": 1, "ngrams": 1}, {"dropout": 0.3}])
def test_conforms(settings):
    assert len(check_model(lambda: Transformer(SPEC, **SMALL, **settings)).ran) >= 40


def test_conforms_under_labels():
    spec = Spec("tokens", (24,), 12, 11, CondSpec(classes=3))
    assert len(check_model(lambda: Transformer(spec, **SMALL)).ran) >= 45


@pytest.mark.parametrize("cuts", [[0, 1, 2, 3, 24], [0, 8, 9, 20, 24]])
def test_cached_is_uncached(cuts):
    model, x = made(kv_heads=1), tokens(3, 24, vocab=12)
    whole, _ = model.extend(x)
    state, parts = None, []
    for a, b in zip(cuts, cuts[1:], strict=False):
        logits, state = model.extend(x[:, a:b], None, state)
        parts.append(logits)
    torch.testing.assert_close(torch.cat(parts, 1), whole, rtol=1e-4, atol=1e-4)


def test_a_token_sees_nothing_after_it():
    model, x = made(), tokens(2, 20)
    other = x.clone()
    other[:, 11:] = (other[:, 11:] + 1) % 11
    (a, _), (b, _) = model.extend(x), model.extend(other)
    assert torch.equal(a[:, :11], b[:, :11]) and not torch.equal(a[:, 11:], b[:, 11:])


def test_rows_of_n_grams_depend_on_the_last_n_tokens_and_stop_at_the_end():
    model = made(ngrams=4)
    x = torch.tensor([[1, 2, 3, 4, 1, 2, 3, 4, 11, 1, 2, 3]])
    before = [torch.nn.functional.pad(x[:, :-n], (n, 0), value=SPEC.vocab) for n in (1, 2, 3)]
    rows = model._rows(x, before, None)[0]
    assert rows.shape == (12, 3)
    assert (rows[0] == 0).all() and (rows[8] == 0).all()  # nothing before the first token, nor across an end
    assert rows[1].bool().tolist() == [True, False, False]
    assert torch.equal(rows[3], rows[7]) and rows[3].unique().numel() == 3  # one context, one row an order
    assert rows[9].bool().tolist() == [True, False, False]  # the end itself is seen, not what it ended
    assert rows[2, 0] == rows[6, 0] == rows[11, 0] and rows[2, 1] == rows[6, 1] == rows[11, 1]


def test_dropped_n_grams_are_the_longer_ones():
    model = made(ngrams=5, drop_ngrams=0.5)
    x = tokens(64, 24)
    before = [torch.nn.functional.pad(x[:, :-n], (n, 0), value=SPEC.vocab) for n in range(1, 5)]
    rows = model._rows(x, before, torch.Generator().manual_seed(0))[:, 5:]
    kept = rows.bool()
    assert (kept[..., 1:] <= kept[..., :-1]).all()
    shares = kept.float().mean((0, 1))
    torch.testing.assert_close(shares, torch.tensor([0.875, 0.75, 0.625, 0.5]), atol=0.05, rtol=0)


@pytest.mark.parametrize("noise", [{"drop_ngrams": 0.9}, {"drop_ngrams": 0.0, "dropout": 0.2}])
def test_noise_helps_learning_and_leaves_judging_alone(noise):
    model = made(**noise)
    batch = Batch(tokens(4, 20))
    one, other = (model.loss(batch, "all", torch.Generator().manual_seed(s))[0] for s in (0, 1))
    assert torch.equal(one, other)
    model.train()
    one, other = (model.loss(batch, "all", torch.Generator().manual_seed(s))[0] for s in (0, 1))
    assert not torch.equal(one, other)


def test_what_is_left_out_is_made_up_for():
    x = torch.ones(8, 64, 32)
    thin = thinned(x, 0.25, torch.Generator().manual_seed(0))
    assert (thin == 0).float().mean() == pytest.approx(0.25, abs=0.02) and thin.mean() == pytest.approx(1, abs=0.02)
    assert torch.equal(thin, thinned(x, 0.25, torch.Generator().manual_seed(0))) and thinned(x, 0.25, None) is x


def test_overfits_one_batch():
    torch.manual_seed(0)
    model = Transformer(SPEC, **SMALL, drop_ngrams=0.0)
    batch = Batch(tokens(4, 25))
    optimiser = torch.optim.Adam([p for p in model.parameters() if not p.grad_fn], lr=3e-3)
    for _ in range(60):
        loss, _ = model.loss(batch, "all", torch.Generator().manual_seed(0))
        for p in model.parameters():
            p.grad = None
        loss.backward()
        for p in model.parameters():
            p.grad = p.grad.to_dense() if p.grad.is_sparse else p.grad
        optimiser.step()
    assert loss < 0.2


def test_too_much_at_once_and_too_much_in_all_are_refused():
    model = made()
    with pytest.raises(Unsupported, match="25 tokens"):
        model.extend(tokens(1, 25))
    _, state = model.extend(tokens(1, 24))
    with pytest.raises(Unsupported, match="25 tokens"):
        model.extend(tokens(1, 1), None, state)


def test_prompts_other_than_prefixes_are_refused():
    model, rng = made(), [torch.Generator().manual_seed(0)]
    hole = Prompt(tokens(1, 4), torch.tensor([[True, False, True, True]]))
    with pytest.raises(Unsupported, match="prefix"):
        model.sample(rng, prompt=hole)
    with pytest.raises(Unsupported, match="guidance"):
        model.sample(rng, options=AppendOptions(guidance=2.0))
    with pytest.raises(Unsupported, match="condition"):
        model.extend(tokens(1, 4), cond=Cond(label_B=torch.zeros(1, dtype=torch.long)))


def test_rotary_positions_are_relative():
    q, k = torch.randn(2, 1, 8, generator=torch.Generator().manual_seed(0)).unbind()
    turns = rotary_turns(20, 8)
    near = (rotate(q, turns[3:4]) * rotate(k, turns[1:2])).sum()
    far = (rotate(q, turns[19:20]) * rotate(k, turns[17:18])).sum()
    torch.testing.assert_close(near, far)
    assert not torch.allclose(near, (rotate(q, turns[5:6]) * rotate(k, turns[1:2])).sum())


def test_the_squared_relu_has_its_own_gradient():
    x = torch.randn(64, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: relu2(x.clone()), x)


@pytest.mark.parametrize("none", [0, 1], ids=["with tokens that look nothing up", "without"])
def test_a_table_gives_what_its_bag_gives_and_a_gradient_with_each_row_once(none):
    rng = torch.Generator().manual_seed(0)
    sparse, dense = (torch.nn.EmbeddingBag(50, 6, mode="sum", padding_idx=0, sparse=s) for s in (True, False))
    dense.load_state_dict(sparse.state_dict())
    rows_NO, weight_ND = torch.randint(none, 50, (40, 3), generator=rng), torch.randn(40, 6, generator=rng)
    for table in (sparse, dense):
        found_ND = summed(table, rows_NO)
        torch.testing.assert_close(found_ND, dense(rows_NO))
        (found_ND * weight_ND).sum().backward()
    assert sparse.weight.grad.is_sparse
    rows_U = sparse.weight.grad._indices()[0]
    assert (rows_U[1:] > rows_U[:-1]).all()
    torch.testing.assert_close(sparse.weight.grad.to_dense(), dense.weight.grad)
