"""What a network is told of prompts."""

import torch

from anew.contract import Cond
from anew.models.layers.reading import Prompts


def test_places_that_no_prompt_has_are_skipped_while_learning_and_change_nothing() -> None:
    torch.manual_seed(0)
    listener = Prompts((24, 50), 64, 2)
    for block in listener.blocks:  # they begin at zero, where nothing could differ
        torch.nn.init.normal_(block.narrow.weight, std=0.1)
        torch.nn.init.normal_(block.look.out.weight, std=0.1)
    tokens = torch.zeros(4, 24, dtype=torch.int64)
    tokens[0, :3], tokens[1, :7], tokens[3, :1] = torch.tensor([1, 2, 3]), 4, 9
    cond = Cond(tokens_BL=tokens, present_B=torch.tensor([True, True, False, True]))
    learning, drawing = listener.train()(cond, 4), listener.eval()(cond, 4)
    assert learning.states is not None and drawing.states is not None
    assert learning.states[0].shape == (4, 7, 64) and drawing.states[0].shape == (4, 24, 64)
    torch.testing.assert_close(learning.vector_BD, drawing.vector_BD)
    assert not torch.allclose(learning.vector_BD[0], learning.vector_BD[1])
    assert listener.train()(None, 3).vector_BD.shape == (3, 64), "no prompt at all has a place of its own"
