"""Sampling tokens: exact in company, past the context, under masks; the right distribution."""

import pytest
import torch

from anew.contract import AppendOptions, Cond, CondSpec, Prompt, Spec
from anew.models.autoregressive.transformer import Transformer
from anew.samplers.choice import pick
from anew.samplers.tokens import decode
from anew.testing import check_sampler

torch.set_num_threads(1)

SPEC = Spec("tokens", (40,), 30, 29, CondSpec(classes=3))


@pytest.fixture(scope="module")
def model():
    with torch.random.fork_rng():
        torch.manual_seed(1)
        model = Transformer(SPEC, width=48, layers=2, heads=3, table_rows=512)
        for p in model.parameters():
            torch.nn.init.normal_(p, std=0.15)
    return model.eval()


def seeded(number):
    return torch.Generator().manual_seed(number)


def prompt_of(numbers, lengths):
    values = torch.zeros(len(numbers), max([*lengths, 1]), dtype=torch.long)
    known = torch.zeros_like(values, dtype=torch.bool)
    for row, (number, length) in enumerate(zip(numbers, lengths, strict=True)):
        values[row, :length] = torch.randint(0, 29, (length,), generator=seeded(number))
        known[row, :length] = True
    return Prompt(values, known)


def draw(model, numbers, lengths, **options):
    cond = Cond(label_B=torch.tensor([n % 3 for n in numbers]))
    rngs = [seeded(100 + n) for n in numbers]
    chunks = list(model.sample(rngs, cond, prompt_of(numbers, lengths), AppendOptions(**options)))
    return torch.cat([chunk.data for chunk in chunks], 1), chunks


def test_conforms():
    assert len(check_sampler(decode).ran) >= 5


@pytest.mark.parametrize("guidance", [1.0, 1.7])
def test_ragged_rows_in_company_are_bit_for_bit_alone(model, guidance):
    """Eleven rows (two blocks, one padded), prompts shorter and longer than the context, and far past it."""
    numbers, lengths = list(range(11)), [3, 70, 0, 39, 40, 41, 5, 12, 33, 32, 31]
    options = {"max_new": 90, "top_p": 0.97, "guidance": guidance}
    together, chunks = draw(model, numbers, lengths, **options)
    assert chunks[-1].progress == 1.0 and chunks[-1].done_B.all() and not chunks[0].done_B.all()
    for row in (0, 1, 4, 10):
        alone, _ = draw(model, [numbers[row]], [lengths[row]], **options)
        assert torch.equal(together[row, : alone.shape[1]], alone[0])
        assert (together[row, alone.shape[1] :] == SPEC.end).all()


def test_greedy_with_a_cache_is_greedy_without(model):
    made, _ = draw(model, [4], [5], max_new=30, temperature=0)
    read = [SPEC.end, *prompt_of([4], [5]).values[0].tolist()]
    cond = Cond(label_B=torch.tensor([1]))
    for token in made[0].tolist():
        assert int(model.extend(torch.tensor([read]), cond=cond)[0][0, -1].argmax()) == token
        read.append(token)


def test_it_stops_where_the_context_is_full_unless_told_how_long(model):
    made, _ = draw(model, [0], [10], temperature=0)
    assert made.shape[1] <= 40 - 11
    longer, _ = draw(model, [0], [10], max_new=200)
    assert longer.shape[1] > 40 or longer[0, -1] == SPEC.end


def test_a_done_row_goes_on_with_the_end(model):
    made, chunks = draw(model, list(range(9)), [4] * 9, max_new=60)
    for row in made:
        ends = (row == SPEC.end).nonzero()
        assert not len(ends) or (row[int(ends[0]) :] == SPEC.end).all()
    shares = [chunk.progress for chunk in chunks]
    assert shares == sorted(shares)


def test_only_what_is_allowed_is_chosen(model):
    seen = []

    def allowed(chosen_BT):
        seen.append(chosen_BT.shape[1])
        mask = torch.zeros(len(chosen_BT), SPEC.vocab, dtype=torch.bool)
        mask[:, chosen_BT.shape[1] % 5 + 3] = chosen_BT.shape[1] < 7  # after seven tokens: nothing more to say
        return mask

    rngs = [seeded(n) for n in range(9)]
    made = torch.cat([c.data for c in model.sample(rngs, options=AppendOptions(max_new=20), allowed=allowed)], 1)
    assert (made == torch.tensor([3, 4, 5, 6, 7, 3, 4, SPEC.end])).all()
    assert seen == list(range(8))


def test_pick_follows_the_distribution():
    p = torch.tensor([0.1, 0.0, 0.45, 0.3, 0.15])
    chances = (torch.arange(2000, dtype=torch.float64) + 0.5) / 2000
    logits = p.log().expand(2000, -1)

    def shares(**options):
        return torch.bincount(pick(logits, chances, AppendOptions(**options)), minlength=5) / 2000

    torch.testing.assert_close(shares(), p, atol=1e-3, rtol=0)
    torch.testing.assert_close(shares(temperature=0.5), p**2 / (p**2).sum(), atol=1e-3, rtol=0)
    torch.testing.assert_close(shares(top_k=2), torch.tensor([0, 0, 0.6, 0.4, 0]), atol=1e-3, rtol=0)
    torch.testing.assert_close(shares(top_p=0.8), torch.tensor([0, 0, 0.5, 1 / 3, 1 / 6]), atol=1e-3, rtol=0)
    torch.testing.assert_close(shares(top_p=0.7), torch.tensor([0, 0, 0.6, 0.4, 0]), atol=1e-3, rtol=0)
    torch.testing.assert_close(shares(min_p=0.5), torch.tensor([0, 0, 0.6, 0.4, 0]), atol=1e-3, rtol=0)
    assert shares(temperature=0).tolist() == [0, 0, 1, 0, 0]
