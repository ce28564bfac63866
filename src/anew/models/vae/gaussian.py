"""A variational autoencoder of any grid, to be drawn from: it is told the class, and bounds p(x) from below.

In: grids and, where the data has labels, their classes. Out: grids drawn through a normal latent. (C, H, W) grids of
8 × 8 or more get convolutions, vectors and all others a residual network.

B batch · S the grid's own axes · Z latent · D width
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from anew.blocks import noise
from anew.contract import Batch, Cond, Phase, Spec, Unsupported, by_role
from anew.models.layers.convolution import convolves
from anew.models.layers.label import Label, rows_of
from anew.models.vae.family import VAE, divergence, nats_of
from anew.models.vae.networks import Planes, Vectors

FINEST = math.log(0.01)  # of log_scale: cells that never vary would have a density without limit
# A new network of vectors hands them on with little noise: one that begins with much does without its latent for good.
START_SCALE, START_LOGVAR = -2.0, -3.0
SPREAD = 0.85  # of the middles of a new prior's components, which are as wide as to be standard normal together


class GaussianVAE(VAE):
    """`latent` Z; `width` channels at the first level, doubled twice at most, and `depth` residual blocks a level (of
    vectors: D / 4, and the blocks in all). `beta` weighs the divergence in the loss, of which `free_bits` nats of each
    latent dimension cost nothing; `drop` is the share of labels hidden while learning; `draws` are those of the bound
    that is its score. The prior is a learned mixture of `components` normals for each class, and one for the absent
    label; one component is the standard normal for all. By default vectors, whose density may have many parts, have
    128, and convolved grids one.

    Convolved grids share one deviation of p(x | z) for "all" cells or have one for each "cell" (`scale`), and a sample
    shows the centre. Each cell of a vector has its own at each z, and a sample carries its noise.
    """

    sizes: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "xs": {"width": 16, "latent": 8},
        "s": {"width": 32, "latent": 16},
        "m": {"width": 48, "latent": 32},
        "l": {"width": 64, "latent": 64},
    }

    def __init__(
        self,
        spec: Spec,
        *,
        latent: Annotated[int, Field(ge=1)] = 16,
        width: Annotated[int, Field(ge=8, multiple_of=8)] = 32,
        depth: Annotated[int, Field(ge=1)] = 2,
        beta: Annotated[float, Field(ge=0)] = 1.0,
        free_bits: Annotated[float, Field(ge=0)] = 0.0,
        drop: Annotated[float, Field(ge=0, lt=1)] = 0.1,
        scale: Literal["all", "cell"] = "all",
        components: Annotated[int, Field(ge=1)] | None = None,
        draws: Annotated[int, Field(ge=1)] = 64,
    ) -> None:
        super().__init__(spec)
        self.latent_shape, self.beta, self.free_bits = (latent,), beta, free_bits
        self.drop, self.draws = drop, draws
        self.label = Label(spec, 2 * width)
        self.classes = self.label.classes
        cells = convolves(spec.shape)
        self.observes = not cells
        network = Planes if cells else Vectors
        self.network = network(spec.shape, 2 * latent, latent, width, depth, 2 * width)
        self.components = components or (1 if cells else 128)
        if self.components > 1:
            if free_bits:
                raise Unsupported(
                    "free_bits: a prior of several components has no divergence by dimension; components = 1"
                )
            many = (self.classes + 1, self.components)
            self.share = nn.Parameter(torch.zeros(many))
            self.middle = nn.Parameter(nn.init.normal_(torch.empty(*many, latent), std=SPREAD))
            self.log_reach = nn.Parameter(torch.full((*many, latent), 0.5 * math.log(1 - SPREAD**2)))
        if cells:
            self.log_scale = nn.Parameter(torch.ones(spec.shape if scale == "cell" else ()))

    def phases(self) -> list[Phase]:
        return [Phase("all", by_role(self, rest=[*self.network.ends(), *self.mixture()]))]

    def encode(self, x: Tensor, cond: Cond | None = None) -> tuple[Tensor, Tensor]:
        mean_BZ, logvar_BZ = self.network.read(x, self.label.told(cond, len(x))).chunk(2, -1)
        return mean_BZ, (logvar_BZ + START_LOGVAR).clamp(-12, 4)

    def likelihood(self, z_BZ: Tensor, cond: Cond | None = None) -> tuple[Tensor, Tensor]:
        painted = self.network.paint(z_BZ, self.label.told(cond, len(z_BZ)))
        centre, log_scale = painted.unbind(1) if self.observes else (painted, self.log_scale)
        return centre, FINEST + F.softplus(log_scale + START_SCALE - FINEST)

    # -------------------------------------------------------------------------------------------- the prior

    def mixture(self) -> list[nn.Parameter]:
        return [self.share, self.middle, self.log_reach] if self.components > 1 else []

    def prior_nats(self, z_BZ: Tensor, cond: Cond | None = None) -> Tensor:
        """A standard normal, or the label's learned mixture of normals (Dilokthanakul et al. 2016; Tomczak & Welling
        2018): -log Σ share N(z; middle, reach²)."""
        if self.components == 1:
            return super().prior_nats(z_BZ)
        y_B = rows_of(cond, len(z_BZ), self.classes, z_BZ.device)
        share_BK, middle_BKZ, log_reach_BKZ = (v.to(z_BZ.dtype)[y_B] for v in self.mixture())
        nats_BK = ((z_BZ[:, None] - middle_BKZ) * (-log_reach_BKZ).exp()).square().sum(2) / 2 + log_reach_BKZ.sum(2)
        return 0.5 * math.log(2 * math.pi) * z_BZ.shape[1] - (share_BK.log_softmax(1) - nats_BK).logsumexp(1)

    def draw_prior(self, rngs: Sequence[torch.Generator], temperature: float, cond: Cond | None = None) -> Tensor:
        if self.components == 1:
            return super().draw_prior(rngs, temperature)
        y_B = rows_of(cond, len(rngs), self.classes, self.share.device)
        chance_B1 = torch.stack([torch.rand(1, generator=rng, device=rng.device) for rng in rngs])
        edges_BK = (self.share / max(temperature, 1e-6)).softmax(1).cumsum(1)[y_B]
        k_B = torch.searchsorted(edges_BK, chance_B1)[:, 0].clamp_max(self.components - 1)
        return self.middle[y_B, k_B] + self.log_reach.exp()[y_B, k_B] * noise(self.latent_shape, rngs) * temperature

    # -------------------------------------------------------------------------------------------- the loss

    def loss(self, batch: Batch, phase: str, rng: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        # Some labels are hidden, so that the absent condition is learnt too.
        hidden_B = torch.rand(len(batch), generator=rng, device=rng.device) < self.drop
        return self.objective(batch.x, None if batch.cond is None else batch.cond.only(~hidden_B), rng)

    def validation_loss(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """The loss with nothing hidden."""
        return self.objective(batch.x, batch.cond, rng)[0]

    def objective(self, x: Tensor, cond: Cond | None, rng: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        """The bound a cell with its divergence weighed by `beta` (Higgins et al. 2017, equation 4), of which each
        latent dimension has `free_bits` nats free (Kingma et al. 2016, appendix C.8, equation 15; here of each row
        instead of their mean, so that the loss is a mean over rows)."""
        z_BZ, mean_BZ, logvar_BZ = self.posterior(x, rng, cond)
        nats_B = nats_of(x, *self.likelihood(z_BZ, cond))
        if self.components == 1:
            kl_BZ = divergence(mean_BZ, logvar_BZ)
            kl_B, paid_B = kl_BZ.sum(1), kl_BZ.clamp_min(self.free_bits).sum(1)
        else:
            kl_B = paid_B = self.prior_nats(z_BZ, cond) - 0.5 * (1 + math.log(2 * math.pi) + logvar_BZ).sum(1)
        loss = (nats_B + self.beta * paid_B).mean() / x[0].numel()
        return loss, {"bound": (nats_B + kl_B).detach().mean(), "divergence": kl_B.detach().mean()}
