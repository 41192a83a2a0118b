# SPDX-License-Identifier: MIT
"""`bitscb3 get`: download files, and go on where an earlier attempt stopped."""

from __future__ import annotations

import argparse
import shlex

from bitscb3.enums import Priority, ProxyUsage
from bitscb3.http_options import ProxySettings

from .common import add_common, add_give_up, open_manager, program, with_store
from .downloading import Downloading
from .exits import DONE, FAILED, WrongUseError
from .order_list import read_orders
from .orders import JobFinder, JobOptions, unfinished
from .parsing import to_header, to_pieces, to_sha256, to_size
from .speaker import Speaker, one_line

__all__ = ["add_arguments", "run"]

_MOST_SHOWN = 3  # unfinished jobs in the advice how to go on
_PRIORITIES = [level.name.lower() for level in Priority]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.description = (
        "Download files. Interrupted, what is here stays parked in the job store; the same command "
        "goes on. A file gets its name once it is whole, in place of one that has it."
    )
    add = parser.add_argument
    add("urls", metavar="URL", nargs="*", help="http, https or file; it is encoded where need be")
    add(
        *("-i", "--input"),
        metavar="FILE",
        action="append",
        help="a list of URLs, - for standard input; lines are [SHA256] URL [PATH], # a comment",
    )
    add(
        *("-o", "--output"),
        metavar="PATH",
        help="the file, or an existing folder for it; default: here",
    )
    add("--sha256", metavar="HEX", type=to_sha256, help="what the file's SHA-256 must be")
    add(
        "--ranges",
        metavar="RANGES",
        type=to_pieces,
        help="only these bytes, one after another in the file: 0-65535,1048576- as in HTTP and "
        "curl, so the last byte belongs to the range",
    )
    add(
        "--limit-rate",
        metavar="RATE",
        type=to_size,
        help="bytes per second, all files together: 500k, 2M",
    )
    add_give_up(parser)
    add("--priority", choices=_PRIORITIES, help="which jobs go first; default: normal")
    add(
        "--header",
        metavar="HEADER",
        type=to_header,
        action="append",
        help="'Name: value' to send; @FILE reads them from a file, @- from standard input: others "
        "see a command line in ps",
    )
    add("--proxy", metavar="ADDRESS", help="host:port, or none; default: the system's settings")
    add("--ca", metavar="FILE", help="PEM file of the authorities to trust")
    add("-q", "--quiet", action="store_true", help="say nothing but what goes wrong")
    add_common(parser)


def run(options: argparse.Namespace, speaker: Speaker) -> int:
    """Run the command; returns the exit code."""
    headers = [pair for pairs in options.header or () for pair in pairs]
    settings = JobOptions(
        None if options.priority is None else Priority[options.priority.upper()],
        dict(headers) or None,
        _to_proxy(options.proxy),
        options.give_up_after,
    )
    orders = read_orders(options)
    with open_manager(options, make=True) as manager:
        if options.limit_rate is not None:
            manager.rate_limit = options.limit_rate
        work = Downloading(manager, speaker, settings, len(orders))
        try:
            finder = JobFinder(manager)
            for order in orders:
                work.begin(order, finder)
            work.follow()
        except KeyboardInterrupt:
            _say_how_to_go_on(options, speaker, work)
            raise
    if len(orders) > 1:
        work.say_sum()
    return FAILED if work.failed else DONE


def _to_proxy(address: str | None) -> ProxySettings | None:
    if address is None:
        return None
    if address == "none":
        return ProxySettings(ProxyUsage.NO_PROXY)
    if address.split() != [address] or "@" in address:
        raise WrongUseError("--proxy takes host:port without a login, or none")
    return ProxySettings(ProxyUsage.OVERRIDE, (address,))


def _say_how_to_go_on(options: argparse.Namespace, speaker: Speaker, work: Downloading) -> None:
    jobs = unfinished(work.jobs())
    if not jobs:
        speaker.complain("interrupted; nothing is left behind")
        return
    if _is_secret(options):  # not for logs
        command = with_store(
            options, "resume", "--complete", *(str(job.id)[:13] for job in jobs[:_MOST_SHOWN])
        )
        text = f"the same command goes on, or {command}"
    else:
        text = f"the same command goes on: {program()} {shlex.join(options.words)}"
    speaker.complain(f"interrupted; {one_line(text)}")


def _is_secret(options: argparse.Namespace) -> bool:
    """Whether the command line has something to hide: a query may be a key."""
    return bool(options.header) or any("?" in url or "@" in url for url in options.urls)
