# SPDX-License-Identifier: MIT
"""`bitscb3 completion`: what a shell needs to complete the command."""

from __future__ import annotations

import argparse

from .exits import DONE, FAILED
from .speaker import Speaker

__all__ = ["SHELLS", "add_arguments", "run"]

SHELLS = ("bash", "zsh", "tcsh", "fish")
_FILES = ("--input", "--output", "--ca")
_FOLDERS = ("--store",)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.description = (
        "Print a script that completes commands, options and paths. bash: put `source "
        "<(bitscb3 completion bash)` into ~/.bashrc. zsh: write it to a file _bitscb3 in a folder "
        "of $fpath. fish: write it to ~/.config/fish/completions/bitscb3.fish."
    )
    parser.add_argument("shell", metavar="SHELL", choices=SHELLS, help=", ".join(SHELLS))


def run(options: argparse.Namespace, speaker: Speaker) -> int:
    """Run the command; returns the exit code."""
    try:
        import shtab
    except ImportError:
        speaker.complain('this needs the package shtab: pip install "bitscb3[cli]"')
        return FAILED
    if options.shell not in shtab.SUPPORTED_SHELLS:
        known = ", ".join(shtab.SUPPORTED_SHELLS)
        speaker.complain(f"this shtab knows only {known}; pip install --upgrade shtab")
        return FAILED
    from . import COMMANDS, make_parser

    parser = make_parser()
    for name in COMMANDS:
        for action in parser.command(name)._actions:
            kind = _kind_of(action)
            if kind is not None:
                action.complete = getattr(shtab, kind)  # type: ignore[attr-defined]
    speaker.script(shtab.complete(parser, options.shell))
    return DONE


def _kind_of(action: argparse.Action) -> str | None:
    if not set(_FILES).isdisjoint(action.option_strings):
        return "FILE"
    return "DIRECTORY" if not set(_FOLDERS).isdisjoint(action.option_strings) else None
