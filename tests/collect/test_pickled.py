"""Arrays out of pickles: those of NumPy come out as they went in, and nothing else is ever built or called."""

import io
import pickle
from pathlib import Path

import numpy as np
import pytest

from anew.collect.pickled import read_array
from anew.errors import DataError


@pytest.mark.parametrize("protocol", [3, 4, 5])
@pytest.mark.parametrize("kind", ["u1", "<i8", ">i4", "<f4", "?"])
def test_arrays_come_out_as_they_went_in(kind: str, protocol: int) -> None:
    array = np.arange(24).reshape(2, 3, 4).astype(kind)
    for one in (array, np.asfortranarray(array), array[:0]):
        content = pickle.dumps(one, protocol)
        if protocol == 5:  # whose arrays are buffers, which need a call that is not known
            with pytest.raises(DataError, match="_frombuffer"):
                read_array(content, "x")
            continue
        found = read_array(content, "x")
        assert found.dtype == one.dtype and found.shape == one.shape and (found == one).all()


class Evil:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def objects() -> np.ndarray:
    return np.array([{"a": 1}, None], dtype=object)


def test_hostile_pickles_are_refused_and_nothing_runs(tmp_path: Path) -> None:
    evil, ran = Evil(tmp_path / "ran"), tmp_path / "ran"
    wrapped = np.empty(1, dtype=object)
    wrapped[0] = evil
    hostile = [
        pickle.dumps(value, protocol) for value in (evil, wrapped, [evil], {"x": evil}) for protocol in (0, 2, 4)
    ]
    hostile += [
        b"cos\nsystem\n(S'touch ran'\ntR.",
        b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R.",
        b"(ios\nsystem\n(S'true'\n.",
        b"cnumpy\nndarray\n(I9\ntR.",
        b"\x80\x02cnumpy\ndtype\nq\x00X\x01\x00\x00\x00Oq\x01\x89\x88\x87R.",
    ]
    for content in hostile:
        with pytest.raises(DataError, match="not a pickle of one array"):
            read_array(content, "x")
    assert not ran.exists()


def test_what_is_no_plain_array_is_refused() -> None:
    whole = pickle.dumps(np.arange(300, dtype="<i8"), 4)
    wrong = [pickle.dumps(v, 4) for v in (objects(), np.array(["a"]), np.array([1 + 2j]), (1, 2), b"bytes", None)]
    wrong += [pickle.dumps(np.zeros(2, [("a", "i4")]), 4), b"", b"\x80\x04.", whole[:-9]]
    wrong += [whole.replace(b"K\x01M,\x01", b"K\x01M-\x01")]  # one item more than there are bytes for
    assert len(set(wrong)) == len(wrong) and whole not in wrong
    for content in wrong:
        with pytest.raises(DataError, match="not a pickle of one array"):
            read_array(content, "x")


def test_any_damage_is_an_array_or_a_refusal() -> None:
    whole = pickle.dumps(np.arange(40, dtype="u1"), 4)
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(2000):
        content = bytearray(whole)
        for place in rng.integers(0, len(whole), rng.integers(1, 4)):
            content[place] = rng.integers(0, 256)
        try:
            assert isinstance(read_array(bytes(content), "x"), np.ndarray)
        except DataError:
            refused += 1
    assert refused > 500


def test_the_reader_agrees_with_pickle_on_a_file_of_several_frames() -> None:
    file = io.BytesIO()
    big = np.random.default_rng(1).integers(0, 256, (100, 28, 28), dtype=np.uint8)
    pickle.Pickler(file, 4).dump(big)
    assert (read_array(file.getvalue(), "x") == big).all()
