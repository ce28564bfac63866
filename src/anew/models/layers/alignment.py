"""Which place of a sequence belongs to which token, where both run forward together.

B batch · L tokens · F places
"""

from __future__ import annotations

import torch
from torch import Tensor

FAR = -1e9


@torch.no_grad()
def likeliest_path(score_BLF: Tensor, tokens_B: Tensor, places_B: Tensor) -> Tensor:
    """(B, F) int64: for each place its token, along the path of the highest sum of scores that begins at the first
    token and the first place, ends at the last of both and at each place stays or goes on by one (Kim et al. 2020,
    arXiv:2005.11129, algorithm 1). Beyond a row's places: its last token. A row of fewer places than tokens has no such
    path, and they are all its last token's."""
    B, L, places = score_BLF.shape
    best_BL = torch.full((B, L), FAR, dtype=score_BLF.dtype, device=score_BLF.device)
    best_BL[:, 0] = score_BLF[:, 0, 0]
    outside_B1 = best_BL.new_full((B, 1), FAR)
    went = torch.zeros(places, B, L, dtype=torch.bool, device=score_BLF.device)
    for f in range(1, places):
        before_BL = torch.cat([outside_B1, best_BL[:, :-1]], 1)
        torch.gt(before_BL, best_BL, out=went[f])
        best_BL = torch.maximum(best_BL, before_BL) + score_BLF[:, :, f]
    path_BF = (tokens_B - 1)[:, None].repeat(1, places)
    at_B = tokens_B - 1
    for f in range(places - 1, 0, -1):
        inside_B = f < places_B
        path_BF[:, f] = at_B
        stepped_B = went[f].gather(1, at_B[:, None])[:, 0] & inside_B & (at_B > 0)
        at_B = at_B - stepped_B.long()
    path_BF[:, 0] = at_B
    return path_BF
