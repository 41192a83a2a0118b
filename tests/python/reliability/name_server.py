# SPDX-License-Identifier: MIT
"""A name server that knows one address, or none."""

from __future__ import annotations

import socket
import threading

from wire import Host

SERVFAIL, NXDOMAIN = 2, 3  # source: RFC 1035, section 4.1.1
_END = b"end"


class NameServer:
    """Answers for any name, while its context is entered.

    Args:
        host: Where it runs.
        at: The address it is asked at.
        code: What it answers while it knows no address; None: nothing.

    Threads:
        One that answers.
    """

    def __init__(self, host: Host, at: str, code: int | None) -> None:
        self.address = ""
        """The IPv4 address of every name; empty: it knows none."""
        self._host, self._at, self._code = host, at, code
        with host.entered():
            self._socket = socket.socket(type=socket.SOCK_DGRAM)
            self._socket.bind((at, 53))
        self._thread = threading.Thread(target=self._answer, name="name-server", daemon=True)

    def __enter__(self) -> NameServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._host.entered(), socket.socket(type=socket.SOCK_DGRAM) as end:
            end.sendto(_END, (self._at, 53))
        self._thread.join()
        self._socket.close()

    def _answer(self) -> None:
        while True:
            query, client = self._socket.recvfrom(4096)
            if query == _END:
                return
            code = 0 if self.address else self._code
            if code is None:
                continue
            end = query.index(b"\0", 12) + 1  # of the name
            found = b""
            if self.address and query[end : end + 2] == b"\0\1":
                # a pointer to the name; A, IN, 60 s, 4 bytes
                found = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton(self.address)
            head = query[:2] + bytes([0x81, 0x80 | code, 0, 1, 0, bool(found), 0, 0, 0, 0])
            self._socket.sendto(head + query[12 : end + 4] + found, client)
