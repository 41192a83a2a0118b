# SPDX-License-Identifier: MIT
"""Ranges: the checks of arguments, and the arrays that come back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bitscb3 import EOF, Range, RangeArray
from bitscb3.ranges import check_disjoint, check_ranges
from bitscb3.testing import Nginx, write_file
from support import PATIENCE, open_manager


def test_range_is_a_pair_with_an_end() -> None:
    """A Range is an (offset, length) pair; its end is the offset behind it."""
    piece = Range(10, 5)
    assert piece == (10, 5)
    assert piece.end == 15


def test_range_to_the_end_of_the_file() -> None:
    """A Range of length EOF has no end that could be computed."""
    assert Range(10, EOF).end == EOF == 2**64 - 1


@pytest.mark.parametrize(
    "ranges", [[(0, 1)], ((0, 1), (5, EOF)), iter([[0, 1]]), [Range(2**64 - 3, 2)]]
)
def test_good_ranges(ranges: Any) -> None:
    """Any iterable of pairs of whole numbers is a list of ranges."""
    assert all(isinstance(piece, Range) for piece in check_ranges(ranges))


def test_numbers_of_numpy() -> None:
    """NumPy's whole numbers are whole numbers."""
    assert check_ranges(np.array([[0, 5], [10, 5]])) == [(0, 5), (10, 5)]


@pytest.mark.parametrize("ranges", [[], [(0, 0)], [(0, -1)], [(-1, 1)], [(EOF, 1)], [(5, EOF - 1)]])
def test_impossible_ranges(ranges: Any) -> None:
    """No range, an empty one, a negative offset or an end past 2**64 - 1 is a ValueError."""
    with pytest.raises(ValueError, match=r"range|offset|length"):
        check_ranges(ranges)


@pytest.mark.parametrize(
    "ranges", [None, 5, Range(0, 1), (0, 1), [(0, 1, 2)], [(0.5, 1)], [("0", 1)], [(True, 1)], "ab"]
)
def test_wrong_types(ranges: Any) -> None:
    """What is not an iterable of pairs of whole numbers is a TypeError."""
    with pytest.raises(TypeError):
        check_ranges(ranges)


def test_overlap_is_found() -> None:
    """Two ranges that share a byte overlap; two that touch do not."""
    check_disjoint([Range(5, 5), Range(0, 5)])
    with pytest.raises(ValueError, match="overlap"):
        check_disjoint([Range(5, 5), Range(0, 6)])
    with pytest.raises(ValueError, match="overlap"):
        check_disjoint([Range(0, EOF), Range(100, 1)])


@pytest.fixture
def filled(www: Path, nginx: Nginx, tmp_path: Path) -> RangeArray:
    """The filled ranges of a file with two pieces of it."""
    write_file(www / "a", 100_000)
    with open_manager(tmp_path) as manager:
        file = manager.create_job("a", on_demand=True).add_file(nginx.url("/a"), tmp_path / "a")
        file.request_ranges([(50_000, 10), (0, 100)]).result(PATIENCE)
        return file.filled_ranges()


def test_array_is_a_sequence_of_ranges(filled: RangeArray) -> None:
    """A RangeArray has a length, gives Ranges by index and in order, and knows its bytes."""
    assert len(filled) == 2
    assert list(filled) == [(0, 100), (50_000, 10)]
    assert all(isinstance(piece, Range) for piece in filled)
    assert filled[0] == (0, 100)
    assert filled[-1].offset == 50_000
    assert filled.bytes == 110
    with pytest.raises(IndexError):
        filled[2]


def test_array_is_a_buffer(filled: RangeArray) -> None:
    """A RangeArray is a read-only buffer of pairs of unsigned 64-bit numbers."""
    view = memoryview(filled)
    assert view.readonly
    assert view.nbytes == 32
    assert view.cast("B").cast("Q").tolist() == [0, 100, 50_000, 10]


def test_array_is_a_numpy_array_without_a_copy(filled: RangeArray) -> None:
    """numpy.asarray of a RangeArray is a view of its memory, with named fields."""
    array = np.asarray(filled)
    assert array.dtype.names == ("offset", "length")
    assert array["length"].sum() == 110
    assert not array.flags.owndata
    assert not array.flags.writeable
    assert np.asarray(filled).ctypes.data == array.ctypes.data
