# SPDX-License-Identifier: MIT
"""The numbers the embedded BITS works with."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

from . import _core
from .arguments import check_count


@dataclass(frozen=True)
class Settings:
    """The numbers of one engine. The unit is in the name: `_s` seconds, `_ms` milliseconds.

    `Settings()` has numbers a program would choose; `Settings.bits()` has BITS' own. Change some
    by name, `Settings(connections_per_file=8)`, or in a copy with `dataclasses.replace()`. Where a
    field is a limit, 0 means none. The system's BITS has its own settings and takes none of these.

    Attributes:
        background_jobs: HIGH, NORMAL and LOW jobs that transfer at the same time.
        files_per_job: Files of one job that transfer at the same time.
        connections: Open connections, all hosts together.
        connections_per_host: Open connections to one host.
        connections_per_file: Open connections for one file.
        time_slice_ms: Of a background job that others wait for.
        command_lines: 1: `job.notify_command_line` runs programs; 0: it is refused.
        minimum_retry_delay_s: Of a new job; under 5 counts as 5.
        no_progress_timeout_s: Of a new job; 0: the first error is final.
        maximum_download_time_s: Of a new job.
        inactivity_timeout_s: A job nobody touched for so long is cancelled; 0: never.
        notification_interval_ms: Of a new job; least time between range events.
        connect_timeout_s: For name lookup, connection and TLS handshake together.
        stall_timeout_s: A connection that brings no byte for so long is dropped, up to six seconds
            later where bytes came before: libcurl measures the speed over that time.
        reconnects: Lost connections of a file made good before the job sees an error.
        head_first: 1: ask for the size with HEAD; 0: with the first GET.
        require_ranges: 1: a server without ranges is an error; 0: read the file through.
        redirects: Most redirects followed in one request.
        merge_gap_bytes: Wanted ranges no further apart become one request.
        jobs_per_user: Most jobs of one user in the store. Root is exempt from the limits of
            jobs, files and ranges.
        jobs_per_machine: Most jobs in the store, all users together.
        files_in_job: Most files in a job.
        ranges_in_file: Most ranges asked for in a file at the same time.
        url_chars: Longest URL.
        path_chars: Longest local path.

    Raises:
        TypeError: An unknown name, or a value that is not an int.
        ValueError: A value that is negative or over 2**32 - 1.
    """

    background_jobs: int = 8
    files_per_job: int = 16
    connections: int = 32
    connections_per_host: int = 8
    connections_per_file: int = 4
    time_slice_ms: int = 300_000
    command_lines: int = 0

    minimum_retry_delay_s: int = 5
    no_progress_timeout_s: int = 60
    maximum_download_time_s: int = 7_776_000
    inactivity_timeout_s: int = 7_776_000
    notification_interval_ms: int = 0
    connect_timeout_s: int = 15
    stall_timeout_s: int = 20

    reconnects: int = 4
    head_first: int = 0
    require_ranges: int = 0
    redirects: int = 10
    merge_gap_bytes: int = 0

    jobs_per_user: int = 0
    jobs_per_machine: int = 0
    files_in_job: int = 0
    ranges_in_file: int = 0
    url_chars: int = 65_536
    path_chars: int = 4_095

    def __post_init__(self) -> None:
        """Check every field."""
        for field in fields(self):
            check_count(getattr(self, field.name), f"Settings.{field.name}")

    @classmethod
    def bits(cls) -> Settings:
        """BITS' own numbers, to the letter."""
        return cls(**_core.settings_bits())

    def to_dict(self) -> dict[str, int]:
        """Every field by name."""
        return asdict(self)
