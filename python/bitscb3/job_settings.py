# SPDX-License-Identifier: MIT
"""What is set and read of a job: the properties of `Job`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .arguments import check_count, check_path, check_rate, check_seconds, check_text
from .enums import CostFlags, FileAclFlags, JobState, JobType, PeerCachingFlags, Priority
from .errors import E_ACCESSDENIED, BitsError

if TYPE_CHECKING:
    from uuid import UUID

    from . import _core
    from .calls import Calls

__all__ = ["MOST_DESCRIPTION", "MOST_NAME", "JobSettings"]

MOST_NAME = 256  # characters
MOST_DESCRIPTION = 1024
_MOST_BYTES = 2**64 - 1
_MILLISECOND = 0.001
_NO_CLASS = "00000000-0000-0000-0000-000000000000"


class JobSettings:
    """The base of `Job`: its properties. Each is one call of the service.

    Setters raise InvalidStateError once the job is completed or cancelled, and TypeError or
    ValueError for what is no such value, before anything is sent.
    """

    if TYPE_CHECKING:
        calls: Calls[_core.Job]

    @property
    def name(self) -> str:
        """A name for people, at most 256 characters; need not be unique."""
        with self.calls as core:
            return core.name

    @name.setter
    def name(self, name: str) -> None:
        text = check_text(name, "name", MOST_NAME)
        with self.calls as core:
            core.name = text

    @property
    def description(self) -> str:
        """A text for people, at most 1,024 characters."""
        with self.calls as core:
            return core.description

    @description.setter
    def description(self, description: str) -> None:
        text = check_text(description, "description", MOST_DESCRIPTION)
        with self.calls as core:
            core.description = text

    @property
    def owner(self) -> str:
        """Who made the job: a user id, a SID on Windows."""
        with self.calls as core:
            return core.owner

    @property
    def type(self) -> JobType:
        """What the job does."""
        with self.calls as core:
            return JobType(core.type)

    @property
    def priority(self) -> Priority:
        """Which jobs go first."""
        with self.calls as core:
            return Priority(core.priority)

    @priority.setter
    def priority(self, priority: Priority) -> None:
        with self.calls as core:
            core.priority = Priority(priority)

    @property
    def on_demand(self) -> bool:
        """True: transfer only what `File.request_ranges` asks for. Set it before `resume`."""
        with self.calls as core:
            return core.on_demand

    @on_demand.setter
    def on_demand(self, on_demand: bool) -> None:
        with self.calls as core:
            core.on_demand = bool(on_demand)

    @property
    def minimum_notification_interval(self) -> float:
        """Least time between two range events, or two modification events, in seconds."""
        with self.calls as core:
            return core.minimum_notification_interval * _MILLISECOND

    @minimum_notification_interval.setter
    def minimum_notification_interval(self, seconds: float) -> None:
        count = check_seconds(seconds, "minimum_notification_interval", _MILLISECOND)
        with self.calls as core:
            core.minimum_notification_interval = count

    @property
    def minimum_retry_delay(self) -> float:
        """Time in TRANSIENT_ERROR before the next try, in seconds; under 5 counts as 5."""
        with self.calls as core:
            return float(core.minimum_retry_delay)

    @minimum_retry_delay.setter
    def minimum_retry_delay(self, seconds: float) -> None:
        with self.calls as core:
            core.minimum_retry_delay = check_seconds(seconds, "minimum_retry_delay")

    @property
    def no_progress_timeout(self) -> float:
        """Time without a byte after which a transient error is final, in seconds; 0: at once."""
        with self.calls as core:
            return float(core.no_progress_timeout)

    @no_progress_timeout.setter
    def no_progress_timeout(self, seconds: float) -> None:
        with self.calls as core:
            core.no_progress_timeout = check_seconds(seconds, "no_progress_timeout")

    @property
    def state(self) -> JobState:
        """Where the job is in its life. Works after the end, too."""
        with self.calls as core:
            return JobState(core.state)

    @property
    def error_count(self) -> int:
        """How often the job was interrupted by errors; never falls."""
        with self.calls as core:
            return core.error_count

    @property
    def maximum_download_time(self) -> float:
        """Longest time the job may spend transferring after `resume`, in seconds."""
        with self.calls as core:
            return float(core.maximum_download_time)

    @maximum_download_time.setter
    def maximum_download_time(self, seconds: float) -> None:
        with self.calls as core:
            core.maximum_download_time = check_seconds(seconds, "maximum_download_time")

    @property
    def max_download_size(self) -> int | None:
        """Most bytes the job may download; more is an error. Set it before the first `resume`."""
        with self.calls as core:
            return core.max_download_size or None

    @max_download_size.setter
    def max_download_size(self, size: int) -> None:
        count = check_count(size, "max_download_size", 1, _MOST_BYTES)
        with self.calls as core:
            core.max_download_size = count

    @property
    def rate_limit(self) -> int | None:
        """Most bytes per second the job receives, all its files together; None: no limit.

        It may be set at any time and acts at once, also while the job transfers; the job keeps it
        in the store. `Manager.rate_limit` holds besides. The system's BITS has no such limits
        (BitsError).
        """
        with self.calls as core:
            return core.rate_limit or None

    @rate_limit.setter
    def rate_limit(self, rate: int | None) -> None:
        limit = check_rate(rate)
        with self.calls as core:
            core.rate_limit = limit

    @property
    def bytes_received(self) -> int:
        """Bytes of bodies that arrived for the job in this process, also those thrown away.

        `progress` tells what is on disk: it falls when a file begins anew, and starts above 0 in a
        job another process began. The system's BITS tells only that one.
        """
        with self.calls as core:
            return core.bytes_received

    @property
    def dynamic_content(self) -> bool:
        """True: the server makes the content anew for each request, so nothing is continued.

        The size need not be known and ranges are not asked for; an interruption begins the file
        again. Set it before the first `resume`; not together with `on_demand` or `ranges=`.
        """
        with self.calls as core:
            return core.dynamic_content

    @dynamic_content.setter
    def dynamic_content(self, dynamic: bool) -> None:
        with self.calls as core:
            core.dynamic_content = bool(dynamic)

    @property
    def high_performance(self) -> bool:
        """True: write straight to the final files, and do not record what is here.

        Nothing is renamed at `complete` and nothing removed at `cancel`; after a crash the files
        begin again. Set it before the first `add_file`.
        """
        with self.calls as core:
            return core.high_performance

    @high_performance.setter
    def high_performance(self, on: bool) -> None:
        with self.calls as core:
            core.high_performance = bool(on)

    @property
    def cost_flags(self) -> CostFlags:
        """The networks the job may use; on another one it waits in TRANSIENT_ERROR."""
        with self.calls as core:
            return CostFlags(core.cost_flags)

    @cost_flags.setter
    def cost_flags(self, flags: CostFlags) -> None:
        with self.calls as core:
            core.cost_flags = int(CostFlags(flags))

    @property
    def notify_command_line(self) -> tuple[str, str] | None:
        """A program to run when the job is transferred or fails, and its parameters; None: none.

        It runs where nobody listens: handlers, `events()` and `wait()` take its place. It has the
        rights of the process that runs the job. The first parameter should repeat the program. The
        embedded BITS runs programs only with `Settings(command_lines=1)`: a job in a store must not
        be a way in.
        """
        with self.calls as core:
            program, parameters = core.notify_command_line
        return (program, parameters) if program else None

    @notify_command_line.setter
    def notify_command_line(self, line: tuple[str, str] | None) -> None:
        program, parameters = ("", "") if line is None else line
        if program:
            program = check_path(program, "program")
        text = check_text(parameters, "parameters", 4000)
        with self.calls as core:
            try:
                core.notify_command_line = (program, text)
            except BitsError as error:
                if error.hresult != E_ACCESSDENIED:
                    raise
                raise BitsError(
                    E_ACCESSDENIED,
                    "programs are not run (E_ACCESSDENIED); allow them with "
                    "Manager(settings=Settings(command_lines=1))",
                ) from None

    @property
    def notification_clsid(self) -> UUID | None:
        """The class Windows activates for callbacks when the program is gone; kept elsewhere."""
        from uuid import UUID

        with self.calls as core:
            found = core.notification_clsid
        return None if found.lower() == _NO_CLASS else UUID(found)

    @notification_clsid.setter
    def notification_clsid(self, clsid: UUID | None) -> None:
        with self.calls as core:
            core.notification_clsid = _NO_CLASS if clsid is None else str(clsid)

    @property
    def owner_integrity_level(self) -> int:
        """Windows' integrity level of the owner; elsewhere 0x3000 for root, else 0x2000."""
        with self.calls as core:
            return core.owner_integrity_level

    @property
    def owner_elevated(self) -> bool:
        """Whether the owner made the job with an administrator's rights: as root."""
        with self.calls as core:
            return core.owner_elevated

    @property
    def peer_caching_flags(self) -> PeerCachingFlags:
        """What the job may share with neighbours on Windows."""
        with self.calls as core:
            return PeerCachingFlags(core.peer_caching_flags)

    @peer_caching_flags.setter
    def peer_caching_flags(self, flags: PeerCachingFlags) -> None:
        with self.calls as core:
            core.peer_caching_flags = int(PeerCachingFlags(flags))

    @property
    def file_acl_flags(self) -> FileAclFlags:
        """What is copied of owners and access rights from SMB, on Windows."""
        with self.calls as core:
            return FileAclFlags(core.file_acl_flags)

    @file_acl_flags.setter
    def file_acl_flags(self, flags: FileAclFlags) -> None:
        with self.calls as core:
            core.file_acl_flags = int(FileAclFlags(flags))
