# SPDX-License-Identifier: MIT
"""To test downloads with: HTTP servers on loopback, a clock that the test moves, and sudden death.

    with Nginx(folder) as nginx:                      # the real thing
        url = nginx.url("/file.bin")

    with FaultServer() as server:                     # what servers do wrong, to order
        url = server.serve("/a.bin", Resource(Content(1_000_000)), stall_after(4096, release))

    with CheckedManager("engine", store, clock=FakeClock()) as manager: ...

    with KillResume(store) as kill_resume:            # killed, and adopted by the next process
        manager = kill_resume(program, url, path, at="resumed")

With pytest they are fixtures: `pytest --fixtures` lists them.

A behaviour (`Resource`, `status`, `redirect`, `raw`, or any function from `Request` to `Response`)
answers; faults (all other functions in lower case that return a `Fault`) change the answer.
Beside bitscb3 itself this package needs the standard library only.
"""

from .checked_manager import CheckedManager
from .clock import FakeClock
from .content import Content, Source, write_file, write_sparse
from .faults import (
    MultiRange,
    change_after,
    chunked,
    compressed,
    cut_after,
    flaky,
    header,
    ignore_range,
    ignores_conditions,
    long_body,
    lying_206,
    multi_range,
    no_content_length,
    no_etag,
    no_validators,
    other_range,
    raw,
    redirect,
    refuse_head,
    short_body,
    stall_after,
    status,
    weak_etag,
    wrong_total,
)
from .kill_resume import KillResume, Moment
from .messages import Behaviour, Fault, Hangup, Record, Request, Response, Stall, Step
from .nginx import LogRecord, Nginx
from .resource import Multipart, Resource
from .server import FaultServer
from .spans import Span, merged, parse_ranges

__all__ = [
    "Behaviour",
    "CheckedManager",
    "Content",
    "FakeClock",
    "Fault",
    "FaultServer",
    "Hangup",
    "KillResume",
    "LogRecord",
    "Moment",
    "MultiRange",
    "Multipart",
    "Nginx",
    "Record",
    "Request",
    "Resource",
    "Response",
    "Source",
    "Span",
    "Stall",
    "Step",
    "change_after",
    "chunked",
    "compressed",
    "cut_after",
    "flaky",
    "header",
    "ignore_range",
    "ignores_conditions",
    "long_body",
    "lying_206",
    "merged",
    "multi_range",
    "no_content_length",
    "no_etag",
    "no_validators",
    "other_range",
    "parse_ranges",
    "raw",
    "redirect",
    "refuse_head",
    "short_body",
    "stall_after",
    "status",
    "weak_etag",
    "write_file",
    "write_sparse",
    "wrong_total",
]
