# SPDX-License-Identifier: MIT
"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

from .measure import ROOT

_PACKAGES = ("pycurl", "obstore", "aiohttp", "fsspec")
_PROGRAMS = {"curl": r"curl (\S+)", "aria2c": r"version (\S+)", "wget": r"Wget (\S+)"}


def describe() -> dict[str, str]:
    """Commit, processor, compiler, system and versions."""
    return {
        "commit": _first(["git", "-C", str(ROOT), "describe", "--always", "--dirty"]),
        "cpu": f"{_cpu()}, {os.cpu_count()} cores",
        "compiler": _first(["c++", "--version"]),
        "system": f"{_system()}, Linux {platform.release()}",
        "python": platform.python_version(),
        "peers": ", ".join(_peers()),
    }


def _first(command: list[str]) -> str:
    """The first line a command prints; a question mark when it cannot be run."""
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return "?"
    return done.stdout.partition("\n")[0]


def _cpu() -> str:
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    found = re.search(r"model name\s*: (.*)", text)
    return found.group(1) if found else platform.machine()


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.system()


def _peers() -> list[str]:
    found = []
    for name, pattern in _PROGRAMS.items():
        if shutil.which(name):
            version = re.search(pattern, _first([name, "--version"]))
            found.append(f"{name} {version.group(1) if version else '?'}")
    for name in _PACKAGES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    return found
