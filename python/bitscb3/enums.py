# SPDX-License-Identifier: MIT
"""The contract's enumerations, with its numbers."""

from __future__ import annotations

import enum
from enum import IntFlag


class IntEnum(enum.IntEnum):
    """Numbers of the contract that print as their names."""

    def __str__(self) -> str:
        """The name."""
        return self.name

    def __format__(self, spec: str) -> str:
        """The name, as format() aligns a text."""
        return format(self.name, spec)


class JobType(IntEnum):
    """What a job does. The embedded BITS makes download jobs only."""

    DOWNLOAD = 0
    UPLOAD = 1
    UPLOAD_REPLY = 2


class Priority(IntEnum):
    """Which jobs go first: FOREGROUND jobs at once, the others as the levels above leave room."""

    FOREGROUND = 0
    HIGH = 1
    NORMAL = 2
    LOW = 3


class JobState(IntEnum):
    """Where a job is in its life."""

    QUEUED = 0  # waits for its turn
    CONNECTING = 1
    TRANSFERRING = 2
    SUSPENDED = 3  # never resumed, suspended by the caller, or on demand with nothing asked for
    ERROR = 4  # stopped by an error; resume() tries again
    TRANSIENT_ERROR = 5  # waits for the retry delay
    TRANSFERRED = 6  # every byte is here; complete() puts the files in place
    ACKNOWLEDGED = 7  # completed
    CANCELLED = 8

    @property
    def is_final(self) -> bool:
        """True for ACKNOWLEDGED and CANCELLED: the job takes no more calls."""
        return self >= JobState.ACKNOWLEDGED


class NotifyFlags(IntFlag):
    """Which events of a job the service sends."""

    JOB_TRANSFERRED = 0x01
    JOB_ERROR = 0x02
    DISABLE = 0x04  # none, whatever else is set
    JOB_MODIFICATION = 0x08
    FILE_TRANSFERRED = 0x10
    FILE_RANGES_TRANSFERRED = 0x20

    @classmethod
    def check(cls, value: int) -> NotifyFlags:
        """Return `value` as flags.

        Raises:
            TypeError: Not a whole number.
            ValueError: A bit that stands for no event.
        """
        if not isinstance(value, int) or isinstance(value, bool):
            raise TypeError(f"{value!r} is not NotifyFlags")
        if value & ~0x3F:
            raise ValueError(f"{value:#x} is not NotifyFlags: it has bits beyond 0x3f")
        return cls(value)


class ErrorContext(IntEnum):
    """Where an error happened."""

    NONE = 0
    UNKNOWN = 1
    GENERAL_QUEUE_MANAGER = 2
    QUEUE_MANAGER_NOTIFICATION = 3
    LOCAL_FILE = 4
    REMOTE_FILE = 5
    GENERAL_TRANSPORT = 6
    REMOTE_APPLICATION = 7
    SERVER_CERTIFICATE_CALLBACK = 8
