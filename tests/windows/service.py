# SPDX-License-Identifier: MIT
"""The service BITS as Windows' service manager has it: whether it may start."""

from __future__ import annotations

import contextlib
import ctypes
import time
from collections.abc import Iterator

_advapi = ctypes.WinDLL("advapi32", use_last_error=True)
for _name in ("OpenSCManagerW", "OpenServiceW"):
    getattr(_advapi, _name).restype = ctypes.c_void_p
_ALL_ACCESS = 0xF003F
_SERVICE_ACCESS = 0xF01FF
_STOP, _STOPPED = 1, 1
_NO_CHANGE = ctypes.c_uint32(0xFFFFFFFF)
_ON_DEMAND, _DISABLED = 3, 4
_SECONDS = 30.0


@contextlib.contextmanager
def _bits() -> Iterator[ctypes.c_void_p]:
    manager = ctypes.c_void_p(_advapi.OpenSCManagerW(None, None, _ALL_ACCESS))
    service = ctypes.c_void_p(_advapi.OpenServiceW(manager, "BITS", _SERVICE_ACCESS))
    assert service, ctypes.WinError(ctypes.get_last_error())
    try:
        yield service
    finally:
        _advapi.CloseServiceHandle(service)
        _advapi.CloseServiceHandle(manager)


def _set_start(service: ctypes.c_void_p, start: int) -> None:
    done = _advapi.ChangeServiceConfigW(
        service, _NO_CHANGE, start, _NO_CHANGE, None, None, None, None, None, None, None
    )
    assert done, ctypes.WinError(ctypes.get_last_error())


def _stop(service: ctypes.c_void_p) -> None:
    status = (ctypes.c_uint32 * 7)()
    _advapi.ControlService(service, _STOP, status)
    deadline = time.monotonic() + _SECONDS
    while status[1] != _STOPPED:
        assert time.monotonic() < deadline
        time.sleep(0.05)
        assert _advapi.QueryServiceStatus(service, status)


@contextlib.contextmanager
def disabled() -> Iterator[None]:
    """The service is stopped, and nobody can start it, until this is left."""
    with _bits() as service:
        _set_start(service, _DISABLED)
        try:
            _stop(service)
            yield
        finally:
            _set_start(service, _ON_DEMAND)
