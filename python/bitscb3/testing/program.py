# SPDX-License-Identifier: MIT
"""A server program on loopback with a folder of its own, which ends with its context."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import ClassVar, TypeVar

HOST = "127.0.0.1"
TICK_S = 0.005

_START_S = 10.0
_GRACE_S = 0.25
_STOP_S = 5.0
_PROGRAM_FOLDERS = [os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"]
_HOMES = ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")  # variables; the program's folder to it

P = TypeVar("P", bound="Program")


class Program(ABC):
    """A server that runs while its context is entered.

    Raises:
        FileNotFoundError: It is not installed; the text names the package (on entering).
        RuntimeError: It did not start; the text holds its own words (on entering).
        ValueError: A value cannot be written into its configuration (on entering).

    Threads:
        One at a time, where nothing else is said.
    """

    name: ClassVar[str]
    package: ClassVar[str]
    """Debian's."""
    gentle_signal: ClassVar[int] = signal.SIGTERM
    """Asks for the end; responses that are being sent may end first."""

    def __init__(self) -> None:
        self.port: int = 0  # before the context is entered

    def __enter__(self: P) -> P:
        """Start the program and return once it accepts connections."""
        path = shutil.which(self.name, path=os.pathsep.join(_PROGRAM_FOLDERS))
        if path is None:
            raise FileNotFoundError(
                f"{self.name} was not found; on Debian and Ubuntu: apt-get install {self.package}"
            )
        self._temporary = tempfile.TemporaryDirectory(prefix=f"bitscb3-{self.name}-")
        self.folder: Path = Path(self._temporary.name)
        self._reserved, self.port = _reserve_port()
        try:
            self._start(path)
        except BaseException:
            self._clean()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the program: at once if idle, a moment later if it is sending something."""
        try:
            self._stop()
            self._collect()
        finally:
            self._clean()

    @abstractmethod
    def _command(self, program: str) -> list[str]:
        """Write the configuration for `self.port` and return what to run."""

    def _collect(self) -> None:  # noqa: B027 (need not be overridden)
        """Read what the program leaves behind, after its end."""

    def _words(self) -> str:
        """What the program wrote about a failure."""
        texts = [self.folder / name for name in ("output", "error.log")]
        return "\n".join(path.read_text("latin-1") for path in texts if path.exists())

    def _start(self, program: str) -> None:
        command = self._command(program)
        with (self.folder / "output").open("wb") as output:
            self._process = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**os.environ, **dict.fromkeys(_HOMES, str(self.folder))},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C does not reach it: leaving the context stops it
            )
        deadline = time.monotonic() + _START_S
        try:
            while not _accepts(self.port):
                if self._has_ended(TICK_S) or time.monotonic() >= deadline:
                    raise RuntimeError(f"{self.name} did not start: {self._words()}")
        except BaseException:
            self._stop()
            raise

    def _stop(self) -> None:
        self._process.send_signal(self.gentle_signal)
        if self._has_ended(_GRACE_S):
            return
        self._process.terminate()
        if not self._has_ended(_STOP_S):
            os.killpg(self._process.pid, signal.SIGKILL)  # with its own children
            self._process.wait()

    def _clean(self) -> None:
        self._reserved.close()
        self._temporary.cleanup()

    def _has_ended(self, timeout: float) -> bool:
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        return True


def _reserve_port() -> tuple[socket.socket, int]:
    """A port, and a socket that keeps others from being given it.

    The socket never listens, so on Linux a server may bind the port too. Elsewhere it may not, and
    the socket is closed: another program may be faster to bind the port.
    """
    reserved = socket.socket()
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reserved.bind((HOST, 0))
    port: int = reserved.getsockname()[1]
    if not sys.platform.startswith("linux"):
        reserved.close()
    return reserved, port


def _accepts(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True
