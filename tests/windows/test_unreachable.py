# SPDX-License-Identifier: MIT
"""A computer whose BITS cannot be reached. These tests stop the service: they come last."""

from __future__ import annotations

import pytest
import service

from bitscb3 import BackendUnavailableError, InvalidStateError, Manager, _core

pytestmark = pytest.mark.wine


def test_disabled() -> None:
    """A disabled service is said to be so, with the command that enables it."""
    with (
        service.disabled(),
        pytest.raises(BackendUnavailableError, match=r"disabled .*sc config bits") as caught,
    ):
        Manager(backend="bits")
    assert caught.value.hresult == 0x80070422
    assert caught.value.name == "ERROR_SERVICE_DISABLED"


def test_auto_without_the_service(tmp_path: object) -> None:
    """The default is then the embedded BITS, in a build that has it; without it, the same error."""
    with service.disabled():
        if _core.has_engine():
            with Manager(store=str(tmp_path)) as manager:
                assert manager.backend == "engine"
        else:
            with pytest.raises(BackendUnavailableError, match="disabled"):
                Manager()


def test_service_that_stops_meanwhile() -> None:
    """A service that went away is an error, and a new manager finds it once it is back."""
    with Manager(backend="bits") as manager:
        job = manager.create_job("orphan")
        with service.disabled(), pytest.raises((BackendUnavailableError, InvalidStateError)):
            job.state  # noqa: B018 - raises
        with pytest.raises((BackendUnavailableError, InvalidStateError)):
            manager.create_job("another")
    with Manager(backend="bits") as manager:
        assert manager.jobs() == [] or manager.jobs()
