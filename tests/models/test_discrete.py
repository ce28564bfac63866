"""Codes of a grid: the mathematics of rounding, the nearest code, prefixes, and what is said of a bad code-book."""

from itertools import product

import pytest
import torch
from known_data import bars, learn

from anew.contract import Batch, Spec, Unsupported
from anew.models.vae.discrete import Discrete
from anew.models.vae.fsq import FSQ
from anew.models.vae.vq import VQ

SPEC = Spec("grid", (1, 12, 12))
STILL = {"shift": 0.0, "turn": 0.0, "zoom": 0.0, "shear": 0.0, "ripple": 0.0}


def seeded(kind: type[Discrete], **settings: object) -> Discrete:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return kind(SPEC, **settings)  # type: ignore[call-arg]


@pytest.mark.parametrize("levels", [(8, 5, 5, 5), (2, 3), (4,)])
def test_each_level_is_a_code_and_each_code_its_levels(levels: tuple[int, ...]) -> None:
    model = seeded(FSQ, levels=levels, tokens=2)
    far = torch.tensor(list(product(*[(-20.0, 0.0, 20.0)] * len(levels))))[:, None].expand(-1, 2, -1)
    lowest, highest = model.bound(far).round().amin((0, 1)), model.bound(far).round().amax((0, 1))
    assert (highest - lowest + 1).tolist() == list(levels)
    assert torch.equal(model.bound(torch.zeros(1, 2, len(levels))).round(), torch.zeros(1, 2, len(levels)))
    every = torch.arange(model.codes)[:, None].expand(-1, 2)
    assert len(model.look_up(every).unique(dim=0)) == model.codes
    wide = torch.randn(4000, 2, len(levels), generator=torch.Generator().manual_seed(0)) * 3
    vectors_BTE, tokens_BT = model.quantise(wide)
    torch.testing.assert_close(model.look_up(tokens_BT), vectors_BTE)
    assert tokens_BT.min() >= 0 and tokens_BT.max() < model.codes
    # Rounding moves a number by half a level at most.
    halves = torch.tensor([n // 2 for n in levels])
    assert ((vectors_BTE * halves - model.bound(wide)).abs() <= 0.5 + 1e-5).all()


def test_the_gradient_passes_rounding_as_if_it_were_not_there() -> None:
    model = seeded(FSQ, levels=(5, 5), tokens=3)
    z = torch.randn(4, 3, 2, requires_grad=True, generator=torch.Generator().manual_seed(0))
    model.quantise(z)[0].sum().backward()
    through = z.grad.clone()
    z.grad = None
    (model.bound(z) / 2).sum().backward()
    torch.testing.assert_close(through, z.grad)


def test_a_vector_becomes_the_nearest_code() -> None:
    model = seeded(VQ, codes=20, numbers=3, tokens=4)
    z = torch.randn(6, 4, 3, generator=torch.Generator().manual_seed(0))
    _, tokens_BT = model.quantise(z)
    assert torch.equal(tokens_BT, torch.cdist(z, model.book().detach().expand(6, -1, -1)).argmin(-1))


@pytest.mark.parametrize(("kind", "settings"), [(FSQ, {"levels": (5, 5)}), (VQ, {"codes": 64})])
def test_held_out_grids_come_back_and_more_tokens_tell_more(kind: type[Discrete], settings: dict[str, object]) -> None:
    model = learn(
        seeded(kind, width=8, tokens=6, early=0.3, **STILL, **settings), lambda step, rng: Batch(bars(64, step)), 150
    )
    held_out = bars(64, 10_000)
    with torch.no_grad():
        tokens_BT = model.encode(held_out)
        known = [torch.arange(6) < n for n in range(7)]
        errors = [
            float((model.decode(tokens_BT, k.expand(64, -1)) - held_out).square().mean() / held_out.var())
            for k in known
        ]
        assert torch.equal(model.decode(tokens_BT), model.decode(tokens_BT, known[-1].expand(64, -1)))
    assert errors[6] < 0.3 and errors[0] < 1.3, errors
    assert errors[0] > errors[3] > errors[6], errors
    assert not model.diagnose(Batch(held_out), torch.Generator())


def test_a_collapsed_code_book_is_called_so() -> None:
    model = seeded(FSQ, width=16, tokens=4, levels=(8, 5, 5, 5))
    torch.nn.init.zeros_(model.narrow.weight)
    collapsed, idle = model.diagnose(Batch(bars(64, 0)), torch.Generator())
    assert "collapsed" in collapsed and "a token uses 1 of its 1,000 codes" in collapsed
    assert idle.startswith("4 of 4 tokens say the same")
    tokens_BT = model.encode(bars(64, 0))
    assert float(model.share_used(tokens_BT)) == pytest.approx(1 / 64)


def test_what_tells_no_grids_apart_is_refused_in_words() -> None:
    with pytest.raises(Unsupported, match="two levels"):
        FSQ(SPEC, levels=(8, 1))
    with pytest.raises(Unsupported, match="0 tokens"):
        FSQ(SPEC, tokens=0)
    with pytest.raises(Unsupported, match="1 codes"):
        VQ(SPEC, codes=1)
    with pytest.raises(Unsupported, match="8 × 8"):
        FSQ(Spec("grid", (1, 7, 9)))
