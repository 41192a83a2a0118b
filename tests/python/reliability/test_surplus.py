# SPDX-License-Identifier: MIT
"""What a server sends behind an answer is no answer to the next request."""

from __future__ import annotations

from pathlib import Path

import pytest
from server_faults import BODY, DATA, RIGHT, as_chunks, wire

from bitscb3 import Settings
from bitscb3.testing import Fault, FaultServer, Request, Span
from support import PATIENCE, open_manager

NEXT = Span(50_000, 5_000)


def forged() -> bytes:
    """An answer to the next request in every respect but its bytes."""
    right = RIGHT(Request("GET", "/f", {}, (NEXT,)))
    return right.head() + b"E" * NEXT[1]


BEHIND: dict[str, Fault] = {
    "at once": wire(lambda r, b: (r.head() + b + forged(),)),
    "later": wire(lambda r, b: (r.head() + b, forged())),
    "later, in pieces": wire(lambda r, b: (r.head() + b, forged()[:100], forged()[100:])),
    "a byte": wire(lambda r, b: (r.head() + b, b"x")),
    "chunks, at once": as_chunks(BODY, b"0\r\n\r\n" + forged()),
    "chunks, later": as_chunks(BODY, b"0\r\n\r\n", forged()),
}


@pytest.mark.parametrize("name", BEHIND)
def test_behind_an_answer(name: str, tmp_path: Path, fault_server: FaultServer) -> None:
    """An answer nobody asked for, behind the right one, is never read: the next bytes are right."""
    with open_manager(tmp_path, Settings(reconnects=0)) as manager:
        job = manager.create_job(name, on_demand=True)
        file = job.add_file(fault_server.serve("/f", RIGHT), tmp_path / "f")
        file.request_ranges([(0, 1_000)]).result(PATIENCE)
        fault_server.serve("/f", RIGHT, BEHIND[name])
        file.request_ranges([(10_000, 1_000)]).result(PATIENCE)
        fault_server.wait_for(lambda records: all(record.finished for record in records))
        fault_server.serve("/f", RIGHT)
        file.request_ranges([NEXT]).result(PATIENCE)
        assert file.read(*NEXT) == DATA[50_000:55_000]
        assert file.read(10_000, 1_000) == DATA[10_000:11_000]
        job.cancel()
