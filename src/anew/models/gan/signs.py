"""What goes wrong in an adversarial game, read off held-out rows and said in plain words.

In: a model of the family, held-out rows, a generator. Out: a sentence for each sign; nothing is the rule.

B batch · Z latent · S the grid's own axes · F features · K nearest neighbours
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from anew.contract import Batch
from anew.models.layers.energy import energy_of, features

if TYPE_CHECKING:
    from anew.models.gan.family import GAN

NARROW = 0.25  # samples of a condition lie so near to each other, as a share of the data's mean distance
WIDE = 4.0  # or so far apart
WORSE = 1.1  # times the energy score of noise
FEWEST = 16  # rows of a condition from which anything is told
K = 5  # of the neighbours that bound a row's surroundings
LIKE, REACHED = 0.5, 0.35  # shares of samples near some row, and of rows near some sample
FLAT = 1e-4  # of logits' deviation, and of a gradient's norm


@torch.no_grad()
def signs(model: GAN, batch: Batch, rng: torch.Generator) -> list[str]:
    """All that is wrong: samples that fly apart, collapse, leave modes out; a network that no longer learns."""
    z_BZ = torch.randn(len(batch), *model.latent_shape, generator=rng, device=rng.device)
    made_BS = model.synthesize(z_BZ, batch.cond)
    if not made_BS.isfinite().all():
        return ["Divergence: some samples hold numbers that are not finite."]
    real_BF, made_BF = features(batch.x), features(made_BS)
    label_B = model.label_of(batch.cond, len(batch), batch.x.device)
    found = spread(real_BF, made_BF, label_B, model.classes) or astray(model, batch, label_B, rng)
    found = found or missing(real_BF, made_BF)
    return found + stuck(model, batch, made_BS, rng)


def spread(real_BF: Tensor, made_BF: Tensor, label_B: Tensor, classes: int) -> list[str]:
    """Mean distances between two samples of a condition against those between two rows of it."""
    shares = {}
    for label in label_B.unique().tolist():
        rows = label_B == label
        if int(rows.sum()) >= FEWEST:
            apart = float(torch.pdist(real_BF[rows]).mean())
            shares[label] = float(torch.pdist(made_BF[rows]).mean()) / max(apart, 1e-12)
    wide = {label: share for label, share in shares.items() if share > WIDE}
    narrow = {label: share for label, share in shares.items() if share < NARROW}
    found = []
    if wide:
        most = max(wide.values())
        found.append(f"Divergence: samples lie up to {most:.0f} times as far from each other as data do.")
    if narrow and len(narrow) == len(shares):
        mean = sum(narrow.values()) / len(narrow)
        found.append(
            "Mode collapse: whatever the noise, samples are nearly the same; two of them lie "
            f"{100 * mean:.0f} % as far from each other as two rows of the data."
        )
    elif narrow:
        names = ", ".join("no label" if label == classes else str(label) for label in narrow)
        found.append(
            f"Mode collapse in {len(narrow)} of {len(shares)} classes (by number: {names}): samples of such a class "
            f"are nearly the same, down to {100 * min(narrow.values()):.0f} % of the data's distances."
        )
    return found


def astray(model: GAN, batch: Batch, label_B: Tensor, rng: torch.Generator) -> list[str]:
    """Samples that a few figures of each condition's data would beat: no network is needed for noise of their mean and
    deviation."""
    many_B = (label_B[:, None] == label_B).sum(1) >= FEWEST
    if not many_B.any():
        return []
    batch, label_B = batch.take(many_B), label_B[many_B]
    same_BB = label_B[:, None] == label_B
    share_BB = same_BB.float() / same_BB.sum(1, keepdim=True)
    x_BD = batch.x.flatten(1)
    mean_BD = share_BB @ x_BD
    deviation_BD = (share_BB @ x_BD.square() - mean_BD.square()).clamp(min=0).sqrt()
    twice_2BD = torch.randn(2 * len(x_BD), x_BD.shape[1], generator=rng, device=rng.device)
    noise_2BD = mean_BD.repeat(2, 1) + deviation_BD.repeat(2, 1) * twice_2BD
    floor = energy_of(batch.x, noise_2BD.unflatten(1, batch.x.shape[1:]), label_B.repeat(2))
    times = float(model.validation_loss(batch, rng) / floor)
    if times < WORSE:
        return []
    return [
        f"Worse than noise: by the energy score samples are {times:.2f} times as bad as noise of the data's own mean "
        "and deviation. The game diverges, or has hardly begun."
    ]


def missing(real_BF: Tensor, made_BF: Tensor) -> list[str]:
    """Samples that look like data and yet leave much of it out. A row is reached when a sample lies among its nearest
    neighbours (coverage: Naeem et al. 2020, section 3.2); samples are like data when they lie so near to a row."""
    if len(real_BF) <= 4 * K:
        return []
    radius_B1 = torch.cdist(real_BF, real_BF).kthvalue(K + 1, dim=1, keepdim=True).values
    near_BB = torch.cdist(real_BF, made_BF) <= radius_B1
    like, reached = float(near_BB.any(0).float().mean()), float(near_BB.any(1).float().mean())
    if like < LIKE or reached >= REACHED:
        return []
    return [
        f"Missing modes: {100 * like:.0f} % of the samples look like data, and they reach {100 * reached:.0f} % of the "
        "held-out rows."
    ]


def stuck(model: GAN, batch: Batch, made_BS: Tensor, rng: torch.Generator) -> list[str]:
    """A discriminator that answers the same to everything, a generator that no gradient reaches."""
    found = []
    logits_2B = torch.cat([model.discriminate(x, batch.cond) for x in (batch.x, made_BS)])
    if not logits_2B.isfinite().all() or float(logits_2B.std()) < FLAT:
        found.append("Dead discriminator: it answers the same to every sample and every row of the data.")
    weights = [p for p in model.generator.parameters() if p.requires_grad]
    if weights:
        with torch.enable_grad():
            loss, _ = model.loss(batch, "generator", rng)
            pulls = torch.autograd.grad(loss, weights, allow_unused=True)
        norm = float(torch.stack([p.norm() for p in pulls if p is not None]).norm())
        if not norm >= FLAT:
            found.append(f"Dead generator: the gradient that reaches it is gone (norm {norm:.0e}).")
    return found
