# SPDX-License-Identifier: MIT
"""Jobs of several users in one store: seen by all who can open it, changed by owner and root only."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import byref, c_void_p
from pathlib import Path

import pytest

from codes import (
    E_ACCESSDENIED,
    E_INVALIDARG,
    S_FALSE,
    S_OK,
    SUSPENDED,
)
from contract import Bits, Com, http_of, made, number, state, text, wide

ONE, OTHER = 65534, 65533  # users without a name

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be several users")


@contextmanager
def user(number_: int) -> Iterator[None]:
    """Be another user; files that are open stay so."""
    os.seteuid(number_)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def bits(tmp_path: Path) -> Iterator[Bits]:
    """A store that root keeps for several users."""
    assert wide("")  # its codec is loaded while its file can be read
    with Bits(tmp_path) as service:
        yield service


def listed(bits: Bits, flags: int) -> int:
    """How many jobs EnumJobs lists."""
    return number(made(bits.manager.EnumJobs, "IEnumBackgroundCopyJobs", flags).GetCount)


@pytest.fixture
def job(bits: Bits) -> Com:
    """A job of the first user."""
    with user(ONE):
        found = bits.job()
        assert http_of(found).SetCustomHeaders("X-Secret: sesame\r\n") == S_OK
    return found


def test_owner(job: Com) -> None:
    """The owner of a job is who made it, with no more rights than that."""
    assert text(job.GetOwner) == str(ONE)
    assert number(job.GetOwnerElevationState) == 0
    assert number(job.GetOwnerIntegrityLevel) == 0x2000


def test_everybody_sees(bits: Bits, job: Com) -> None:
    """EnumJobs lists the jobs of the caller, with ALL_USERS those of others as well."""
    with user(ONE):
        assert (listed(bits, 0), listed(bits, 1)) == (1, 1)
    with user(OTHER):
        assert (listed(bits, 0), listed(bits, 1)) == (0, 1)
        out = c_void_p()
        assert bits.manager.EnumJobs(2, byref(out)) == E_INVALIDARG
    assert (listed(bits, 0), listed(bits, 1)) == (0, 1)


def test_others_change_nothing(job: Com) -> None:
    """Another user reads a job's state but neither changes it nor sees its headers."""
    with user(OTHER):
        assert state(job) == SUSPENDED
        for method, arguments in {
            "Resume": (),
            "Suspend": (),
            "Cancel": (),
            "Complete": (),
            "SetDescription": ("mine",),
            "SetPriority": (0,),
            "SetNotifyInterface": (None,),
            "TakeOwnership": (),
            "AddFile": ("http://127.0.0.1:9/a", "/tmp/bitscb3-none"),
        }.items():
            assert getattr(job, method)(*arguments) == E_ACCESSDENIED
        assert http_of(job).GetCustomHeaders(byref(c_void_p())) == E_ACCESSDENIED
    assert state(job) == SUSPENDED


def test_root_changes(bits: Bits, job: Com) -> None:
    """Root may change the jobs of others, and take them, without what was entrusted to them."""
    assert job.SetDescription("by root") == S_OK
    assert text(job.GetOwner) == str(ONE)
    assert http_of(job).GetCustomHeaders(byref(c_void_p())) == E_ACCESSDENIED
    assert job.TakeOwnership() == S_OK
    assert text(job.GetOwner) == "0"
    assert number(job.GetOwnerElevationState) == 1
    assert http_of(job).GetCustomHeaders(byref(c_void_p())) == S_FALSE
    with user(ONE):
        assert job.SetDescription("mine") == E_ACCESSDENIED
    bits.reopen()
    assert text(bits.find(job).GetOwner) == "0"
