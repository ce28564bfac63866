"""A member of the family with one `Network` behind it: the settings that flow, EDM and MeanFlow have in common.

A member adds keywords of its own, hands the others on, and writes `velocity` and its `loss`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from anew.contract import Phase, Spec, by_role
from anew.models.diffusion.backbones import PITCH, Backbone, Network
from anew.models.diffusion.family import Diffusion


class Networked(Diffusion):
    """`width` D and `depth` blocks of the `backbone`: a residual stack of vectors, a U-Net or a transformer (DiT) of
    grids (C, H, W), whose stem takes `patch` × `patch` cells as one (0: as suits the size); `drop` the share of
    conditions hidden while learning, which is what guidance steers away from; `steps` and `solver` the defaults of
    sampling."""

    sizes: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "xs": {"width": 128, "depth": 2},
        "s": {"width": 256, "depth": 4},
        "m": {"width": 384, "depth": 6},
        "l": {"width": 512, "depth": 8},
    }
    pitches: ClassVar[tuple[float, ...]] = (PITCH,)  # of the numbers that the network is told, the time first

    def __init__(
        self,
        spec: Spec,
        *,
        width: Annotated[int, Field(ge=16, multiple_of=16)] = 256,
        depth: Annotated[int, Field(ge=1)] = 4,
        backbone: Backbone = "auto",
        patch: Annotated[int, Field(ge=0)] = 0,
        drop: Annotated[float, Field(ge=0, lt=1)] = 0.1,
        steps: Annotated[int, Field(ge=1)] = 6,
        solver: str = "adams-bashforth",
    ) -> None:
        super().__init__(spec)
        self.drop, self.steps, self.solver = drop, steps, solver
        given = {"width": width, "depth": depth, "backbone": backbone, "patch": patch}
        self.net = Network(spec, pitches=self.pitches, **given)  # type: ignore[arg-type]

    def phases(self) -> list[Phase]:
        return [Phase("all", by_role(self, rest=self.net.ends()))]
