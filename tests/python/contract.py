# SPDX-License-Identifier: MIT
"""The BITS contract through raw tables: what a client in any language sees; see also callbacks.py.

The slots, interface ids and layouts are written down here once more, from the documentation of BITS and not from the
headers of this project, so that each checks the other. Methods return the HRESULT as an unsigned number; nothing is
raised. Out parameters are filled by the helpers `text`, `number`, `made` and so on, which expect S_OK.
"""

from __future__ import annotations

import ctypes
import uuid
from collections.abc import Callable
from ctypes import POINTER, byref, c_int32, c_uint8, c_uint16, c_uint32, c_uint64, c_void_p
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from bitscb3 import _core
from codes import DOWNLOAD, ERROR, S_FALSE, S_OK
from support import eventually

LIBRARY = ctypes.CDLL(_core.__file__)

# ---- structures ----


class GUID(ctypes.Structure):
    """16 bytes; the first three fields little endian."""

    _fields_ = [("bytes_", c_uint8 * 16)]

    @classmethod
    def of(cls, text: str) -> GUID:
        return cls.from_buffer_copy(uuid.UUID(text).bytes_le)

    def __str__(self) -> str:
        return str(uuid.UUID(bytes_le=bytes(self)))


class FileRange(ctypes.Structure):
    """BG_FILE_RANGE."""

    _fields_ = [("offset", c_uint64), ("length", c_uint64)]


class FileInfo(ctypes.Structure):
    """BG_FILE_INFO."""

    _fields_ = [("remote", c_void_p), ("local", c_void_p)]


class FileProgress(ctypes.Structure):
    """BG_FILE_PROGRESS."""

    _fields_ = [("total", c_uint64), ("transferred", c_uint64), ("completed", c_int32)]


class JobProgress(ctypes.Structure):
    """BG_JOB_PROGRESS."""

    _fields_ = [
        ("total", c_uint64),
        ("transferred", c_uint64),
        ("files_total", c_uint32),
        ("files_transferred", c_uint32),
    ]


class JobTimes(ctypes.Structure):
    """BG_JOB_TIMES."""

    _fields_ = [(name, c_uint32 * 2) for name in ("creation", "modification", "completion")]


class Credentials(ctypes.Structure):
    """BG_AUTH_CREDENTIALS with its union."""

    _fields_ = [
        ("target", c_uint32),
        ("scheme", c_uint32),
        ("user", c_void_p),
        ("password", c_void_p),
    ]


class PropertyValue(ctypes.Structure):
    """BITS_JOB_PROPERTY_VALUE: a union of 16 bytes, passed by value, which ctypes refuses to unions."""

    _fields_ = [("low", c_uint64), ("high", c_uint64)]

    @property
    def number(self) -> int:
        """As Dword, Enable or Target."""
        return int(self.low) & 0xFFFFFFFF

    @property
    def guid(self) -> str:
        """As ClsID."""
        return str(uuid.UUID(bytes_le=bytes(self)))


class Options(ctypes.Structure):
    """bitscb3_options."""

    _fields_ = [
        ("size", c_uint32),
        ("store", ctypes.c_char_p),
        ("settings", c_void_p),
        ("ca_file", ctypes.c_char_p),
        ("crl_file", ctypes.c_char_p),
        ("user_agent", ctypes.c_char_p),
        ("clock", c_void_p),
    ]


# ---- interfaces ----

# p: a pointer, s: a UTF-16 string or NULL, u: 32-bit number, q: 64-bit number, v: PropertyValue
_METHODS = """
IUnknown - 00000000-0000-0000-c000-000000000046
 0 QueryInterface pp | 1 AddRef | 2 Release
IBackgroundCopyManager IUnknown 5ce34c0d-0dc9-4c1f-897c-daa1b78cee7c
 3 CreateJob supp | 4 GetJob pp | 5 EnumJobs up | 6 GetErrorDescription uup
IEnumBackgroundCopyJobs IUnknown 1af4f612-3b71-466f-8f58-7b6f73ac57ad
 3 Next upp | 4 Skip u | 5 Reset | 6 Clone p | 7 GetCount p
IEnumBackgroundCopyFiles IUnknown ca51e165-c365-424c-8d41-24aaa4ff3c40
 3 Next upp | 4 Skip u | 5 Reset | 6 Clone p | 7 GetCount p
IBackgroundCopyJob IUnknown 37668d37-507e-4160-9316-26306d150b12
 3 AddFileSet up | 4 AddFile ss | 5 EnumFiles p | 6 Suspend | 7 Resume | 8 Cancel | 9 Complete | 10 GetId p
 11 GetType p | 12 GetProgress p | 13 GetTimes p | 14 GetState p | 15 GetError p | 16 GetOwner p
 17 SetDisplayName s | 18 GetDisplayName p | 19 SetDescription s | 20 GetDescription p | 21 SetPriority u
 22 GetPriority p | 23 SetNotifyFlags u | 24 GetNotifyFlags p | 25 SetNotifyInterface p | 26 GetNotifyInterface p
 27 SetMinimumRetryDelay u | 28 GetMinimumRetryDelay p | 29 SetNoProgressTimeout u | 30 GetNoProgressTimeout p
 31 GetErrorCount p | 32 SetProxySettings uss | 33 GetProxySettings ppp | 34 TakeOwnership
IBackgroundCopyJob2 IBackgroundCopyJob 54b50739-686f-45eb-9dff-d6a9a0faa9af
 35 SetNotifyCmdLine ss | 36 GetNotifyCmdLine pp | 37 GetReplyProgress p | 38 GetReplyData pp | 39 SetReplyFileName s
 40 GetReplyFileName p | 41 SetCredentials p | 42 RemoveCredentials uu
IBackgroundCopyJob3 IBackgroundCopyJob2 443c8934-90ff-48ed-bcde-26f5c7450042
 43 ReplaceRemotePrefix ss | 44 AddFileWithRanges ssup | 45 SetFileACLFlags u | 46 GetFileACLFlags p
IBackgroundCopyJob4 IBackgroundCopyJob3 659cdeae-489e-11d9-a9cd-000d56965251
 47 SetPeerCachingFlags u | 48 GetPeerCachingFlags p | 49 GetOwnerIntegrityLevel p | 50 GetOwnerElevationState p
 51 SetMaximumDownloadTime u | 52 GetMaximumDownloadTime p
IBackgroundCopyJob5 IBackgroundCopyJob4 e847030c-bbba-4657-af6d-484aa42bf1fe
 53 SetProperty uv | 54 GetProperty up
IBackgroundCopyJobHttpOptions IUnknown f1bd1079-9f01-4bdc-8036-f09b70095066
 3 SetClientCertificateByID usp | 4 SetClientCertificateByName uss | 5 RemoveClientCertificate
 6 GetClientCertificate pppp | 7 SetCustomHeaders s | 8 GetCustomHeaders p | 9 SetSecurityFlags u | 10 GetSecurityFlags p
IBackgroundCopyJobHttpOptions2 IBackgroundCopyJobHttpOptions b591a192-a405-4fc3-8323-4c5c542578fc
 11 SetHttpMethod s | 12 GetHttpMethod p
IBackgroundCopyJobHttpOptions3 IBackgroundCopyJobHttpOptions2 8a9263d3-fd4c-4eda-9b28-30132a4d4e3c
 13 SetServerCertificateValidationInterface p | 14 MakeCustomHeadersWriteOnly
IBackgroundCopyFile IUnknown 01b7bd23-fb88-4a77-8490-5891d3e4653a
 3 GetRemoteName p | 4 GetLocalName p | 5 GetProgress p
IBackgroundCopyFile2 IBackgroundCopyFile 83e81b93-0873-474d-8a8c-f2018b1a939c
 6 GetFileRanges pp | 7 SetRemoteName s
IBackgroundCopyFile3 IBackgroundCopyFile2 659cdeaa-489e-11d9-a9cd-000d56965251
 8 GetTemporaryName p | 9 SetValidationState u | 10 GetValidationState p | 11 IsDownloadedFromPeer p
IBackgroundCopyFile4 IBackgroundCopyFile3 ef7e0655-7888-4960-b0e5-730846e03492
 12 GetPeerDownloadStats pp
IBackgroundCopyFile5 IBackgroundCopyFile4 85c1657f-dafc-40e8-8834-df18ea25717e
 13 SetProperty up | 14 GetProperty up
IBackgroundCopyFile6 IBackgroundCopyFile5 cf6784f7-d677-49fd-9368-cb47aee9d1ad
 15 UpdateDownloadPosition q | 16 RequestFileRanges up | 17 GetFilledFileRanges pp
IBackgroundCopyError IUnknown 19c613a0-fcb8-4f28-81ae-897c3d078f81
 3 GetError pp | 4 GetFile p | 5 GetErrorDescription up | 6 GetErrorContextDescription up | 7 GetProtocol p
IBackgroundCopyCallback IUnknown 97ea99c7-0186-4ad4-8df9-c5b4e0ed6b22
 3 JobTransferred p | 4 JobError pp | 5 JobModification pu
IBackgroundCopyCallback2 IBackgroundCopyCallback 659cdeac-489e-11d9-a9cd-000d56965251
 6 FileTransferred pp
IBackgroundCopyCallback3 IBackgroundCopyCallback2 98c97bd2-e32b-4ad8-a528-95fd8b16bd42
 7 FileRangesTransferred ppup
IBackgroundCopyServerCertificateValidationCallback IUnknown 4cec0d02-def7-4158-813a-c32a46945ff7
 3 ValidateServerCertificate ppupuup
IBitsTokenOptions IUnknown 9a2584c3-f7d2-457a-9a5e-22b67bffc7d2
 3 SetHelperTokenFlags u | 4 GetHelperTokenFlags p | 5 SetHelperToken | 6 ClearHelperToken | 7 GetHelperTokenSid p
IBitsPeerCacheAdministration IUnknown 659cdead-489e-11d9-a9cd-000d56965251
 3 GetMaximumCacheSize p | 4 SetMaximumCacheSize u | 5 GetMaximumContentAge p | 6 SetMaximumContentAge u
 7 GetConfigurationFlags p | 8 SetConfigurationFlags u | 9 EnumRecords p | 10 GetRecord pp | 11 ClearRecords
 12 DeleteRecord p | 13 DeleteUrl s | 14 EnumPeers p | 15 ClearPeers | 16 DiscoverPeers
"""

KINDS: dict[str, Any] = {
    "p": c_void_p,
    "s": c_void_p,
    "u": c_uint32,
    "q": c_uint64,
    "v": PropertyValue,
}


class Method(NamedTuple):
    """A slot and the kinds of its arguments."""

    slot: int
    kinds: str


class Interface(NamedTuple):
    """An interface: its id and its methods by name, inherited ones included."""

    name: str
    iid: str
    parent: str
    methods: dict[str, Method]


def _parse() -> dict[str, Interface]:
    found: dict[str, Interface] = {}
    current: Interface
    for line in _METHODS.strip().splitlines():
        if not line.startswith(" "):
            name, parent, iid = line.split()
            inherited = dict(found[parent].methods) if parent in found else {}
            current = found[name] = Interface(name, iid, parent, inherited)
            continue
        for part in line.split("|"):
            slot, name, *kinds = part.split()
            current.methods[name] = Method(int(slot), kinds[0] if kinds else "")
    return found


INTERFACES = _parse()


def wide(value: str | None) -> ctypes.Array[c_uint16] | None:
    """UTF-16 with its NUL, or NULL."""
    if value is None:
        return None
    units = value.encode("utf-16-le") + b"\0\0"
    return (c_uint16 * (len(units) // 2)).from_buffer_copy(units)


def take_text(pointer: int | None) -> str | None:
    """The text at a pointer of the task allocator, which is freed."""
    if not pointer:
        return None
    units = ctypes.cast(pointer, POINTER(c_uint16))
    length = next(i for i in range(1 << 20) if units[i] == 0)
    value = ctypes.string_at(pointer, 2 * length).decode("utf-16-le")
    LIBRARY.CoTaskMemFree(c_void_p(pointer))
    return value


def take_ranges(count: int, pointer: int | None) -> list[tuple[int, int]]:
    """The ranges at a pointer of the task allocator, which is freed."""
    if not pointer:
        return []
    found = ctypes.cast(pointer, POINTER(FileRange))
    value = [(found[i].offset, found[i].length) for i in range(count)]
    LIBRARY.CoTaskMemFree(c_void_p(pointer))
    return value


def to_ranges(pairs: list[tuple[int, int]]) -> ctypes.Array[FileRange]:
    """An array of BG_FILE_RANGE."""
    return (FileRange * len(pairs))(*[FileRange(*pair) for pair in pairs])


class Com:
    """A reference to an object, seen as one of its interfaces. Released with this."""

    def __init__(self, pointer: int, interface: str) -> None:
        self.pointer = pointer
        self.interface = INTERFACES[interface]

    def __getattr__(self, name: str) -> Callable[..., int]:
        try:
            method = self.interface.methods[name]
        except KeyError:
            raise AttributeError(name) from None
        return lambda *arguments: call_slot(self.pointer, method, *arguments)

    def query(self, interface: str) -> Com:
        """The same object as another interface; it has to have that."""
        out = c_void_p()
        iid = GUID.of(INTERFACES[interface].iid)
        assert self.QueryInterface(byref(iid), byref(out)) == S_OK
        assert out.value
        return Com(out.value, interface)

    def __del__(self) -> None:
        if self.pointer:
            call_slot(self.pointer, Method(2, ""))
            self.pointer = 0


def call_slot(pointer: int, method: Method, *arguments: object) -> int:
    """Call a slot of the object's table; the result as an unsigned number."""
    table = ctypes.cast(pointer, POINTER(POINTER(c_void_p)))[0]
    prototype = ctypes.CFUNCTYPE(c_uint32, c_void_p, *[KINDS[kind] for kind in method.kinds])
    assert len(arguments) == len(method.kinds), method
    kept = [wide(a) if isinstance(a, str) else a for a in arguments]
    passed = [ctypes.cast(a, c_void_p) if isinstance(a, ctypes.Array) else a for a in kept]
    slot = table[method.slot]
    assert slot
    return int(prototype(slot)(pointer, *passed))


# ---- out parameters; each expects S_OK ----


def number(method: Callable[..., int], *arguments: object) -> int:
    """What a getter of a 32-bit number gives."""
    out = c_uint32()
    assert method(*arguments, byref(out)) == S_OK
    return out.value


def text(method: Callable[..., int], *arguments: object) -> str | None:
    """What a getter of a text gives."""
    out = c_void_p()
    assert method(*arguments, byref(out)) == S_OK
    return take_text(out.value)


def made(method: Callable[..., int], interface: str, *arguments: object) -> Com:
    """What a getter of an object gives."""
    out = c_void_p()
    assert method(*arguments, byref(out)) == S_OK
    assert out.value
    return Com(out.value, interface)


def ranges(method: Callable[..., int]) -> list[tuple[int, int]]:
    """What a getter of ranges gives."""
    count, out = c_uint32(), c_void_p()
    assert method(byref(count), byref(out)) in (S_OK, S_FALSE)
    return take_ranges(count.value, out.value)


# ---- the service ----


class Bits:
    """The embedded BITS with BITS' own numbers, in a folder of its own, on a clock the test moves."""

    def __init__(
        self, folder: Path, *, ca: Path | None = None, crl: Path | None = None, **numbers: int
    ) -> None:
        """`numbers` change the settings."""
        self.folder = folder
        self._numbers = numbers
        self._ca, self._crl = ca, crl
        LIBRARY.bitscb3_make_clock.restype = c_void_p
        self._clock = LIBRARY.bitscb3_make_clock()
        self.manager = self.open()

    def open(self) -> Com:
        """Another manager on the same store."""
        fields = {**_core.settings_bits(), **self._numbers}
        settings = (c_uint32 * (len(fields) + 1))(4 * (len(fields) + 1), *fields.values())
        options = Options(ctypes.sizeof(Options), bytes(self.folder / "store"))
        options.settings = ctypes.addressof(settings)
        options.ca_file = bytes(self._ca) if self._ca else None
        options.crl_file = bytes(self._crl) if self._crl else None
        options.clock = self._clock
        out = c_void_p()
        iid = GUID.of(INTERFACES["IBackgroundCopyManager"].iid)
        assert LIBRARY.bitscb3_create_manager(byref(options), byref(iid), byref(out)) == S_OK
        assert out.value
        return Com(out.value, "IBackgroundCopyManager")

    def job(self, name: str = "job", type_: int = DOWNLOAD) -> Com:
        """A new job, as IBackgroundCopyJob5."""
        made_job = made(
            lambda *a: self.manager.CreateJob(name, type_, byref(GUID()), *a), "IBackgroundCopyJob"
        )
        return made_job.query("IBackgroundCopyJob5")

    def advance(self, seconds: float) -> None:
        """Move the clock."""
        LIBRARY.bitscb3_move_clock(c_void_p(self._clock), c_uint64(int(seconds * 1000)))

    def set_network(self, cost_state: int) -> int:
        """What the network is like; 0: there is none."""
        result = LIBRARY.bitscb3_set_network(c_void_p(self.manager.pointer), c_uint32(cost_state))
        return int(result) & 0xFFFFFFFF

    def close(self, manager: Com | None = None) -> None:
        """End a manager's threads; its jobs can be adopted."""
        LIBRARY.bitscb3_close_manager(c_void_p((manager or self.manager).pointer))

    def reopen(self) -> None:
        """As after the end of the process."""
        self.close()
        self.manager = self.open()

    def find(self, job: Com) -> Com:
        """The same job of the present manager."""
        id_ = GUID()
        assert job.GetId(byref(id_)) == S_OK
        return made(self.manager.GetJob, "IBackgroundCopyJob", byref(id_)).query(
            "IBackgroundCopyJob5"
        )

    def __enter__(self) -> Bits:
        return self

    def __exit__(
        self, kind: object, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


# ---- what many tests ask ----


def copy_of(bits: Bits, *names: str) -> Com:
    """A job that copies small files of this machine."""
    job = bits.job(names[0])
    for name in names:
        source = bits.folder / f"source-{name}"
        source.write_bytes(name.encode() * 100)
        assert job.AddFile(source.as_uri(), str(bits.folder / name)) == S_OK
    return job


def state(job: Com) -> int:
    """GetState."""
    return number(job.GetState)


def reaches(job: Com, *wanted: int) -> int:
    """Wait for one of the states `wanted`; an error that was not expected is told."""

    def there() -> bool:
        now = state(job)
        if now not in wanted and now == ERROR:
            code, context = error_of(job)
            raise AssertionError(f"ERROR 0x{code:08X}, context {context}")
        return now in wanted

    eventually(there)
    return state(job)


def error_of(job: Com) -> tuple[int, int]:
    """Code and context of the job's error."""
    context, code = c_uint32(), c_uint32()
    error = made(job.GetError, "IBackgroundCopyError")
    assert error.GetError(byref(context), byref(code)) == S_OK
    return code.value, context.value


def file_of(job: Com, index: int = 0) -> Com:
    """A file of the job, as IBackgroundCopyFile6."""
    files = made(job.EnumFiles, "IEnumBackgroundCopyFiles")
    out = c_void_p()
    for _ in range(index + 1):
        assert files.Next(1, byref(out), None) == S_OK
        last = Com(out.value or 0, "IBackgroundCopyFile")
    return last.query("IBackgroundCopyFile6")


def progress(job: Com) -> JobProgress:
    """GetProgress of a job."""
    out = JobProgress()
    assert job.GetProgress(byref(out)) == S_OK
    return out


def file_progress(file: Com) -> FileProgress:
    """GetProgress of a file."""
    out = FileProgress()
    assert file.GetProgress(byref(out)) == S_OK
    return out


def request(file: Com, *pairs: tuple[int, int]) -> int:
    """RequestFileRanges."""
    return file.RequestFileRanges(len(pairs), to_ranges(list(pairs)))


def set_property(job: Com, id_: int, value: int | str) -> int:
    """SetProperty with a number, or the text of a GUID."""
    if isinstance(value, str):
        return job.SetProperty(id_, PropertyValue.from_buffer_copy(uuid.UUID(value).bytes_le))
    return job.SetProperty(id_, PropertyValue(value))


def get_property(job: Com, id_: int) -> PropertyValue:
    """GetProperty."""
    out = PropertyValue()
    assert job.GetProperty(id_, byref(out)) == S_OK
    return out


def http_of(job: Com) -> Com:
    """The job's HTTP options."""
    return job.query("IBackgroundCopyJobHttpOptions3")
