# SPDX-License-Identifier: MIT
"""What many commands share: options, the manager, and which job is meant."""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from bitscb3.errors import BitsError, InvalidStateError, JobNotFoundError
from bitscb3.job import Job
from bitscb3.manager import Manager

from .exits import WrongUseError
from .parsing import to_age
from .speaker import one_line

__all__ = [
    "add_common",
    "add_give_up",
    "add_jobs",
    "choose_job",
    "choose_jobs",
    "living_jobs",
    "open_manager",
    "program",
    "store_folder",
    "with_store",
]


def add_common(parser: argparse.ArgumentParser, *, service: bool = True, json: bool = True) -> None:
    """Add the options of every command; `service`: it talks to a BITS."""
    if service:
        group = parser.add_argument_group("the service")
        group.add_argument(
            "--store", metavar="FOLDER", help="folder of the job store; default: the user's"
        )
        group.add_argument(
            "--backend",
            choices=("auto", "bits", "engine"),
            default="auto",
            help="the system's BITS, the embedded one, or which there is; default: auto",
        )
    if json:
        parser.add_argument(
            "--json", action="store_true", help="write JSON; docs/command-line.md has the fields"
        )


def add_jobs(parser: argparse.ArgumentParser, *, several: bool = True, needed: bool = True) -> None:
    """Add the argument JOB."""
    parser.add_argument(
        "job" if not several else "jobs",
        metavar="JOB",
        nargs=None if not several else "+" if needed else "*",
        help="its id, the beginning of it, or its name; `bitscb3 list` shows them",
    )


def add_give_up(parser: argparse.ArgumentParser) -> None:
    """Add the option how long to try."""
    parser.add_argument(
        "--give-up-after",
        metavar="TIME",
        type=to_age,
        help="fail once nothing came for so long: 30s, 10min, 2h; 0s at the first error; "
        "default: a minute, 14 days with the system's BITS",
    )


def program() -> str:
    """How this program was called, for commands to copy."""
    called = Path(sys.argv[0] if sys.argv else "")
    if called.name == "__main__.py":
        return f"{Path(sys.executable).stem} -m bitscb3"
    if called.name == "bitscb3" and shutil.which("bitscb3") != str(called):
        return shlex.quote(str(called))  # as `.venv/bin/bitscb3`: the shell finds no other way
    return "bitscb3"


def with_store(options: argparse.Namespace, *words: str) -> str:
    """A command to copy that means the same store as this one."""
    more = [] if options.store is None else ["--store", options.store]
    more += [] if options.backend == "auto" else ["--backend", options.backend]
    more += ["--ca", options.ca] if getattr(options, "ca", None) else []
    return f"{program()} {shlex.join([*words, *more])}"


def store_folder(options: argparse.Namespace) -> Path:
    """Where the embedded BITS keeps its jobs, as it finds it itself."""
    if options.store is not None:
        return Path(options.store).absolute()
    if os.name == "nt":
        return Path(os.environ.get("LOCALAPPDATA", ""), "bitscb3")
    state = os.environ.get("XDG_STATE_HOME", "")
    if os.path.isabs(state):  # noqa: PTH117 (an empty text is no path)
        return Path(state, "bitscb3")
    return Path(os.environ.get("HOME", ""), ".local/state/bitscb3")


def open_manager(options: argparse.Namespace, *, make: bool = False) -> Manager:
    """Open the service that the options name.

    Args:
        options: With `store`, `backend` and, of `get`, `ca`.
        make: Whether a store that is named and not there is made, or a mistake.
    """
    if options.store is not None:
        folder = Path(options.store)
        if folder.exists() and not folder.is_dir():
            raise WrongUseError(f"--store {options.store} is no folder; name one")
        if not make and not folder.exists():
            raise WrongUseError(f"there is no store {options.store}; check --store")
    try:
        return Manager(options.backend, options.store, ca_file=getattr(options, "ca", None))
    except (TypeError, ValueError) as error:
        raise WrongUseError(str(error)) from None


def living_jobs(manager: Manager) -> Iterator[Job]:
    """The jobs, but those that end just now."""
    for job in manager.jobs():
        with contextlib.suppress(JobNotFoundError, InvalidStateError):
            if not job.state.is_final:
                yield job


def choose_jobs(manager: Manager, texts: list[str]) -> list[Job]:
    """The jobs that are meant, each once; raises WrongUseError."""
    return list(dict.fromkeys(choose_job(manager, text) for text in texts))


def choose_job(manager: Manager, text: str) -> Job:
    """The job of that id, name, or beginning of an id; raises WrongUseError."""
    try:
        return manager.job(UUID(text))
    except ValueError:
        pass
    except JobNotFoundError:
        raise WrongUseError(_missing(text)) from None
    found = []
    for job in living_jobs(manager):
        with contextlib.suppress(JobNotFoundError, InvalidStateError):
            found.append((str(job.id), job.name, job))
    named = [one for one in found if one[1] == text]
    meant = named or [one for one in found if text and one[0].startswith(text.lower())]
    if not meant:
        raise WrongUseError(_missing(text))
    if len(meant) > 1:
        ids = ", ".join(_shown(job) for _, _, job in meant[:5]) + (", …" if len(meant) > 5 else "")
        raise WrongUseError(
            f"{one_line(text)!r} means {len(meant)} jobs; give one of the ids {ids}"
        )
    return meant[0][2]


def _shown(job: Job) -> str:
    """The beginning of its id, and where its first file goes."""
    where = ""
    with contextlib.suppress(BitsError):
        where = "".join(f" ({one_line(file.local_name)})" for file in job.files[:1])
    return f"{str(job.id)[:13]}{where}"


def _missing(text: str) -> str:
    return f"there is no job {one_line(text)!r}; `bitscb3 list` shows those there are"
