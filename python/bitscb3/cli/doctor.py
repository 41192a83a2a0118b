# SPDX-License-Identifier: MIT
"""`bitscb3 doctor`: what works here, what does not, and how to mend it."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator

from bitscb3 import _core
from bitscb3.errors import BitsError, StoreError
from bitscb3.manager import Manager

from .checks import (
    check_authorities,
    check_jobs,
    check_proxies,
    check_service,
    check_store,
    check_versions,
    ok,
    problem,
)
from .common import add_common, open_manager, store_folder
from .exits import DONE, FAILED
from .listing import open_leases
from .records import Check
from .speaker import Speaker, one_line

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.description = (
        "Look at the installation, the service, the store, TLS and proxies. Each line is ok, "
        "warning or problem; the exit code is 1 when there is a problem."
    )
    add_common(parser)


def run(options: argparse.Namespace, speaker: Speaker) -> int:
    """Run the command; returns the exit code."""
    found = []
    for check in _checks(options):
        found.append(check)
        speaker.say(f"{check['status']:<8} {check['check']:<10} {one_line(check['text'])}")
        if check["advice"]:
            speaker.say(f"{'':<19} -> {one_line(check['advice'])}")
    speaker.record(found)
    return FAILED if any(check["status"] == "problem" for check in found) else DONE


def _checks(options: argparse.Namespace) -> Iterator[Check]:
    yield from check_versions()
    yield from check_authorities()
    yield from check_proxies(os.environ)
    engine = options.backend == "engine" or (options.backend == "auto" and os.name != "nt")
    if engine and not _core.has_engine():
        yield problem("service", "this build has no embedded BITS", "install one that has it")
        return
    if engine:
        stored = list(check_store(store_folder(options)))
        yield from stored
        if any(check["status"] == "problem" for check in stored):
            return
    if engine and not store_folder(options).exists():
        # A look is not to leave a store behind.
        with tempfile.TemporaryDirectory(prefix="bitscb3-") as folder:
            try:
                with Manager("engine", folder) as manager:
                    yield from check_service(manager)
            except BitsError as error:
                yield problem("service", str(error), "see the text")
        return
    try:
        manager = open_manager(options)
    except StoreError as error:
        yield problem(
            "damage", str(error), f"move {store_folder(options)} away; jobs in it are lost"
        )
        return
    except BitsError as error:
        yield problem("service", str(error), "see the text")
        return
    with manager, open_leases(manager, options) as leases:
        if manager.backend == "engine":
            yield ok("damage", "the store is sound")
        yield from check_service(manager)
        yield from check_jobs(manager, leases)
