# SPDX-License-Identifier: MIT
"""A process that is killed again and again, at moments nobody chose: what its store claims is so."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from crash_program import SIZES, files_of
from lives import Lives

from bitscb3.testing import FaultServer

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")


@pytest.mark.timeout(3600)
def test_killed_at_any_moment(
    fault_server: FaultServer,
    tmp_path: Path,
    is_long: bool,
    figure: Callable[[str, object], None],
) -> None:
    """However often a program dies, nothing it recorded is wrong, lost, untold or fetched again."""
    lives = Lives(tmp_path, fault_server, random.randrange(1 << 32))
    with lives.named():
        while lives.kills < (1000 if is_long else 50):
            lives.run()
        lives.run(is_last=True)
        lives.check_end()
    needed = sum(SIZES[index] for number in lives.said("ended") for index in files_of(number))
    sent = sum(record.bytes_sent for record in fault_server.requests)
    figure("kills survived", lives.kills)
    figure("kills while the journal had a complete() or cancel()", lives.kills_while_ending)
    figure("kills while it had a complete()", lives.kills_while_completing)
    figure("jobs that ended", len(lives.said("ended")))
    figure("ends of jobs told after a reopening", lives.events_told_later)
    figure("recorded bytes compared after kills", lives.bytes_checked)
    figure("recorded bytes fetched again", lives.bytes_asked_again)
    figure("bytes sent for those jobs, and their sizes", f"{sent}, {needed}")
