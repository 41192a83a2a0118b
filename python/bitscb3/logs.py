# SPDX-License-Identifier: MIT
"""The log: which loggers there are, and what their records carry.

| logger | level | what it tells |
| --- | --- | --- |
| `bitscb3` | ERROR | a handler, or another function of the program, raised |
| | WARNING | what the service did otherwise than it was asked |
| | INFO | what the service cannot do |
| `bitscb3.job` | ERROR | a job stopped in the state ERROR; with the code |
| | INFO | a job was created, transferred, completed, cancelled |
| | DEBUG | it was resumed or suspended, an error is tried again, a file begins anew |
| `bitscb3.http` | DEBUG | what libcurl says of each request, as `curl -v`; see `Manager.verbose` |

Every record has these attributes, for formatters and filters; None where it is not about such:

| attribute | type | of |
| --- | --- | --- |
| `bits_event` | str | a job; one of `EVENTS` |
| `bits_job` | str | the job's id |
| `bits_job_name` | str | the job's name |
| `bits_file` | int | the file's index in `job.files` |
| `bits_url` | str | the file's URL, without query and user info |
| `bits_hresult` | int | the code of what went wrong |
| `bits_code` | str | its name, "BG_E_HTTP_ERROR_404" |
| `bits_transfer` | int | the number of the request in its manager, from 1 |
| `bits_line` | str | libcurl's line: "*" words, ">" of a request's head, "<" of a response's |

What the program's own calls do to a job is told by themselves, and so is a failure that `wait`, a
handler or a stream learns of. The rest takes events of the service, which cost something: they are
asked for, on behalf of the log, for jobs that are resumed while `bitscb3.job` is enabled for INFO,
and for DEBUG those of its changes and ranges, too. Flags that were set as `job.notify_flags` win.

`bitscb3` has no handler, so that without any configuration Python prints its warnings and errors.
Its two children have a NullHandler: what they tell reaches the program as an exception as well.
No record holds a secret: see `cpp/engine/redaction.hpp` for libcurl's lines.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    import logging

__all__ = [
    "DEBUG",
    "ERROR",
    "EVENTS",
    "HTTP",
    "INFO",
    "JOB",
    "MAIN",
    "WARNING",
    "About",
    "is_enabled",
    "log",
    "log_exception",
    "logger",
]

MAIN: Final = "bitscb3"
JOB: Final = "bitscb3.job"
HTTP: Final = "bitscb3.http"

# Those of logging, which is imported only once there is something to log.
DEBUG: Final = 10
INFO: Final = 20
WARNING: Final = 30
ERROR: Final = 40


EVENTS: Final = (
    "created",
    "resumed",
    "suspended",
    "retried",
    "restarted",
    "transferred",
    "completed",
    "cancelled",
    "failed",
)


class About(NamedTuple):
    """What a record is about: the attributes of the table above, without "bits_"."""

    event: str | None = None
    job: str | None = None
    job_name: str | None = None
    file: int | None = None
    url: str | None = None
    hresult: int | None = None
    code: str | None = None
    transfer: int | None = None
    line: str | None = None

    def extra(self) -> dict[str, object]:
        """As logging takes it."""
        return {f"bits_{name}": value for name, value in self._asdict().items()}


_NOTHING: Final = About()


def is_enabled(name: str, level: int) -> bool:
    """Whether a record would be made. While nobody imported logging, nobody wants INFO or DEBUG."""
    if level < WARNING and "logging" not in sys.modules:
        return False
    return logger(name).isEnabledFor(level)


def log(
    name: str,
    level: int,
    message: str,
    *arguments: object,
    about: About = _NOTHING,
    exc_info: bool = False,
) -> None:
    """Log `message % arguments` on the logger `name`.

    Threads:
        Any, with no lock of ours held: it runs the program's logging handlers.
    """
    if is_enabled(name, level):
        logger(name).log(level, message, *arguments, exc_info=exc_info, extra=about.extra())


def log_exception(message: str, *arguments: object, about: About = _NOTHING) -> None:
    """Log the exception being handled on the logger "bitscb3"."""
    log(MAIN, ERROR, message, *arguments, about=about, exc_info=True)


def logger(name: str) -> logging.Logger:
    """The logger of that name."""
    import logging

    found = logging.getLogger(name)
    if name != MAIN and not found.handlers:
        found.addHandler(logging.NullHandler())
    return found
