# SPDX-License-Identifier: MIT
"""What can go wrong, told apart by what the caller can do about it.

    OSError
    └── BitsError                        any failed call: .hresult .name .context
        ├── TransferError                the transfer failed: .file .url; job.resume() tries again
        │   ├── RangesNotSupportedError  no parts of this file: ask for the whole of it
        │   └── IntegrityError           the content is not what was wanted: .found .wanted
        ├── InvalidStateError            not in the job's present state: look at job.state
        ├── JobNotFoundError             completed, cancelled or never made: see manager.jobs()
        ├── JobLeasedError               another process runs the job: let it, or end it
        ├── FolderNotFoundError          no such folder: make it (also a FileNotFoundError)
        ├── StoreError                   the store is damaged: move it away
        └── BackendUnavailableError      BITS cannot be reached: backend="engine"

Bad arguments raise ValueError or TypeError before anything is sent; a wait that takes too long
raises TimeoutError. `_BY_CODE` is the one place where a code chooses its class.
"""

from __future__ import annotations

import errno
from typing import Any, Final, NamedTuple, TypeVar

from . import _core
from .enums import ErrorContext
from .printable import printable
from .urls import short_url

S_OK: Final = 0
BG_S_PARTIAL_COMPLETE: Final = 0x00200017
BG_S_UNABLE_TO_DELETE_FILES: Final = 0x0020001A
BG_E_NOT_FOUND: Final = 0x80200001
BG_E_INVALID_STATE: Final = 0x80200002
BG_E_EMPTY: Final = 0x80200003
E_NOTIMPL: Final = 0x80004001
E_ABORT: Final = 0x80004004
E_ACCESSDENIED: Final = 0x80070005
BG_E_ERROR_INFORMATION_UNAVAILABLE: Final = 0x8020000F
BG_E_INVALID_RANGE: Final = 0x8020002B
BG_E_VALIDATION_FAILED: Final = 0x80200053
BG_E_RANDOM_ACCESS_NOT_SUPPORTED: Final = 0x8020006D
CO_E_OBJNOTCONNECTED: Final = 0x800401FD
ERROR_PATH_NOT_FOUND: Final = 0x80070003
ERROR_SHARING_VIOLATION: Final = 0x80070020


class BitsError(OSError):
    """A call of the contract, or a transfer, failed.

    Attributes:
        hresult: The contract's code, an unsigned 32-bit number.
        name: The code's name, "BG_E_INVALID_STATE"; its number in hex when it has none.
        context: Where it happened; NONE when a call was refused.
        errno: The system's number where the code stands for one (ENOSPC, EACCES …), else None.
    """

    hresult: int
    context: ErrorContext

    def __init__(
        self, hresult: int, message: str, context: ErrorContext = ErrorContext.NONE
    ) -> None:
        """Make the error; `message` is complete, as `from_code` composes it."""
        super().__init__(_ERRNO.get(hresult), message)
        self.hresult = hresult
        self.context = context
        self.message: str = message
        self._has_subject = False

    @property
    def name(self) -> str:
        """The code's name."""
        return code_name(self.hresult)

    def __str__(self) -> str:
        """What happened, to what, and what to do next."""
        return self.message

    def about(self, subject: str) -> None:
        """Begin the message with what it happened to, unless it names that already."""
        if not self._has_subject:
            self._has_subject = True
            self.message = f"{subject}: {self.message}"
            self.strerror: str | None = self.message

    def __repr__(self) -> str:
        """The class, the code's name and the message."""
        return f"{type(self).__name__}({self.name}, {self.message!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle with every attribute."""
        return type(self), (self.hresult, self.message, self.context), self.__dict__


class TransferError(BitsError):
    """The job is in the state ERROR, or a request of ranges cannot be served.

    Attributes:
        file: Index in `job.files` of the file it happened to, or None.
        url: That file's URL, shortened, or None.
    """

    file: int | None = None
    url: str | None = None


class RangesNotSupportedError(TransferError):
    """The server, or the kind of file, cannot give parts of it."""


class IntegrityError(TransferError):
    """What came is not what was wanted.

    Attributes:
        found: The SHA-256 of what came, in hexadecimal.
        wanted: The one that was asked for.
    """

    found: str = ""
    wanted: str = ""


class InvalidStateError(BitsError):
    """The call is not allowed in the job's present state."""


class JobNotFoundError(BitsError):
    """The service has no such job."""


class JobLeasedError(BitsError):
    """Another process runs the job."""


class FolderNotFoundError(BitsError, FileNotFoundError):
    """The folder of a local file does not exist."""


class StoreError(BitsError):
    """The folder of the job store is damaged."""


class BackendUnavailableError(BitsError):
    """The service cannot be reached, or lacks what was asked for."""


SomeError = TypeVar("SomeError", bound=BitsError)


class _Row(NamedTuple):
    error: type[BitsError]
    advice: str


_RESUME = "job.resume() tries again."
_LATER = "It is tried again by itself; job.resume() tries at once."
_SERVER = "The server breaks HTTP's rules; try another one."
_JUDGE = "job.http.pin_certificates() says which certificates will do; then job.resume()."
_LIMIT = "Raise the limit in Settings, or split the work."
_TOO_LATE = "Set it earlier, on a new job."
_LOGIN = "The server asks for a login, or a signed URL has expired; ask for a fresh one."
_LOCAL = "Check the folder's permissions."
_CERTIFICATE = (
    "Check the clock, or name the authority's certificate with Manager(ca_file=…) or SSL_CERT_FILE."
)
_ENGINE = 'Manager(backend="engine") does without it.' if _core.has_engine() else ""
_BITS = f"Try again later. {_ENGINE}".rstrip()
_ENDED = "Open a new Manager, which starts it: the jobs are there."
_DISABLED = f"An administrator enables it with `sc config bits start= demand`. {_ENGINE}".rstrip()
_NOT_LOGGED_ON = f"Run as a user who is logged on. {_ENGINE}".rstrip()
_NOT_HERE = "manager.features tells what the service can do."

# By code. A key that ends in zeros stands for the codes of its family that have no row.
_BY_CODE: dict[int, _Row] = {
    # BITS: calls
    BG_E_NOT_FOUND: _Row(JobNotFoundError, "manager.jobs() lists the jobs there are."),
    BG_E_INVALID_STATE: _Row(
        InvalidStateError, "Look at job.state; a completed or cancelled job takes no calls."
    ),
    BG_E_EMPTY: _Row(InvalidStateError, "job.add_file() adds one."),
    BG_E_ERROR_INFORMATION_UNAVAILABLE: _Row(BitsError, "The job has no error at present."),
    0x80200021: _Row(BitsError, "Names take 256 characters, descriptions 1,024."),
    0x80200029: _Row(BitsError, "job.files lists the files there are."),
    0x80200049: _Row(BitsError, "Complete or cancel jobs; manager.jobs() lists them."),
    0x80200050: _Row(BitsError, "Complete or cancel jobs; manager.jobs() lists them."),
    0x80200051: _Row(BitsError, _LIMIT),
    0x80200052: _Row(BitsError, _LIMIT),
    0x80200061: _Row(InvalidStateError, _TOO_LATE),
    0x80200062: _Row(InvalidStateError, _TOO_LATE),
    0x8020006C: _Row(StoreError, "Move the store away, or name another: Manager(store=…)."),
    0x80200071: _Row(BitsError, "Such a job asks for whole files, in the foreground."),
    0x80200072: _Row(BitsError, "dynamic_content does without on_demand and ranges=."),
    0x80200074: _Row(TransferError, _JUDGE),
    0x80200075: _Row(InvalidStateError, "Suspend the job first."),
    # BITS: ranges
    0x80200013: _Row(
        RangesNotSupportedError,
        "Download the whole file with an ordinary job and Settings(require_ranges=0).",
    ),
    BG_E_INVALID_RANGE: _Row(
        TransferError, "Keep ranges inside the file; the length EOF means to its end."
    ),
    0x8020002C: _Row(BitsError, "Give ranges that do not overlap."),
    BG_E_RANDOM_ACCESS_NOT_SUPPORTED: _Row(
        RangesNotSupportedError,
        "Set job.on_demand = False and resume() to download the whole file.",
    ),
    # BITS: transfers
    0x8020000D: _Row(TransferError, "Wait until the volume is free, then job.resume()."),
    0x8020000E: _Row(TransferError, "Put the volume back, then job.resume()."),
    0x80200010: _Row(TransferError, _LATER),
    0x80200011: _Row(TransferError, _SERVER),
    0x80200012: _Row(TransferError, _SERVER),
    0x8020001B: _Row(TransferError, _SERVER),
    0x80200024: _Row(TransferError, _RESUME),
    0x8020002D: _Row(TransferError, f"Check the network. {_RESUME}"),
    0x8020002E: _Row(TransferError, f"Check the network. {_RESUME}"),
    0x8020003E: _Row(TransferError, _LATER),
    0x8020003F: _Row(TransferError, "Correct job.http.proxy, then job.resume()."),
    0x80200053: _Row(TransferError, "job.resume() downloads the file anew."),
    0x80200054: _Row(TransferError, "job.resume() starts the clock again."),
    0x80200059: _Row(TransferError, _LATER),
    0x80200064: _Row(TransferError, _LIMIT),
    0x80200065: _Row(TransferError, _LATER),
    0x80200067: _Row(TransferError, _LATER),
    0x80200068: _Row(TransferError, _LATER),
    0x80200069: _Row(TransferError, _RESUME),
    0x8020006E: _Row(TransferError, _LATER),
    0x8020006F: _Row(TransferError, _LATER),
    0x80200070: _Row(TransferError, _LATER),
    0x80200073: _Row(TransferError, "job.resume() downloads the file anew."),
    0x80200000: _Row(BitsError, "Look at job.state and job.error."),
    # HTTP statuses
    0x80190191: _Row(TransferError, f"{_LOGIN} job.http.set_credentials() logs in."),
    0x80190193: _Row(TransferError, _LOGIN),
    0x80190194: _Row(TransferError, "Check the URL."),
    0x80190197: _Row(
        TransferError, "job.http.set_credentials(…, target=AuthTarget.PROXY) logs in there."
    ),
    0x8019019A: _Row(TransferError, "Check the URL."),
    0x801901AD: _Row(TransferError, f"The server asks for fewer requests. {_RESUME}"),
    0x80190000: _Row(TransferError, _RESUME),
    # WinHTTP: names, connections, TLS
    0x80072EE2: _Row(TransferError, f"The server is slow or gone. {_RESUME}"),
    0x80072EE7: _Row(TransferError, f"Check the host's name and the network. {_RESUME}"),
    0x80072EFD: _Row(TransferError, f"Check the port and that the server runs. {_RESUME}"),
    0x80072F0C: _Row(TransferError, "job.http.set_client_certificate() shows the server one."),
    0x80072F99: _Row(
        TransferError, "Check the file of job.http.client_certificate; its key must not be locked."
    ),
    0x80072F19: _Row(TransferError, "Give the list to Manager(crl_file=…)."),
    0x80072F05: _Row(TransferError, _CERTIFICATE),
    0x80072F06: _Row(TransferError, _CERTIFICATE),
    0x80072F0D: _Row(TransferError, _CERTIFICATE),
    0x80072F8F: _Row(TransferError, _CERTIFICATE),
    0x80072E00: _Row(TransferError, _RESUME),
    0x80072F00: _Row(TransferError, _RESUME),
    # Windows: local files, memory, the service
    0x80070002: _Row(BitsError, "Check the path."),
    ERROR_PATH_NOT_FOUND: _Row(FolderNotFoundError, "Make the folder first."),
    0x80070004: _Row(BitsError, "Close some files, or raise the limit: ulimit -n."),
    0x80070005: _Row(BitsError, _LOCAL),
    0x80070013: _Row(BitsError, "The file system is read-only; choose another folder."),
    ERROR_SHARING_VIOLATION: _Row(
        JobLeasedError, "End that process, or the other Manager of this one, to take the job over."
    ),
    0x80070057: _Row(BitsError, "Check the arguments."),
    0x8000000A: _Row(BitsError, "Wait until the file is whole; job.wait() does."),
    0x80092004: _Row(BitsError, "Check the file, and the subject of its first certificate."),
    0x80070070: _Row(BitsError, "Free some space on the disk and try again."),
    0x800700CE: _Row(BitsError, "Choose a shorter path."),
    0x80070422: _Row(BackendUnavailableError, _DISABLED),
    0x80070424: _Row(BackendUnavailableError, _ENGINE),
    0x8007042C: _Row(BackendUnavailableError, _BITS),
    0x800704DD: _Row(BackendUnavailableError, _NOT_LOGGED_ON),
    0x800706BA: _Row(BackendUnavailableError, _ENDED),
    0x800706BE: _Row(BackendUnavailableError, _ENDED),
    0x800706BF: _Row(BackendUnavailableError, _ENDED),
    0x80010007: _Row(BackendUnavailableError, _ENDED),
    0x80010012: _Row(BackendUnavailableError, _ENDED),
    0x8007045B: _Row(BackendUnavailableError, "The system is shutting down."),
    0x80010108: _Row(BackendUnavailableError, _ENDED),
    0x80080005: _Row(BackendUnavailableError, _BITS),
    0x80040154: _Row(BackendUnavailableError, _ENGINE),
    CO_E_OBJNOTCONNECTED: _Row(InvalidStateError, "Open a new one and resume the job there."),
    E_NOTIMPL: _Row(BitsError, _NOT_HERE),
    0x80004002: _Row(BackendUnavailableError, _NOT_HERE),
}
_ANY = _Row(BitsError, "Look at job.state and job.error.")

_ERRNO: dict[int, int] = {
    0x80070002: errno.ENOENT,
    ERROR_PATH_NOT_FOUND: errno.ENOENT,
    0x80070004: errno.EMFILE,
    0x80070005: errno.EACCES,
    0x8007000E: errno.ENOMEM,
    0x80070013: errno.EROFS,
    0x80070050: errno.EEXIST,
    0x80070057: errno.EINVAL,
    0x80070070: errno.ENOSPC,
    0x800700CE: errno.ENAMETOOLONG,
    0x8007045D: errno.EIO,
}


def code_name(hresult: int) -> str:
    """The name of a code, or its number in hex when it has none."""
    name = _core.code_name(hresult)
    if name is None and hresult & 0xFFFF0000 == 0x80190000:
        return f"BG_E_HTTP_ERROR_{hresult & 0xFFFF}"
    return name or f"0x{hresult:08X}"


def from_code(hresult: int, context: int, text: str, unreachable: bool = False) -> BitsError:
    """The exception for a failed call.

    Args:
        hresult: The code, as an unsigned number.
        context: An ErrorContext; NONE when the call was refused.
        text: What happened, in words; empty: the code's own text will do.
        unreachable: There is no service to call, whatever the code.
    """
    row = _row(hresult)
    if unreachable and row.error is not BackendUnavailableError:
        row = _Row(BackendUnavailableError, _BITS)
    return row.error(hresult, _compose(hresult, text, row.advice), _context(context))


def from_failure(failure: _core.Failure, subject: str, url: str | None) -> TransferError:
    """The exception for a transfer that failed.

    Args:
        failure: What the service tells of it.
        subject: What failed: 'job "name", https://host/file'.
        url: The URL of the file it happened to, shortened, if known.
    """
    row = _row(failure.hresult)
    kind = row.error if issubclass(row.error, TransferError) else TransferError
    advice = _RESUME if row is _ANY else row.advice
    message = _compose(failure.hresult, failure.description, advice)
    error = kind(failure.hresult, message, _context(failure.context))
    error.about(subject)
    error.file = failure.file
    error.url = url
    return error


def from_job(core: _core.Job, subject: str) -> TransferError | None:
    """Why the job is in ERROR or TRANSIENT_ERROR; None in other states."""
    failure = core.error
    if failure is None or failure.file is None:
        return None if failure is None else from_failure(failure, subject, None)
    url = short_url(core.file(failure.file).remote_name)
    return from_failure(failure, f"{subject}, {url}", url)


def from_request(failure: _core.Failure, subject: str, url: str) -> BitsError:
    """The exception for a request: a TransferError, unless the job or the manager ended."""
    row = _row(failure.hresult)
    if failure.context != ErrorContext.NONE or not issubclass(row.error, InvalidStateError):
        return from_failure(failure, subject, url)
    error = from_code(failure.hresult, failure.context, failure.description)
    error.about(subject)
    return error


def make_error(error: type[SomeError], hresult: int, what: str) -> SomeError:
    """An error known without asking the service; `what` says it all but the code."""
    made = error(hresult, f"{what} ({code_name(hresult)})")
    made._has_subject = True
    return made


def _row(hresult: int) -> _Row:
    for mask in (0xFFFFFFFF, 0xFFFFFF00, 0xFFFF0000):
        row = _BY_CODE.get(hresult & mask)
        if row is not None:
            return row
    return _ANY


def _context(context: int) -> ErrorContext:
    try:
        return ErrorContext(context)
    except ValueError:
        return ErrorContext.UNKNOWN


def _compose(hresult: int, story: str, advice: str) -> str:
    story = printable(story.strip()) or _core.code_text(hresult) or "the call failed"
    return f"{story.rstrip('.')} ({code_name(hresult)}). {advice}".rstrip()
