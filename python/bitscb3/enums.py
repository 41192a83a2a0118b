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


class AuthTarget(IntEnum):
    """Who asks for a login."""

    SERVER = 1
    PROXY = 2


class AuthScheme(IntEnum):
    """How a login is given. The embedded BITS knows all but PASSPORT."""

    BASIC = 1
    DIGEST = 2
    NTLM = 3
    NEGOTIATE = 4
    PASSPORT = 5


class ProxyUsage(IntEnum):
    """Where a job finds its proxy."""

    PRECONFIG = 0  # the system's settings: http_proxy, https_proxy, all_proxy and no_proxy
    NO_PROXY = 1
    OVERRIDE = 2  # the job's own list
    AUTODETECT = 3  # on the embedded BITS as PRECONFIG


class CertificateStore(IntEnum):
    """Where Windows looks for a client certificate; elsewhere it makes no difference."""

    CURRENT_USER = 0
    LOCAL_MACHINE = 1
    CURRENT_SERVICE = 2
    SERVICES = 3
    USERS = 4
    CURRENT_USER_GROUP_POLICY = 5
    LOCAL_MACHINE_GROUP_POLICY = 6
    LOCAL_MACHINE_ENTERPRISE = 7


class SecurityFlags(IntFlag):
    """What a job does about redirects and about faults of a server's certificate.

    Of the REDIRECT flags at most one of REPORT and DISALLOW is set; none: redirects are followed
    silently, though never from https to http.
    """

    ENABLE_CRL_CHECK = 0x0001  # refuse revoked certificates; see Manager(crl_file=…)
    IGNORE_CERT_CN_INVALID = 0x0002  # of another host
    IGNORE_CERT_DATE_INVALID = 0x0004
    IGNORE_UNKNOWN_CA = 0x0008
    IGNORE_CERT_WRONG_USAGE = 0x0010
    REDIRECT_REPORT = 0x0100  # followed; File.remote_name becomes the new address
    REDIRECT_DISALLOW = 0x0200  # an error; File.remote_name becomes the new address
    REDIRECT_ALLOW_HTTPS_TO_HTTP = 0x0800


class CostFlags(IntFlag):
    """Networks by what they cost: a state of the network, or the states a job may use."""

    UNRESTRICTED = 0x1
    CAPPED_USAGE_UNKNOWN = 0x2
    BELOW_CAP = 0x4
    NEAR_CAP = 0x8
    OVERCAP_CHARGED = 0x10
    OVERCAP_THROTTLED = 0x20
    USAGE_BASED = 0x40
    ROAMING = 0x80
    IGNORE_CONGESTION = 0x80000000

    TRANSFER_UNRESTRICTED = 0x80000021
    TRANSFER_STANDARD = 0x80000067
    TRANSFER_NO_SURCHARGE = 0x8000006F
    TRANSFER_NOT_ROAMING = 0x8000007F
    TRANSFER_ALWAYS = 0x800000FF


class PeerCachingFlags(IntFlag):
    """What a job may share with its neighbours. Kept, without effect, off Windows."""

    ENABLE_CLIENT = 1
    ENABLE_SERVER = 2
    DISABLE_BRANCH_CACHE = 4


class FileAclFlags(IntFlag):
    """What is copied of a file's owner and access rights from SMB; kept, unused, on HTTP."""

    OWNER = 1
    GROUP = 2
    DACL = 4
    SACL = 8
