# SPDX-License-Identifier: MIT
"""Many threads that call everything at once, on the same objects."""

from __future__ import annotations

import inspect
import logging
import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from call_recipes import FUNCTIONS, INTERNAL, RECIPES
from call_storm import World, finish, storm

import bitscb3
from bitscb3.testing import Nginx
from support import open_manager

THREADS = 8


class Errors(logging.Handler):
    """What is logged as an error. It formats no traceback.

    Before Python 3.13 that parses source, in threads at once with wrong results.
    """

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.errors: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        self.errors.append(f"{record.name}: {record.getMessage()} ({error!r})")


def public_calls(kind: type) -> dict[str, bool]:
    """What of a class is to be called, by name: whether it can only be read."""
    found: dict[str, bool] = {}
    for name in dir(kind):
        if name.startswith("_") or name in INTERNAL.get(kind, ()):
            continue
        thing = inspect.getattr_static(kind, name)
        readable = isinstance(thing, property) or inspect.isdatadescriptor(thing)
        found[name] = readable
        if isinstance(thing, property) and thing.fset is not None:
            found[f"{name}="] = False
    return found


def all_steps(world: World) -> list[tuple[str, Callable[[], object]]]:
    """Every public call, ready to be done."""
    steps: list[tuple[str, Callable[[], object]]] = [
        (name, partial(recipe, world, None)) for name, recipe in FUNCTIONS.items()
    ]
    for kind, recipes in RECIPES.items():

        def read(kind: type, name: str) -> None:
            getattr(world.subject(kind), name)

        def act(kind: type, name: str) -> object:
            return RECIPES[kind][name](world, world.subject(kind))

        for name, readable in public_calls(kind).items():
            if readable:
                steps.append((f"{kind.__name__}.{name}", partial(read, kind, name)))
        steps += [(f"{kind.__name__}.{name}", partial(act, kind, name)) for name in recipes]
    return steps


def test_every_public_method_has_a_recipe() -> None:
    """No public method of a shared object is missing from the storm, and no recipe is for none."""
    for kind, recipes in RECIPES.items():
        callable_names = {name for name, readable in public_calls(kind).items() if not readable}
        assert callable_names == {
            name for name in recipes if not name.startswith("__") and name != "_repr_html_"
        }, kind
    functions = {name for name in bitscb3.__all__ if inspect.isfunction(getattr(bitscb3, name))}
    assert functions == {*FUNCTIONS, "default_manager"}


@pytest.mark.skipif(not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="this Python has a GIL")
def test_importing_needs_no_gil() -> None:
    """In a Python without a GIL the package does not bring it back."""
    code = "import sys, bitscb3; sys.exit(sys._is_gil_enabled())"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHON_GIL"}
    subprocess.run([sys.executable, "-W", "error", "-c", code], env=environment, check=True)


@pytest.mark.timeout(240)
def test_storm(
    tmp_path: Path,
    nginx: Nginx,
    www: Path,
    is_long: bool,
    figure: Callable[[str, object], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Eight threads call all methods of shared objects while the manager closes, and all goes well.

    Nothing hangs, nothing is raised that is not promised, no range is told twice, every file that
    is there is whole, and what is left can be had.
    """
    calls = files = 0
    log = Errors()
    for name in ("bitscb3", "asyncio"):
        monkeypatch.setattr(logging.getLogger(name), "propagate", False)
        monkeypatch.setattr(logging.getLogger(name), "handlers", [log])
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for number in range(20 if is_long else 2):
            folder = tmp_path / str(number)
            folder.mkdir()
            manager = open_manager(folder)
            world = World(manager, nginx, www, folder, seed=1000 * number)
            storm(world, all_steps(world), THREADS, 2.0)
            with open_manager(folder) as again:
                finish(again)
            files += world.check_files()
            calls += sum(world.calls.values())
    finally:
        sys.setswitchinterval(interval)
    # Who leaves a block cannot cancel the job of a manager that is closed.
    errors = {
        error
        for error in log.errors
        if "could not be cancelled" not in error or "CO_E_OBJNOTCONNECTED" not in error
    }
    assert not errors, errors
    figure("calls made by the storm of threads", calls)
    figure("files whole after the storm", files)
    assert calls > 300
    assert files > 0
