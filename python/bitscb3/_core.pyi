"""The extension: one class per noun of the contract, plus the pump.

Numbers are the contract's: HRESULT as unsigned int, enums as int, sizes and offsets in bytes, times as 100 ns ticks
since 1601-01-01 UTC. Every failure raises an exception of `bitscb3.errors`, chosen there by code.
Threads: everything may be called from any thread; what can block releases the GIL.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, final

from .ranges import Range

debug_build: Final[bool]

def version() -> str: ...
def has_engine() -> bool: ...
def library_versions() -> dict[str, str]: ...  # "libcurl", "sqlite", "tls"
def has_authorities() -> bool: ...  # without a ca_file, by variables or of the system
def code_name(hresult: int) -> str | None: ...  # "BG_E_INVALID_STATE"
def code_text(hresult: int) -> str | None: ...  # one English sentence
def settings_default() -> dict[str, int]: ...  # the fields of bitscb3_settings
def settings_bits() -> dict[str, int]: ...

# Kinds of events, in the order in which one take() lists them for a file and then for the job.
FILE_RESTARTED: Final[int]
FILE_RANGES: Final[int]
FILE_TRANSFERRED: Final[int]
JOB_MODIFIED: Final[int]
JOB_ERROR: Final[int]
JOB_TRANSFERRED: Final[int]
JOB_ENDED: Final[int]  # acknowledged or cancelled: nothing follows

@final
class Clock:
    """Stands still until advance(); for managers that are opened with it."""

    def advance(self, milliseconds: int) -> None: ...

@final
class Manager:
    def __init__(
        self,
        backend: str,  # "auto" | "bits" | "engine"
        store: str | None,
        settings: Mapping[str, int],
        ca_file: str | None,
        crl_file: str | None,
        user_agent: str | None,
        queue_capacity: int,  # range records between the callback and the pump; at least 1
        clock: Clock | None,
    ) -> None: ...
    @property
    def backend(self) -> str: ...  # "bits" | "engine"
    @property
    def features(self) -> dict[str, bool]: ...  # job5, file6, callback3, http_options ...
    @property
    def service(self) -> str: ...  # "BITS 10.3"
    @property
    def instead_of(self) -> str: ...  # why the system's BITS is not used, where it would have been
    @property
    def signals(self) -> int: ...  # how often drains found that the service had called
    def create_job(self, name: str, type: int) -> Job: ...
    def job(self, id: str) -> Job: ...
    def jobs(self, all_users: bool) -> list[Job]: ...
    def set_network(self, cost_state: int) -> None: ...  # BITS_COST_STATE_*; 0: there is none
    rate_limit: int  # bytes per second, all jobs together; 0: none
    def statistics(self) -> dict[str, int]: ...  # the fields of ManagerStats, some or all
    def dispatch(self, timeout: float | None) -> tuple[list[int], list[int]] | None:
        """Pump until something is ready: ids of subscriptions with events, ids of settled watched requests.

        Both empty after the timeout, a wake() or a signal. None once the manager is closed and everything was taken.
        """
    def next_certificate(
        self,
    ) -> tuple[int, str, str, bytes] | None: ...  # number, job, URL, DER; None once closed; blocks
    def answer_certificate(self, number: int, accept: bool) -> None: ...
    def set_log(self, on: bool) -> None: ...  # collect what libcurl says, for next_log()
    def next_log(self) -> tuple[int, list[tuple[str, str, int, str, int, str, str]]] | None:
        """How many lines were dropped, and those that followed; None once closed. Blocks.

        A line is: job, its name, file, URL, number of the request, "*" (words), ">" (a request's head) or "<" (a
        response's), and the text.
        """
    def wake(self) -> None: ...  # the dispatch() in progress, or else the next one, returns
    def close(
        self,
    ) -> None: ...  # ends callbacks, then the service, then the final drain; idempotent

@final
class Job:
    @property
    def id(self) -> str: ...
    @property
    def com_pointer(self) -> int: ...
    @property
    def type(self) -> int: ...
    @property
    def state(self) -> int: ...
    @property
    def progress(
        self,
    ) -> tuple[
        int, int, int, int
    ]: ...  # bytes total (2**64-1: unknown), transferred; files total, transferred
    @property
    def times(
        self,
    ) -> tuple[int, int, int]: ...  # creation, modification, transfer completion; 0: not yet
    @property
    def error(self) -> Failure | None: ...
    @property
    def error_count(self) -> int: ...
    @property
    def owner(self) -> str: ...
    name: str
    description: str
    priority: int
    minimum_retry_delay: int  # seconds
    no_progress_timeout: int  # seconds
    minimum_notification_interval: int  # milliseconds
    on_demand: bool
    @property
    def ranges_by_progress(self) -> bool: ...
    rate_limit: int  # bytes per second; 0: none
    @property
    def bytes_received(self) -> int: ...  # of bodies, in this process
    maximum_download_time: int  # seconds
    max_download_size: int  # bytes; 0: none
    dynamic_content: bool
    high_performance: bool
    cost_flags: int
    notification_clsid: str
    notify_command_line: tuple[str, str]  # program, parameters; both empty: none
    peer_caching_flags: int
    file_acl_flags: int
    @property
    def owner_integrity_level(self) -> int: ...
    @property
    def owner_elevated(self) -> bool: ...
    @property
    def notify_flags(self) -> int: ...  # as the service has them
    def add_files(self, names: list[tuple[str, str]]) -> list[File]: ...
    def add_file_with_ranges(
        self, url: str, path: str, ranges: Sequence[tuple[int, int]]
    ) -> File: ...
    def replace_remote_prefix(self, old: str, new: str) -> bool: ...  # whether some URL began so
    def take_ownership(self) -> None: ...
    def files(self) -> list[File]: ...
    def file(self, index: int) -> File: ...
    def resume(self) -> None: ...
    def suspend(self) -> None: ...
    def cancel(self) -> int: ...  # S_OK or BG_S_UNABLE_TO_DELETE_FILES
    def complete(self) -> int: ...  # S_OK, BG_S_PARTIAL_COMPLETE or BG_S_UNABLE_TO_DELETE_FILES
    def want(self, flags: int) -> None:
        """Set which events (BG_NOTIFY_*) subscriptions get; registers the callback and the service's flags.

        What the pump itself needs (for requests and wait) is added to the service's flags by itself.
        """
    def subscribe(self) -> Subscription: ...
    def watch(self) -> Watch: ...  # of the end of wait()
    def request_ranges(self, file: int, ranges: Sequence[tuple[int, int]]) -> Request: ...
    def wait(self, timeout: float | None) -> int | None:
        """Wait until TRANSFERRED, ERROR, a final state, suspended by the caller, or on-demand idle.

        Idle: SUSPENDED by the service, with every request this thread made settled. Returns the state, or None when
        the time ran out. Every event up to that state is staged when it returns. Ctrl-C interrupts it.
        """

@final
class File:
    @property
    def index(self) -> int: ...
    remote_name: str
    validation_state: bool
    @property
    def ranges(self) -> list[tuple[int, int]]: ...  # of AddFileWithRanges; empty: the whole file
    @property
    def peer_download_stats(self) -> tuple[int, int]: ...  # bytes from the origin, from peers
    @property
    def bytes_received(self) -> int: ...  # of bodies, in this process
    @property
    def local_name(self) -> str: ...
    @property
    def temporary_name(self) -> str: ...
    @property
    def progress(
        self,
    ) -> tuple[int, int, bool]: ...  # bytes total (2**64-1: unknown), transferred, completed
    @property
    def response_headers(self) -> str: ...
    def filled_ranges(self) -> RangeArray: ...
    def update_download_position(self, offset: int) -> None: ...

@final
class HttpOptions:
    def __init__(self, job: Job) -> None: ...
    headers: str | None  # lines that end in CRLF
    def make_headers_write_only(self) -> None: ...
    method: str
    security_flags: int
    @property
    def proxy(self) -> tuple[int, str | None, str | None]: ...  # usage, proxies, bypass
    def set_proxy(self, usage: int, proxies: str | None, bypass: str | None) -> None: ...
    def set_credentials(
        self, target: int, scheme: int, user: str | None, password: str | None
    ) -> None: ...
    def remove_credentials(self, target: int, scheme: int) -> bool: ...  # whether there were any
    def use_stored_credentials(self, target: int) -> None: ...
    @property
    def client_certificate(
        self,
    ) -> tuple[int, str, str, bytes] | None: ...  # location, store, subject, SHA-1
    def set_client_certificate(self, location: int, store: str, subject: str) -> None: ...
    def remove_client_certificate(self) -> bool: ...  # whether there was one
    def judge_certificates(self, on: bool) -> None: ...  # by Manager.next_certificate()

@final
class Failure:
    @property
    def hresult(self) -> int: ...
    @property
    def context(self) -> int: ...
    @property
    def file(self) -> int | None: ...  # index in the job
    @property
    def description(self) -> str: ...
    @property
    def context_description(self) -> str: ...
    @property
    def protocol(self) -> str | None: ...

@final
class Subscription:
    @property
    def id(self) -> int: ...
    def take(
        self,
    ) -> list[
        tuple[int, int, RangeArray | None]
    ]: ...  # (kind, file index, ranges); merged since the last take
    def delivered(
        self,
    ) -> list[
        tuple[int, int, RangeArray | None]
    ]: ...  # what all takes so far add up to, in the same form
    def close(self) -> None: ...

@final
class Request:
    @property
    def id(self) -> int: ...
    def done(self) -> bool: ...
    @property
    def failure(self) -> Failure | None: ...
    @property
    def ranges(self) -> RangeArray: ...  # as asked, EOF as length 2**64-1
    def wait(self, timeout: float | None) -> bool:
        """False when the time ran out; returns True when done, failed or the caller suspended the job. Ctrl-C interrupts it."""
    @property
    def settled(self) -> bool: ...  # done, failed, or held up because the caller suspended the job
    def cancel(self) -> bool: ...  # False when it was done or failed before
    def watch(self) -> None: ...  # dispatch() will list this id once, when settled

@final
class Watch:
    """A wait for a job as of the thread that made it; dispatch() tells when to poll."""

    @property
    def id(self) -> int: ...
    @property
    def settled(self) -> bool: ...  # the manager is closed
    def poll(self) -> int | None: ...  # as Job.wait(); None: not yet, and watch() again
    def watch(self) -> None: ...  # dispatch() will list this id once, when there may be news
    def close(self) -> None: ...

@final
class RangeArray:
    """n >= 0 ranges, sorted, merged, read-only; buffer of n records {u64 offset, u64 length}."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int) -> Range: ...
    def __iter__(self) -> Iterator[Range]: ...
    @property
    def bytes(self) -> int: ...  # sum of the lengths
    def __buffer__(self, flags: int, /) -> memoryview: ...

@final
class RangeQueue:
    def __init__(self, capacity: int) -> None: ...
    @property
    def capacity(self) -> int: ...
    def attach(self, job: Job) -> int: ...  # the job's number in this queue's records
    def detach(self, job: Job) -> None: ...
    def drain(
        self, timeout: float | None
    ) -> RangeBatch: ...  # empty after the timeout; Ctrl-C interrupts it
    def close(self) -> None: ...

@final
class RangeBatch:
    """n >= 0 records {u32 job, u32 file, u64 offset, u64 length, u64 time_ns}, read-only buffer, zero-copy."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int) -> Range: ...
    def __iter__(self) -> Iterator[Range]: ...
    @property
    def lost(self) -> int: ...  # records lost to a full queue since the previous drain
    @property
    def generation(
        self,
    ) -> int: ...  # grows when ranges reported before became void (a file restarted)
    def __buffer__(self, flags: int, /) -> memoryview: ...
