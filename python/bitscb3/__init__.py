# SPDX-License-Identifier: MIT
"""bitscb3: byte ranges of remote files, told to Python as they arrive.

    with bitscb3.Manager() as manager:
        job = manager.create_job("atlas", on_demand=True)
        file = job.add_file("https://host/atlas.bin", "atlas.bin")

        @job.on_ranges
        def got(job, file, ranges):
            print([(r.offset, r.length) for r in ranges])

        file.request_ranges([(0, 65536), (1 << 20, bitscb3.EOF)]).result()

On Windows the events come from the system's BITS service through IBackgroundCopyCallback3;
elsewhere from an embedded BITS that implements the same interfaces.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _core
from .callback import Callback3
from .enums import (
    AuthScheme,
    AuthTarget,
    CertificateStore,
    CostFlags,
    ErrorContext,
    FileAclFlags,
    JobState,
    JobType,
    NotifyFlags,
    PeerCachingFlags,
    Priority,
    ProxyUsage,
    SecurityFlags,
)
from .errors import (
    BackendUnavailableError,
    BitsError,
    FolderNotFoundError,
    IntegrityError,
    InvalidStateError,
    JobLeasedError,
    JobNotFoundError,
    RangesNotSupportedError,
    StoreError,
    TransferError,
)
from .events import (
    Event,
    FileRangesTransferred,
    FileRestarted,
    FileTransferred,
    JobEnded,
    JobFailed,
    JobModified,
    JobTransferred,
)
from .file import File, FileProgress
from .headers import Headers
from .http_options import ClientCertificate, HttpOptions, ProxySettings
from .job import Job, JobProgress, JobTimes
from .manager import Manager
from .range_queue import RangeBatch, RangeQueue
from .ranges import EOF, Range, RangeArray
from .request import RangeRequest

if TYPE_CHECKING:
    from .downloads import Download, adownload, adownload_all, download, download_all
    from .event_stream import EventStream
    from .progress import Progress
    from .remote_file import RemoteFile, open
    from .settings import Settings
    from .shared_manager import default_manager

__version__ = _core.version()

__all__ = [
    "EOF",
    "AuthScheme",
    "AuthTarget",
    "BackendUnavailableError",
    "BitsError",
    "Callback3",
    "CertificateStore",
    "ClientCertificate",
    "CostFlags",
    "Download",
    "ErrorContext",
    "Event",
    "EventStream",
    "File",
    "FileAclFlags",
    "FileProgress",
    "FileRangesTransferred",
    "FileRestarted",
    "FileTransferred",
    "FolderNotFoundError",
    "Headers",
    "HttpOptions",
    "IntegrityError",
    "InvalidStateError",
    "Job",
    "JobEnded",
    "JobFailed",
    "JobLeasedError",
    "JobModified",
    "JobNotFoundError",
    "JobProgress",
    "JobState",
    "JobTimes",
    "JobTransferred",
    "JobType",
    "Manager",
    "NotifyFlags",
    "PeerCachingFlags",
    "Priority",
    "Progress",
    "ProxySettings",
    "ProxyUsage",
    "Range",
    "RangeArray",
    "RangeBatch",
    "RangeQueue",
    "RangeRequest",
    "RangesNotSupportedError",
    "RemoteFile",
    "SecurityFlags",
    "Settings",
    "StoreError",
    "TransferError",
    "__version__",
    "adownload",
    "adownload_all",
    "default_manager",
    "download",
    "download_all",
    "open",
]

_LATER = {  # by module; costly to import
    "Download": "downloads",
    "EventStream": "event_stream",
    "Progress": "progress",
    "RemoteFile": "remote_file",
    "Settings": "settings",
    "adownload": "downloads",
    "adownload_all": "downloads",
    "default_manager": "shared_manager",
    "download": "downloads",
    "download_all": "downloads",
    "open": "remote_file",
}


def __getattr__(name: str) -> Any:
    module = _LATER.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f".{module}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
