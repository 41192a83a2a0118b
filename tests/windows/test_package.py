# SPDX-License-Identifier: MIT
"""The package on Windows: what is imported, and what it finds there."""

from __future__ import annotations

import importlib.metadata
import struct
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import bitscb3
from bitscb3 import Manager, _core
from support import is_wine

ALL = {f"job{n}" for n in (2, 3, 4, 5)} | {f"file{n}" for n in (2, 3, 4, 5, 6)}
ALL |= {"http_options", "http_options2", "http_options3", "callback3", "on_demand"}


def test_version() -> None:
    """The package has the version of its wheel."""
    assert bitscb3.__version__ == importlib.metadata.version("bitscb3")


def test_extension_is_hardened() -> None:
    """The extension may lie anywhere in 64 bits of addresses, and its data are not executable."""
    data = Path(_core.__file__).read_bytes()
    (header,) = struct.unpack_from("<I", data, 0x3C)
    assert data[header : header + 4] == b"PE\0\0"
    (flags,) = struct.unpack_from("<H", data, header + 24 + 70)  # DllCharacteristics
    high_entropy, dynamic_base, nx_compatible = 0x20, 0x40, 0x100
    assert flags & high_entropy
    assert flags & dynamic_base
    assert flags & nx_compatible


def test_import_leaves_com_alone() -> None:
    """Importing the package starts no thread and makes no apartment."""
    program = (
        "import ctypes, threading, bitscb3\n"
        "kind, qualifier = ctypes.c_int(), ctypes.c_int()\n"
        "code = ctypes.windll.ole32.CoGetApartmentType(ctypes.byref(kind), ctypes.byref(qualifier))\n"
        "print(threading.active_count(), hex(code & 0xFFFFFFFF))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert done.stdout.split() == ["1", "0x800401f0"], done.stderr  # CO_E_NOTINITIALIZED


def test_backend(manager: Manager) -> None:
    """By itself a manager drives the system's BITS, and names it."""
    with Manager() as chosen:
        assert chosen.backend == manager.backend == "bits"
        assert chosen.service == manager.service
        assert ("Wine" in chosen.service) == is_wine()


def test_features_are_all_named(manager: Manager) -> None:
    """Every feature is told, and the job that was made to look is gone."""
    before = {job.id for job in manager.jobs()}
    assert manager.features.keys() == ALL
    assert {job.id for job in manager.jobs()} == before


@pytest.mark.wine
def test_features_of_wine(manager: Manager) -> None:
    """Of Wine's BITS those are found that it has: what came before BITS 3.0, and Job4."""
    found = {name for name, present in manager.features.items() if present}
    assert found == {"job2", "job3", "job4", "file2", "http_options"}


@pytest.mark.windows
def test_features_of_windows(manager: Manager) -> None:
    """Windows 10 version 1903 and later have all of them."""
    assert all(manager.features.values())


def test_features_from_many_threads(manager: Manager) -> None:
    """Threads that ask at the same time get the same answer."""
    found: list[dict[str, bool]] = []
    threads = [threading.Thread(target=lambda: found.append(manager.features)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [manager.features] * 8
