from anew_gru import GRU

from anew.contract import Spec
from anew.testing import check_model


def test_the_contract() -> None:
    assert len(check_model(lambda: GRU(Spec("tokens", (16,), vocab=9, end=0), width=16))) == 56
