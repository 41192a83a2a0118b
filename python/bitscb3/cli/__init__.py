# SPDX-License-Identifier: MIT
"""The command `bitscb3`; docs/command-line.md is its manual.

Exit codes: 0 done, 1 the transfer failed, 2 wrong use, 130 interrupted.

A command is a module with `add_arguments(parser)` and `run(options, speaker)`; only the module of
the command that is called is imported.
"""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from .exits import DONE, FAILED, INTERRUPTED, WRONG_USE, WrongUseError, heed_signals
from .parsing import HelpWanted, Parser
from .speaker import Speaker, one_line

__all__ = ["COMMANDS", "main", "make_parser"]

COMMANDS = {  # by name: the module, and what it does
    "get": ("get", "download files; the same command goes on after an interruption"),
    "list": ("listing", "list the jobs"),
    "info": ("info", "show all about a job"),
    "watch": ("watch", "watch jobs as they go, whichever process runs them"),
    "suspend": ("life", "suspend jobs"),
    "resume": ("resume", "go on with jobs that were left behind"),
    "cancel": ("life", "cancel jobs and delete what is here of them"),
    "complete": ("life", "put the files of whole jobs in place"),
    "ranges": ("filled", "list which bytes of a job's files are here"),
    "gc": ("gc", "show what was left behind, and remove it"),
    "doctor": ("doctor", "check installation, service, store, TLS and proxies"),
    "bench": ("bench", "measure a download beside curl"),
    "demo": ("demo", "show on a local nginx how ranges arrive"),
    "completion": ("completion", "print a script that completes this command in a shell"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: Without the program's name; None: the process's own.

    Returns:
        The exit code.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    speaker = Speaker(as_json="--json" in words)  # until the options are known
    try:
        with heed_signals():
            return speaker.close(_run(words, speaker))
    except WrongUseError as error:
        speaker.complain(str(error))
        return speaker.close(WRONG_USE)
    except KeyboardInterrupt:
        return speaker.close(INTERRUPTED)
    except (OSError, RuntimeError, MemoryError) as error:  # BitsError among them; no descriptors
        speaker.complain(error)
        return speaker.close(FAILED)


def make_parser(only: str | None = None) -> Parser:
    """The parser with the options of every command, or of `only` that one."""
    from bitscb3 import __version__

    parser = Parser(
        prog="bitscb3",
        description="Download files, and see which byte ranges have arrived.",
        epilog="Exit codes: 0 done, 1 the transfer failed, 2 wrong use, 130 interrupted.",
    )
    parser.add_argument("--version", action="version", version=f"bitscb3 {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, (_, help) in COMMANDS.items():
        command = commands.add_parser(name, help=help)
        if only in (None, name):
            _module_of(name).add_arguments(command)
    return parser


def _run(words: list[str], speaker: Speaker) -> int:
    name = next((word for word in words if not word.startswith("-")), None)
    if name is not None and name not in COMMANDS:
        close = difflib.get_close_matches(name, COMMANDS, 1)
        hint = f"did you mean {close[0]}? " if close else ""
        raise WrongUseError(
            f"there is no command {one_line(name)!r}; {hint}`bitscb3 --help` lists them"
        )
    parser = make_parser(name or "")
    try:
        options, rest = parser.parse_known_args(words)
    except HelpWanted as wanted:
        speaker.script(str(wanted).rstrip())
        return DONE
    if rest:
        raise WrongUseError(_complaint(parser, name, rest[0]))
    if options.command is None:
        speaker.script(parser.format_help().rstrip())
        return WRONG_USE
    options.words = words
    speaker.as_json = getattr(options, "json", False)
    speaker.quiet = getattr(options, "quiet", False)
    code: int = _module_of(options.command).run(options, speaker)
    return code


def _complaint(parser: Parser, name: str | None, word: str) -> str:
    """What is wrong about a word that the command does not take."""
    prog = "bitscb3" if name is None else f"bitscb3 {name}"
    option = word.partition("=")[0]
    if not option.startswith("-"):
        return f"{one_line(word)!r} is one argument too many; see `{prog} --help`"
    known = re.findall(r"--[a-z0-9-]+", "" if name is None else parser.command(name).format_help())
    if option in known:
        return f"{option} belongs behind the command: {prog} {option}"
    close = difflib.get_close_matches(option, known, 1)
    hint = f"did you mean {close[0]}? see" if close else "see"
    return f"there is no option {one_line(option)}; {hint} `{prog} --help`"


def _module_of(name: str) -> Any:
    return import_module(f".{COMMANDS[name][0]}", __name__)
