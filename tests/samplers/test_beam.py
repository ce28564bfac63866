"""Beam search: wide enough it is exhaustive search, and narrower it never finds more; guides and ends hold."""

import itertools
import math

import pytest
import torch

from anew.contract import AppendOptions, Cond, CondSpec, Prompt, Spec, Unsupported
from anew.models.autoregressive.rnn import RNN
from anew.models.autoregressive.transformer import Transformer

torch.set_num_threads(1)

V, END, LENGTH = 4, 3, 4
SPEC = Spec("tokens", (16,), V, END, CondSpec(classes=2))


@pytest.fixture(scope="module", params=[Transformer, RNN])
def model(request):
    with torch.random.fork_rng():
        torch.manual_seed(2)
        model = request.param(SPEC, width=16, layers=1)
        for p in model.parameters():
            torch.nn.init.normal_(p, std=0.5)
    return model.eval()


@torch.no_grad()
def all_of_them(model, prompt, cond, allowed=lambda said: range(V)):
    """Every sequence of at most LENGTH tokens, by ln p from one call over the whole of it."""
    found = []
    for n in range(1, LENGTH + 1):
        for tokens in itertools.product(range(V), repeat=n):
            ended = tokens[-1] == END
            if END in tokens[:-1] or not (ended or n == LENGTH):
                continue
            if any(token not in allowed(tokens[:i]) for i, token in enumerate(tokens)):
                continue
            read = torch.tensor([[END, *prompt, *tokens[:-1]]])
            logits_TV = model.extend(read, cond=cond)[0][0, len(prompt) :]
            logp_TV = torch.log_softmax(logits_TV.double(), 1)
            found.append((float(logp_TV[range(n), list(tokens)].sum()), tokens))
    return sorted(found, reverse=True)


def search(model, width, guide=None, prompt=(1, 0)):
    given = Prompt(values=torch.tensor([prompt])) if prompt else None
    return model.likeliest(width, Cond(label_B=torch.tensor([1])), given, AppendOptions(max_new=LENGTH), guide)


def test_as_wide_as_everything_it_is_exhaustive_search(model):
    expected = all_of_them(model, (1, 0), Cond(label_B=torch.tensor([1])))
    found = search(model, len(expected))
    assert [f.tokens for f in found] == [tokens for _, tokens in expected]
    assert [f.logp for f in found] == pytest.approx([logp for logp, _ in expected], abs=1e-5)
    assert all(f.ended == (f.tokens[-1] == END) for f in found)


@pytest.mark.parametrize("width", [1, 2, 3, 9])
def test_a_narrow_beam_finds_real_sequences_and_none_likelier_than_there_are(model, width):
    every = dict(all_of_them(model, (1, 0), Cond(label_B=torch.tensor([1]))))
    best = sorted(every, reverse=True)
    found = search(model, width)
    assert 1 <= len(found) <= width
    for rank, one in enumerate(found):
        true = min(every, key=lambda logp, one=one: (every[logp] != one.tokens, 0))
        assert one.logp == pytest.approx(true, abs=1e-5) and one.logp <= best[rank] + 1e-5
    assert [f.logp for f in found] == sorted((f.logp for f in found), reverse=True)


def test_a_beam_of_one_finds_what_greedy_does_or_better(model):
    """It keeps the best end it has passed, which greedy cannot go back to."""
    (found,) = search(model, 1)
    options = AppendOptions(max_new=LENGTH, temperature=0)
    prompt = Prompt(values=torch.tensor([[1, 0]]))
    rngs = [torch.Generator()]
    made = torch.cat([c.data for c in model.sample(rngs, Cond(label_B=torch.tensor([1])), prompt, options)], 1)
    greedy = tuple(made[0].tolist())
    every = {tokens: logp for logp, tokens in all_of_them(model, (1, 0), Cond(label_B=torch.tensor([1])))}
    assert found.tokens[:-1] == greedy[: len(found.tokens) - 1] and found.logp >= every[greedy] - 1e-5


class Alternate:
    """Even places hold 0, odd ones 1 or 2; two of the latter end the row."""

    def __init__(self, said=()):
        self.said = list(said)

    def allowed(self):
        return torch.tensor([i in self.next(self.said) for i in range(V)])

    @staticmethod
    def next(said):
        return (1, 2) if len(said) % 2 else (0,)

    def took(self, token):
        self.said.append(token)
        return len(self.said) == LENGTH

    def rewind(self, n):
        del self.said[len(self.said) - n :]

    def copy(self):
        return Alternate(self.said)


def test_each_sequence_has_its_own_guide(model):
    expected = all_of_them(model, (1, 0), Cond(label_B=torch.tensor([1])), Alternate.next)
    assert len(expected) == 4
    found = search(model, 4, Alternate())
    assert [f.tokens for f in found] == [tokens for _, tokens in expected]
    assert [f.logp for f in found] == pytest.approx([logp for logp, _ in expected], abs=1e-5)
    assert all(math.isfinite(f.logp) and f.ended for f in found)


def test_a_prompt_that_leaves_no_room_is_refused(model):
    with pytest.raises(Unsupported, match="holds 16"):
        search(model, 2, prompt=[0] * 16)
