# SPDX-License-Identifier: MIT
"""Calls of the contract with wrong numbers, too long texts and in the wrong state."""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import addressof, byref, c_uint32, c_void_p
from pathlib import Path
from typing import Any

import pytest

from callbacks import Callback
from codes import (
    BG_E_FILE_NOT_AVAILABLE,
    BG_E_INVALID_AUTH_SCHEME,
    BG_E_INVALID_AUTH_TARGET,
    BG_E_INVALID_STATE,
    BG_E_NOT_FOUND,
    BG_E_PEERCACHING_DISABLED,
    BG_E_PROTOCOL_NOT_AVAILABLE,
    BG_E_PROXY_BYPASS_LIST_TOO_LARGE,
    BG_E_PROXY_LIST_TOO_LARGE,
    BG_E_READ_ONLY_PROPERTY,
    BG_E_STRING_TOO_LONG,
    BG_E_TOO_MANY_RANGES_IN_FILE,
    BG_E_UNKNOWN_PROPERTY_ID,
    E_INVALIDARG,
    E_NOINTERFACE,
    E_NOTIMPL,
    E_POINTER,
    ENGLISH,
    ERROR,
    ERROR_FILE_NOT_FOUND,
    ON_DEMAND,
    RPC_X_BAD_STUB_DATA,
    S_FALSE,
    S_OK,
    TRANSIENT_ERROR,
)
from contract import (
    GUID,
    INTERFACES,
    Bits,
    Com,
    Credentials,
    FileRange,
    PropertyValue,
    file_of,
    http_of,
    made,
    number,
    reaches,
    set_property,
    state,
    text,
    to_ranges,
    wide,
)

LANGUAGE_NOT_FOUND = 0x80070717
GERMAN = 0x0407


@pytest.fixture
def bits(tmp_path: Path) -> Iterator[Bits]:
    """The embedded BITS with BITS' own numbers, and command lines allowed."""
    with Bits(tmp_path, command_lines=1) as service:
        yield service


@pytest.fixture
def job(bits: Bits) -> Com:
    """A job with one file that was never resumed."""
    made_job = bits.job()
    assert made_job.AddFile("http://127.0.0.1:9/f", str(bits.folder / "f")) == S_OK
    return made_job


OUT = object()  # stands for a pointer that is good
GETTERS = [
    "GetId",
    "GetType",
    "GetProgress",
    "GetTimes",
    "GetState",
    "GetError",
    "GetOwner",
    "GetDisplayName",
    "GetDescription",
    "GetPriority",
    "GetNotifyFlags",
    "GetNotifyInterface",
    "GetMinimumRetryDelay",
    "GetNoProgressTimeout",
    "GetErrorCount",
    "GetFileACLFlags",
    "GetPeerCachingFlags",
    "GetOwnerIntegrityLevel",
    "GetOwnerElevationState",
    "GetMaximumDownloadTime",
    "EnumFiles",
]


@pytest.mark.parametrize(
    ("interface", "method", "arguments"),
    [
        ("job", "AddFileSet", (0, OUT)),
        ("file", "RequestFileRanges", (0, OUT)),
        ("manager", "CreateJob", ("a", 3, OUT, OUT)),
        ("manager", "CreateJob", ("n" * 257, 0, OUT, OUT)),
        ("manager", "EnumJobs", (2, OUT)),
        ("manager", "GetErrorDescription", (0x80200001, 0, OUT)),
        ("files", "Next", (2, OUT, None)),
    ],
)
def test_bad_arguments_elsewhere(
    bits: Bits, job: Com, interface: str, method: str, arguments: tuple[Any, ...]
) -> None:
    """Jobs, files, enumerators and the manager answer bad arguments with E_INVALIDARG."""
    target = {
        "job": lambda: job,
        "file": lambda: file_of(job),
        "files": lambda: made(job.EnumFiles, "IEnumBackgroundCopyFiles"),
        "manager": lambda: bits.manager,
    }[interface]()
    block = (c_void_p * 8)()
    given = [byref(block) if argument is OUT else argument for argument in arguments]
    assert getattr(target, method)(*given) == E_INVALIDARG


def test_query_of_nothing(job: Com) -> None:
    """QueryInterface with a NULL pointer is E_POINTER."""
    iid = GUID.of(INTERFACES["IUnknown"].iid)
    assert job.QueryInterface(byref(iid), None) == E_POINTER


@pytest.mark.parametrize(
    ("method", "arguments", "code"),
    [
        ("SetDisplayName", ("x" * 257,), BG_E_STRING_TOO_LONG),
        ("SetDescription", ("x" * 1025,), BG_E_STRING_TOO_LONG),
        ("SetNotifyCmdLine", ("/bin/true", "x" * 4001), BG_E_STRING_TOO_LONG),
        ("SetNotifyCmdLine", ("/" + "x" * 260, None), BG_E_STRING_TOO_LONG),
        ("SetNotifyCmdLine", ("true", None), E_INVALIDARG),
        ("SetPriority", (4,), E_NOTIMPL),
        ("SetNotifyFlags", (0x40,), E_NOTIMPL),
        ("SetPeerCachingFlags", (8,), E_NOTIMPL),
        ("SetFileACLFlags", (16,), E_INVALIDARG),
        ("SetProxySettings", (4, None, None), E_NOTIMPL),
        ("SetProxySettings", (0xFFFFFFFF, None, None), E_NOTIMPL),
        ("SetProxySettings", (0, "a:1", None), E_INVALIDARG),
        ("SetProxySettings", (1, None, "a"), E_INVALIDARG),
        ("SetProxySettings", (2, None, None), E_INVALIDARG),
        ("SetProxySettings", (2, "x" * 4001, None), BG_E_PROXY_LIST_TOO_LARGE),
        ("SetProxySettings", (2, "a:1", "x" * 4001), BG_E_PROXY_BYPASS_LIST_TOO_LARGE),
        ("RemoveCredentials", (0, 1), BG_E_INVALID_AUTH_TARGET),
        ("RemoveCredentials", (1, 6), BG_E_INVALID_AUTH_SCHEME),
        ("GetReplyProgress", (OUT,), E_NOTIMPL),
        ("GetReplyData", (OUT, OUT), E_NOTIMPL),
        ("SetReplyFileName", ("/tmp/a",), E_NOTIMPL),
        ("GetReplyFileName", (OUT,), E_NOTIMPL),
        ("SetNotifyInterface", (OUT,), E_NOINTERFACE),
        ("GetProperty", (99, OUT), BG_E_UNKNOWN_PROPERTY_ID),
        ("AddFile", ("http://127.0.0.1/" + "x" * 2200, "/tmp/a"), E_INVALIDARG),
        ("AddFile", ("http://127.0.0.1/a", "/nowhere/at/all/a"), 0x80070003),
    ],
)
def test_bad_values_of_a_job(job: Com, method: str, arguments: tuple[Any, ...], code: int) -> None:
    """A value that makes no sense is refused with the code BITS has for it."""
    stranger = Callback("IBackgroundCopyServerCertificateValidationCallback")
    block = (c_void_p * 8)()
    good: Any = stranger.pointer if method == "SetNotifyInterface" else byref(block)
    given = [good if argument is OUT else argument for argument in arguments]
    assert getattr(job, method)(*given) == code
    assert stranger.references == 1


def test_bad_values_of_http_options(job: Com, tmp_path: Path) -> None:
    """HTTP options refuse what makes no sense with the code BITS has for it."""
    http = http_of(job)
    assert http.SetCustomHeaders("A: " + "x" * 16_379 + "\r\n") == BG_E_STRING_TOO_LONG
    assert http.SetCustomHeaders("A: " + "x" * 16_378 + "\r\n") == S_OK
    assert http.SetCustomHeaders(None) == S_OK
    for flags in (0x20, 0x300, 0x400, 0x1000, 0x80000000):
        assert http.SetSecurityFlags(flags) == E_NOTIMPL
    assert http.SetHttpMethod(None) == E_INVALIDARG
    assert http.SetHttpMethod("PO ST") == E_INVALIDARG
    store = str(tmp_path / "none.pem")
    assert http.SetClientCertificateByName(0, store, "x" * 257) == BG_E_STRING_TOO_LONG
    assert http.SetClientCertificateByName(0, store, "x") == ERROR_FILE_NOT_FOUND
    assert http.SetClientCertificateByName(8, store, "x") == E_NOTIMPL
    assert http.RemoveClientCertificate() == S_FALSE
    block = (c_void_p * 4)()
    four = [byref(block, 8 * index) for index in range(4)]
    assert http.GetClientCertificate(*four) == RPC_X_BAD_STUB_DATA
    wrong = Callback()
    assert http.SetServerCertificateValidationInterface(wrong.pointer) == E_NOINTERFACE
    assert wrong.references == 1
    assert http.SetServerCertificateValidationInterface(None) == S_OK


def test_bad_values_of_a_file(bits: Bits, job: Com) -> None:
    """A file refuses what makes no sense with the code BITS has for it."""
    file = file_of(job)
    pointer = (c_void_p * 1)()
    assert file.SetProperty(1, byref(pointer)) == BG_E_READ_ONLY_PROPERTY
    assert file.SetProperty(2, byref(pointer)) == BG_E_UNKNOWN_PROPERTY_ID
    assert file.GetProperty(2, byref(pointer)) == BG_E_UNKNOWN_PROPERTY_ID
    assert file.GetProperty(1, byref(pointer)) == S_OK
    assert file.SetRemoteName("ftp://127.0.0.1/a") == E_INVALIDARG
    url, path = "http://127.0.0.1/a", str(bits.folder / "b")
    many = to_ranges([(2 * index, 1) for index in range(501)])
    expected = S_OK if is_root() else BG_E_TOO_MANY_RANGES_IN_FILE
    assert job.AddFileWithRanges(url, path, 501, many) == expected
    assert number(made(job.EnumFiles, "IEnumBackgroundCopyFiles").GetCount) == (
        2 if is_root() else 1
    )


def is_root() -> bool:
    """Who is exempt from limits."""
    import os

    return os.geteuid() == 0


def test_enumerators(bits: Bits, job: Com) -> None:
    """An enumerator gives what was there when it was made, and S_FALSE at its end."""
    for name in ("g", "h"):
        assert job.AddFile("http://127.0.0.1:9/f", str(bits.folder / name)) == S_OK
    files = made(job.EnumFiles, "IEnumBackgroundCopyFiles")
    assert job.AddFile("http://127.0.0.1:9/f", str(bits.folder / "i")) == S_OK
    assert number(files.GetCount) == 3
    out, fetched = (c_void_p * 4)(), c_uint32()

    def take(count: int) -> tuple[int, int]:
        result = files.Next(count, byref(out), byref(fetched))
        for pointer in out[: fetched.value]:
            assert Com(pointer or 0, "IBackgroundCopyFile").GetLocalName(byref(c_void_p())) == S_OK
        return result, fetched.value

    assert take(2) == (S_OK, 2)
    copy = made(files.Clone, "IEnumBackgroundCopyFiles")
    assert take(2) == (S_FALSE, 1)
    assert take(1) == (S_FALSE, 0)
    assert copy.Skip(1) == S_OK
    assert copy.Skip(1) == S_FALSE
    assert files.Reset() == S_OK
    assert take(3) == (S_OK, 3)


def test_error_object(bits: Bits) -> None:
    """An error object tells file, protocol and texts, in English only."""
    job = bits.job()
    source = bits.folder / "nothing"
    assert job.AddFile(source.as_uri(), str(bits.folder / "out")) == S_OK
    assert job.Resume() == S_OK
    reaches(job, ERROR)
    error = made(job.GetError, "IBackgroundCopyError")
    out = c_void_p()
    for method in (error.GetErrorDescription, error.GetErrorContextDescription):
        assert method(0, byref(out)) == E_INVALIDARG
        assert method(GERMAN, byref(out)) == LANGUAGE_NOT_FOUND
        assert method(ENGLISH, None) == E_INVALIDARG
        assert len(text(method, ENGLISH) or "") > 10
        assert text(method, 0x0400)  # the user's own language, whichever it is
    assert error.GetFile(None) == E_INVALIDARG
    assert error.GetProtocol(None) == E_INVALIDARG
    assert error.GetError(None, byref(out)) == E_INVALIDARG
    assert text(error.GetProtocol) == "file"
    file = made(error.GetFile, "IBackgroundCopyFile")
    assert text(file.GetRemoteName) == source.as_uri()
    manager = bits.manager.GetErrorDescription
    assert manager(0x80200001, GERMAN, byref(out)) == LANGUAGE_NOT_FOUND
    assert text(manager, 0x80200001, ENGLISH)
    assert text(manager, 0x12345678, ENGLISH)


def test_error_without_a_file(bits: Bits, job: Com) -> None:
    """An error that is tied to no file says so."""
    assert bits.set_network(0) == S_OK
    assert job.Resume() == S_OK
    reaches(job, TRANSIENT_ERROR)
    error = made(job.GetError, "IBackgroundCopyError")
    out = c_void_p(7)
    assert error.GetFile(byref(out)) == BG_E_FILE_NOT_AVAILABLE
    assert out.value is None
    assert error.GetProtocol(byref(out)) == BG_E_PROTOCOL_NOT_AVAILABLE


def test_peer_caching(bits: Bits) -> None:
    """Peer caching answers as where it is switched off."""
    cache = bits.manager.query("IBitsPeerCacheAdministration")
    assert number(cache.GetConfigurationFlags) == 0
    assert number(cache.GetMaximumCacheSize) == 0
    assert number(cache.GetMaximumContentAge) == 0
    for method, arguments in {
        "SetMaximumCacheSize": (1,),
        "SetMaximumContentAge": (1,),
        "SetConfigurationFlags": (1,),
        "ClearRecords": (),
        "DeleteRecord": (byref(GUID()),),
        "DeleteUrl": ("http://127.0.0.1/a",),
        "ClearPeers": (),
        "DiscoverPeers": (),
    }.items():
        assert getattr(cache, method)(*arguments) == BG_E_PEERCACHING_DISABLED
    out = c_void_p(7)
    assert cache.GetRecord(byref(GUID()), byref(out)) == BG_E_NOT_FOUND
    for method in (cache.EnumRecords, cache.EnumPeers):
        assert number(made(method, "IEnumBackgroundCopyFiles").GetCount) == 0
        assert method(None) == E_INVALIDARG


def test_helper_tokens(job: Com) -> None:
    """Helper tokens are Windows': the flags are kept, and there is no token."""
    tokens = job.query("IBitsTokenOptions")
    assert tokens.SetHelperTokenFlags(4) == E_INVALIDARG
    assert tokens.SetHelperTokenFlags(3) == S_OK
    assert number(tokens.GetHelperTokenFlags) == 3
    assert tokens.SetHelperToken() == E_NOTIMPL
    assert tokens.ClearHelperToken() == S_OK
    out = c_void_p(7)
    assert tokens.GetHelperTokenSid(byref(out)) == BG_E_NOT_FOUND
    assert out.value is None


SETTERS: list[tuple[str, tuple[Any, ...]]] = [
    ("AddFileSet", (1, OUT)),
    ("AddFile", ("http://127.0.0.1:9/f", "/tmp/bitscb3-none")),
    ("AddFileWithRanges", ("http://127.0.0.1:9/f", "/tmp/bitscb3-none", 1, OUT)),
    ("Suspend", ()),
    ("Resume", ()),
    ("Cancel", ()),
    ("Complete", ()),
    ("SetDisplayName", ("a",)),
    ("SetDescription", ("a",)),
    ("SetPriority", (1,)),
    ("SetNotifyFlags", (1,)),
    ("SetNotifyInterface", (None,)),
    ("SetMinimumRetryDelay", (9,)),
    ("SetNoProgressTimeout", (9,)),
    ("SetProxySettings", (0, None, None)),
    ("TakeOwnership", ()),
    ("SetNotifyCmdLine", (None, None)),
    ("SetCredentials", (OUT,)),
    ("RemoveCredentials", (1, 1)),
    ("ReplaceRemotePrefix", ("http://a/", "http://b/")),
    ("SetFileACLFlags", (1,)),
    ("SetPeerCachingFlags", (1,)),
    ("SetMaximumDownloadTime", (9,)),
    ("SetProperty", (ON_DEMAND, PropertyValue(1))),
]


@pytest.mark.parametrize("end", ["Cancel", "Complete"])
@pytest.mark.parametrize(("method", "arguments"), SETTERS, ids=[name for name, _ in SETTERS])
def test_setters_after_the_end(
    bits: Bits, job: Com, end: str, method: str, arguments: tuple[Any, ...]
) -> None:
    """Whatever changes a job is BG_E_INVALID_STATE once it is over."""
    file, http, kept = (
        file_of(job),
        http_of(job),
        [wide("http://127.0.0.1:9/f"), wide("/tmp/bitscb3-none")],
    )
    assert getattr(job, end)() in (S_OK, 0x00200017)
    infos = (c_void_p * 2)(*[addressof(each) for each in kept if each is not None])
    block: Any = {"AddFileSet": infos, "AddFileWithRanges": (FileRange * 1)(FileRange(0, 1))}.get(
        method, Credentials(1, 3)
    )
    given = [byref(block) if argument is OUT else argument for argument in arguments]
    assert getattr(job, method)(*given) == BG_E_INVALID_STATE
    assert http.SetCustomHeaders(None) == BG_E_INVALID_STATE
    assert http.SetSecurityFlags(0) == BG_E_INVALID_STATE
    assert http.SetHttpMethod("GET") == BG_E_INVALID_STATE
    assert http.RemoveClientCertificate() == BG_E_INVALID_STATE
    assert http.SetServerCertificateValidationInterface(None) == BG_E_INVALID_STATE
    assert http.MakeCustomHeadersWriteOnly() == S_OK
    assert file.SetRemoteName("http://127.0.0.1:9/g") == BG_E_INVALID_STATE
    assert file.SetValidationState(1) == BG_E_INVALID_STATE
    assert file.RequestFileRanges(1, to_ranges([(0, 1)])) == BG_E_INVALID_STATE
    assert file.UpdateDownloadPosition(1) == BG_E_INVALID_STATE
    for getter in GETTERS:
        if getter not in ("GetError", "GetProgress", "GetTimes", "GetNotifyInterface"):
            out = (c_void_p * 4)()
            assert getattr(job, getter)(byref(out)) == S_OK
    assert state(job) in (7, 8)
    assert set_property(job, 99, 1) == BG_E_INVALID_STATE
