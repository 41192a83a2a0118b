# SPDX-License-Identifier: MIT
"""What a manager did and does, in numbers."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["ManagerStats"]


class ManagerStats(NamedTuple):
    """The numbers of a manager at one moment, from `Manager.stats()`.

    Counters only grow while the manager is open, so a rate is the difference of two divided by the
    time between them. Gauges tell what is now. All but `records_lost` are the embedded BITS'; with
    the system's BITS they are 0.
    """

    bytes_received: int = 0
    """Counter, bytes: bodies that arrived, also those that were thrown away."""
    bytes_written: int = 0
    """Counter, bytes: written to the temporary files."""
    requests_sent: int = 0
    """Counter: HTTP requests; the redirects and logins of one belong to it."""
    requests_succeeded: int = 0
    """Counter: of them, those that brought what they were sent for."""
    requests_failed: int = 0
    """Counter: of them, those that a lost connection, an error status or a bad answer ended. The
    others were stopped here, or told something else of use, such as a new version of the file."""
    connections_opened: int = 0
    """Counter: connections made; the fewer for the requests, the more were used again."""
    reconnects: int = 0
    """Counter: lost connections that another request made good."""
    retries: int = 0
    """Counter: times that a job went into TRANSIENT_ERROR to try again later."""
    restarts: int = 0
    """Counter: times that a file began anew: it changed on the server, or was lost here."""
    range_events: int = 0
    """Counter: range events that were delivered, each of one file and one or more ranges."""
    ranges_delivered: int = 0
    """Counter: the ranges in them."""
    records_lost: int = 0
    """Counter: ranges that found the queue full (`queue_capacity`) and were looked up instead."""
    commits: int = 0
    """Counter: batches written to the store."""
    jobs: int = 0
    """Gauge: jobs that this manager has made, changed or resumed and that have not ended."""
    jobs_running: int = 0
    """Gauge: of them, those that are CONNECTING or TRANSFERRING."""
    transfers_running: int = 0
    """Gauge: requests under way, and copies of files of this machine."""
    transfers_paused: int = 0
    """Gauge: of them, those that wait for a rate limit."""
