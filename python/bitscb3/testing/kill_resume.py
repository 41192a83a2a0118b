# SPDX-License-Identifier: MIT
"""Programs that are killed at a given moment, and what a later one finds in their store."""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import TracebackType
from typing import IO, Any, BinaryIO, Final, TypeAlias

from bitscb3.errors import BitsError
from bitscb3.manager import Manager

__all__ = ["KillResume", "Moment"]

_TICK_S: Final = 0.01
_LAST_WORDS: Final = 4000  # characters of what the program wrote that an error shows
_BOOT: Final = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); "
    "from bitscb3.testing.kill_resume import run_program; run_program()"
)

Moment: TypeAlias = Callable[[str], None]
"""What a program calls with the name of a moment at which it may be killed."""


class KillResume:
    """Runs a program in a process of its own, kills it at a moment, and opens its store again.

        def program(store, moment, url, path):   # at the top of a module
            manager = bitscb3.Manager("engine", store)
            job = manager.create_job("a")
            job.add_file(url, path)
            job.resume()
            moment("resumed")
            job.wait()
            moment("whole")
            job.complete()

        with KillResume(tmp_path / "store") as kill_resume:
            manager = kill_resume(program, url, path, at="resumed")
            (job,) = manager.resume_all()

    The process is killed with SIGKILL, on Windows with TerminateProcess: nothing of it runs any
    more, no finally, no handler at exit. What it prints appears on the standard error stream once
    it is dead.

    Args:
        store: The folder of the jobs.
        open_manager: Opens a manager on the store; None: the embedded BITS with its defaults. It is
            closed when the context is left.

    Threads:
        One at a time.
    """

    def __init__(
        self, store: Path | str, open_manager: Callable[[], Manager] | None = None
    ) -> None:
        self.store: Path = Path(store)
        """The folder of the jobs."""
        self._open = open_manager or (lambda: Manager("engine", self.store))
        self._opened = contextlib.ExitStack()

    def __call__(
        self,
        program: Callable[..., object],
        *arguments: object,
        at: str | Callable[[Manager], object],
        timeout: float = 30.0,
    ) -> Manager:
        """Run `program(store, moment, *arguments)`, kill it, and open the store.

        Args:
            program: A function at the top of a module, which is imported in the process.
            arguments: What pickle can carry.
            at: The name of a moment: it is killed inside of `moment(name)`, which does not return
                then. Or a function that is called a hundred times a second with a manager that
                looks at the store meanwhile: it is killed once that returns something true; errors
                of BITS and LookupError count as "not yet". What is in the store is up to a second
                older than what has happened.
            timeout: Longest wait for the moment, in seconds.

        Returns:
            A fresh manager on the store; the one before was closed, as a second program would find
            its jobs taken.

        Raises:
            RuntimeError: The program ended before the moment; the text holds its last words.
            TimeoutError: The moment did not come in time. The program is dead, too.
            TypeError: `program` is not such a function.
        """
        self._opened.close()
        order = pickle.dumps(_address_of(program)) + pickle.dumps((str(self.store), arguments))
        with contextlib.ExitStack() as looking:
            manager = None if isinstance(at, str) else looking.enter_context(self._open())
            with _Process(program.__name__, order) as process:
                process.run_until(at, manager, time.monotonic() + timeout, timeout)
        return self._opened.enter_context(self._open())

    def __enter__(self) -> KillResume:
        """This object."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the manager."""
        self._opened.__exit__(kind, error, trace)


class _Process:
    """The process of a program; it is dead when the context was left.

    It writes the name of each moment as a line, and waits for one before it goes on.
    """

    def __init__(self, name: str, order: bytes) -> None:
        self._name = name
        self._order = order
        self._words: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed by __exit__)
        self._moments: queue.SimpleQueue[str | None] = queue.SimpleQueue()  # None: it ended
        self._seen: list[str] = []

    def __enter__(self) -> _Process:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _BOOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._words,
        )
        assert self._process.stdin is not None
        self._answers = self._process.stdin
        self._reader = threading.Thread(
            target=self._read, args=(self._process.stdout,), name="bitscb3-kill-resume", daemon=True
        )
        self._reader.start()
        self._answer(pickle.dumps(sys.path) + self._order)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        with contextlib.suppress(OSError):  # it was dead, and something was not written yet
            self._answers.close()
        print(self._last_words(), end="", file=sys.stderr)
        self._words.close()

    def run_until(
        self,
        at: str | Callable[[Manager], object],
        manager: Manager | None,
        deadline: float,
        timeout: float,
    ) -> None:
        """Return when the moment is there, while the process still lives."""
        while True:
            with contextlib.suppress(queue.Empty):
                moment = self._moments.get(timeout=_TICK_S)
                if moment is None:
                    self._process.wait()
                    raise RuntimeError(self._explain(f"ended before {_named(at)}"))
                self._seen.append(moment)
                if moment == at:
                    return
                self._answer(b"\n")
            if manager is not None and not isinstance(at, str):
                with contextlib.suppress(BitsError, LookupError):
                    if at(manager):
                        return
            if time.monotonic() >= deadline:
                raise TimeoutError(self._explain(f"did not come to {_named(at)} in {timeout} s"))

    def _read(self, stream: BinaryIO) -> None:
        with stream:
            for line in stream:
                self._moments.put(line.decode().rstrip("\r\n"))
        self._moments.put(None)

    def _answer(self, data: bytes) -> None:
        with contextlib.suppress(OSError):  # it ended, which the reader tells
            self._answers.write(data)
            self._answers.flush()

    def _explain(self, what: str) -> str:
        came = ", ".join(map(repr, self._seen)) or "none"
        words = self._last_words() or "nothing"
        return f"{self._name}() {what}; moments: {came}; it wrote: {words}"

    def _last_words(self) -> str:
        self._words.seek(0)
        return self._words.read().decode(errors="replace")[-_LAST_WORDS:]


def run_program() -> None:
    """Run what the parent orders on the standard input stream; the child's part of `KillResume`."""
    orders = sys.stdin.buffer
    moments = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what the program prints is no moment
    name, path, function = pickle.load(orders)  # noqa: S301 - of the parent
    module = _load(name, path)
    store, arguments = pickle.load(orders)  # noqa: S301 - which may be of classes of the module

    def moment(name: str) -> None:
        """Tell the parent, which kills this process now or lets it go on."""
        moments.write(name.encode() + b"\n")
        if not orders.readline():
            os._exit(1)  # the parent is gone

    getattr(module, function)(Path(store), moment, *arguments)


def _address_of(program: Callable[..., object]) -> tuple[str, str, str]:
    """Module, file and name."""
    module = sys.modules.get(getattr(program, "__module__", None) or "")
    name = getattr(program, "__qualname__", "")
    path = getattr(module, "__file__", None)
    if module is None or path is None or getattr(module, name, None) is not program:
        raise TypeError(
            f"{program!r} cannot be run in another process; give a function that is defined at the "
            "top of a module"
        )
    return module.__name__, path, name


def _load(name: str, path: str) -> Any:
    """The module, also where its folder is not one that Python looks in."""
    with contextlib.suppress(ImportError):
        module = import_module(name)
        if getattr(module, "__file__", None) == path:
            return module
    spec = spec_from_file_location("bitscb3_program" if name == "__main__" else name, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # by which pickle finds classes of the arguments
    spec.loader.exec_module(module)
    return module


def _named(at: object) -> str:
    return f"the moment {at!r}" if isinstance(at, str) else "what it was waited for"
