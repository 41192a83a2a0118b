# SPDX-License-Identifier: MIT
"""NULL for every pointer of every method of every interface."""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import byref, c_void_p

import pytest

from codes import (
    BG_E_INVALID_STATE,
    BG_E_PEERCACHING_DISABLED,
    BG_E_READ_ONLY_PROPERTY,
    E_INVALIDARG,
    E_NOTIMPL,
    E_POINTER,
    ENGLISH,
    ERROR,
    RPC_X_NULL_REF_POINTER,
    S_OK,
)
from contract import (
    INTERFACES,
    Bits,
    Com,
    PropertyValue,
    file_of,
    http_of,
    made,
    reaches,
    state,
)

# Interfaces that hold the methods of those they inherit from, and are not the client's.
OBJECTS = [
    "IBackgroundCopyManager",
    "IEnumBackgroundCopyJobs",
    "IEnumBackgroundCopyFiles",
    "IBackgroundCopyJob5",
    "IBackgroundCopyJobHttpOptions3",
    "IBackgroundCopyFile6",
    "IBackgroundCopyError",
    "IBitsTokenOptions",
    "IBitsPeerCacheAdministration",
]
# What is not E_INVALIDARG, by method and by the place of the NULL.
HTTP = {
    **dict.fromkeys(
        [
            ("SetClientCertificateByID", 1),
            ("SetClientCertificateByID", 2),
            ("SetClientCertificateByName", 1),
            ("SetClientCertificateByName", 2),
            *[("GetClientCertificate", place) for place in range(4)],
            ("GetCustomHeaders", 0),
            ("GetSecurityFlags", 0),
            ("GetHttpMethod", 0),
        ],
        RPC_X_NULL_REF_POINTER,
    ),
    ("SetCustomHeaders", 0): S_OK,  # removes them
    ("SetServerCertificateValidationInterface", 0): S_OK,  # removes it
}
CODES = {
    **HTTP,
    ("QueryInterface", 1): E_POINTER,
    ("SetNotifyInterface", 0): S_OK,  # removes it
    ("SetNotifyCmdLine", 1): S_OK,  # a program without parameters
    ("Next", 2): S_OK,  # one object needs no count
    **dict.fromkeys(
        [
            ("GetReplyProgress", 0),
            ("GetReplyData", 0),
            ("GetReplyData", 1),
            ("SetReplyFileName", 0),
            ("GetReplyFileName", 0),
        ],
        E_NOTIMPL,
    ),
    ("SetProperty", 1): BG_E_READ_ONLY_PROPERTY,  # of a file
    ("DeleteUrl", 0): BG_E_PEERCACHING_DISABLED,
}
# A reference in C++, and in BITS' own interface definition: not a pointer that could be NULL.
REFERENCES = {("QueryInterface", 0), ("GetJob", 0), ("GetRecord", 0), ("DeleteRecord", 0)}
NUMBERS = {"GetErrorDescription": ENGLISH, "GetErrorContextDescription": ENGLISH, "CreateJob": 0}
CASES = [
    pytest.param(interface, method, place, id=f"{interface}-{method}-{place}")
    for interface in OBJECTS
    for method, (_, kinds) in INTERFACES[interface].methods.items()
    for place, kind in enumerate(kinds)
    if kind in "ps" and (method, place) not in REFERENCES
]


Objects = dict[str, Com]  # one for each interface


def objects_of(bits: Bits, name: str) -> tuple[Com, Objects]:
    """A job in ERROR, which has an error object, and what can be called."""
    job = bits.job(name)
    url = (bits.folder / "nothing").as_uri()
    assert job.AddFile(url, str(bits.folder / name)) == S_OK
    assert job.Resume() == S_OK
    reaches(job, ERROR)
    found = [
        bits.manager,
        made(bits.manager.EnumJobs, "IEnumBackgroundCopyJobs", 0),
        made(job.EnumFiles, "IEnumBackgroundCopyFiles"),
        job,
        http_of(job),
        file_of(job),
        made(job.GetError, "IBackgroundCopyError"),
        job.query("IBitsTokenOptions"),
        bits.manager.query("IBitsPeerCacheAdministration"),
    ]
    assert [each.interface.name for each in found] == OBJECTS
    return job, dict(zip(OBJECTS, found, strict=True))


@pytest.fixture(scope="module")
def bits(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bits]:
    """The embedded BITS with BITS' own numbers, and command lines allowed."""
    with Bits(tmp_path_factory.mktemp("null"), command_lines=1) as service:
        yield service


@pytest.fixture(scope="module")
def failed(bits: Bits) -> tuple[Com, Objects]:
    """A job in ERROR, and its objects."""
    return objects_of(bits, "failed")


@pytest.fixture(scope="module")
def over(bits: Bits) -> Objects:
    """The objects of a job that is over."""
    job, found = objects_of(bits, "over")
    assert job.Cancel() == S_OK
    return found


def call(objects: Objects, interface: str, method: str, place: int) -> int:
    """Call with NULL in that place, and something good in the others."""
    target = objects[interface]
    block = (c_void_p * 8)()
    block[1] = 1  # as a range: one byte
    good = {"p": byref(block), "s": "/x", "u": NUMBERS.get(method, 1), "q": 0, "v": PropertyValue()}
    kinds = target.interface.methods[method].kinds
    given = [None if n == place else good[kind] for n, kind in enumerate(kinds)]
    result: int = getattr(target, method)(*given)
    if method == "Next" and block[0]:
        assert Com(block[0], "IUnknown").pointer
    return result


@pytest.mark.parametrize(("interface", "method", "place"), CASES)
def test_null(failed: tuple[Com, Objects], interface: str, method: str, place: int) -> None:
    """A pointer that is NULL is refused with its code, unless it says that nothing is wanted."""
    job, objects = failed
    if method == "Next":
        assert objects[interface].Reset() == S_OK
    code = CODES.get((method, place), E_INVALIDARG)
    assert call(objects, interface, method, place) == code
    assert state(job) == ERROR


@pytest.mark.parametrize(("interface", "method", "place"), CASES)
def test_null_at_the_end(over: Objects, interface: str, method: str, place: int) -> None:
    """The same of a job that is over, unless that is told first."""
    if method == "Next":
        assert over[interface].Reset() == S_OK  # enumerators are snapshots
    code = CODES.get((method, place), E_INVALIDARG)
    changes = method.startswith(("Set", "Add", "Replace", "Request"))
    expected = {code}
    if changes:
        expected = {BG_E_INVALID_STATE} | ({code} if code != S_OK else set())
    assert call(over, interface, method, place) in expected
