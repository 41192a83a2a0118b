# SPDX-License-Identifier: MIT
"""Fixtures of the tests of a disk's faults."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import disk_program
import pytest
from disk import Faults, Program


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """Calls that fail to order; None where there is no compiler."""
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        return None
    path = tmp_path_factory.mktemp("shim") / "disk_faults.so"
    source = Path(__file__).parent / "disk_faults.c"
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", path, source, "-ldl", "-pthread"]
    subprocess.run(command, check=True)
    return path


@pytest.fixture(scope="module")
def shared_program(
    shim: Path | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Program, Path]]:
    """A process for all tests, and the file of orders for its faults."""
    order = tmp_path_factory.mktemp("order") / "order"
    variables = {"LD_PRELOAD": str(shim), "DISK_FAULTS": str(order)} if shim else {}
    program = Program(**variables)
    yield program, order
    program.end()


@pytest.fixture
def program(shared_program: tuple[Program, Path]) -> Iterator[Program]:
    """A process that downloads; its manager is closed after the test."""
    yield shared_program[0]
    shared_program[0](disk_program.close_store)


@pytest.fixture
def faults(shim: Path | None, shared_program: tuple[Program, Path]) -> Iterator[Faults]:
    """What fails in `program`."""
    if shim is None:
        pytest.skip("no C compiler for the shim")
    faults = Faults(shared_program[1])
    yield faults
    faults.lift()


@pytest.fixture
def own_program() -> Iterator[Program]:
    """A process for this test alone."""
    program = Program()
    yield program
    program.end()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where files are downloaded to."""
    path = tmp_path / "files"
    path.mkdir()
    return path


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Where the jobs are."""
    return tmp_path / "store"
