# SPDX-License-Identifier: MIT
"""A computer whose BITS cannot be reached. These tests stop the service: they come last."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import service

from bitscb3 import BackendUnavailableError, Job, Manager, TransferError, _core

pytestmark = pytest.mark.wine
SECONDS = 30.0


def test_disabled() -> None:
    """A disabled service is said to be so, with the command that enables it."""
    with (
        service.disabled(),
        pytest.raises(BackendUnavailableError, match=r"disabled .*sc config bits") as caught,
    ):
        Manager(backend="bits")
    assert caught.value.hresult == 0x80070422
    assert caught.value.name == "ERROR_SERVICE_DISABLED"


def test_auto_without_the_service(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The default is then the embedded BITS, which is logged; without it, the same error."""
    with service.disabled():
        if _core.has_engine():
            with Manager(store=tmp_path) as manager:
                assert manager.backend == "engine"
            assert "disabled" in caplog.text
        else:
            with pytest.raises(BackendUnavailableError, match="disabled"):
                Manager()


def test_service_that_ends_meanwhile(tmp_path: Path) -> None:
    """A service that ended is told to handlers and calls; a new manager starts it again."""
    told: list[TransferError] = []
    over = threading.Event()
    with Manager(backend="bits") as manager:
        job = manager.create_job("orphan")
        job.add_file("http://127.0.0.1/", tmp_path / "file")

        @job.on_error
        def failed(job: Job, error: TransferError) -> None:
            told.append(error)
            over.set()

        with service.disabled():
            assert over.wait(SECONDS)
            with pytest.raises(BackendUnavailableError, match="Open a new Manager"):
                job.state  # noqa: B018 - raises
        with pytest.raises(BackendUnavailableError):
            manager.create_job("another")
    assert "Open a new Manager" in str(told[0])
    with Manager(backend="bits") as manager:
        manager.create_job("again").cancel()
