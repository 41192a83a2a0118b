# SPDX-License-Identifier: MIT
"""Every request of a fault server with what became of it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from .messages import Record, Request


class Journal:
    """The records of a server, in the order the requests arrived.

    Threads:
        Any. One lock, never held while waiting for a client or calling a predicate.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._version = 0
        self._records: list[Record] = []

    def add(self, request: Request, connection: int) -> int:
        """Record a request and return its index."""
        record = Record(
            request.method,
            request.target,
            request.headers,
            request.ranges,
            request.body,
            connection=connection,
        )
        with self._changed:
            self._records.append(record)
            self._touch()
            return len(self._records) - 1

    def update(self, index: int, **changes: Any) -> None:
        """Change fields of a record."""
        with self._changed:
            self._records[index] = replace(self._records[index], **changes)
            self._touch()

    def send(self, index: int, connection: socket.socket, data: memoryview) -> int:
        """Send what a non-blocking socket takes and count it in one step.

        So a client that has read a byte finds it counted.

        Raises:
            BlockingIOError: The socket takes nothing.
            OSError: The connection is gone.
        """
        with self._changed:
            n_bytes = connection.send(data)
            record = self._records[index]
            self._records[index] = replace(record, bytes_sent=record.bytes_sent + n_bytes)
            self._touch()
            return n_bytes

    def records(self) -> list[Record]:
        """All records as they are at this moment."""
        with self._changed:
            return self._records.copy()

    def wait_for(self, predicate: Callable[[list[Record]], object], timeout: float) -> list[Record]:
        """Wait until the records satisfy a predicate, and return them.

        Args:
            predicate: Called with all records after every change.
            timeout: Longest wait in seconds.

        Raises:
            TimeoutError: It was not satisfied in time; the text shows the last records.
        """
        deadline = time.monotonic() + timeout
        while True:
            with self._changed:
                seen, records = self._version, self._records.copy()
            if predicate(records):
                return records
            with self._changed:
                left = deadline - time.monotonic()
                if left <= 0 or (self._version == seen and not self._changed.wait(left)):
                    raise TimeoutError(f"not seen in {timeout} s; last requests: {records[-3:]}")

    def _touch(self) -> None:
        self._version += 1
        self._changed.notify_all()
