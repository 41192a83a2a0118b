# SPDX-License-Identifier: MIT
"""Builds and runs the parts of the benchmarks that are written in C++."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

from .measure import ROOT

_TARGETS = ("bench_push", "bench_range_set", "bench_feeder", "bench_bare")


class Native:
    """The native parts, built in `build/bench`.

    BITSCB3_QUEUES names a folder with headers of queues that the system has no package of.

    Raises:
        RuntimeError: They cannot be built; the text says what is missing.
    """

    def __init__(self) -> None:
        """Build them, as far as that was not done before."""
        cmake = shutil.which("cmake")
        if cmake is None:
            raise RuntimeError("cmake is not installed: pip install cmake ninja")
        build = ROOT / "build/bench"
        options = ["-DCMAKE_BUILD_TYPE=Release", "-DBITSCB3_BENCHMARKS=ON"]
        if queues := os.environ.get("BITSCB3_QUEUES"):
            options.append(f"-DBITSCB3_QUEUES={queues}")
        if shutil.which("ninja"):
            options += ["-G", "Ninja"]
        self._do([cmake, "-S", str(ROOT), "-B", str(build), *options])
        self._do([cmake, "--build", str(build), "-j", "2", "--target", *_TARGETS])
        self._folder = build / "benchmarks/native"

    @property
    def feeder(self) -> Path:
        """The library that calls callbacks."""
        return self._folder / "libbench_feeder.so"

    @property
    def bare(self) -> Path:
        """The program that receives and writes, and nothing else."""
        return self._folder / "bench_bare"

    def run(self, name: str) -> dict[str, dict[str, dict[str, float]]]:
        """What a program prints."""
        printed = subprocess.run(
            [str(self._folder / name)], check=True, capture_output=True, text=True
        )
        found: dict[str, dict[str, dict[str, float]]] = json.loads(printed.stdout)
        return found

    @staticmethod
    def _do(command: list[str]) -> None:
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(
                f"{' '.join(command[:3])} failed:\n{done.stdout[-2000:]}{done.stderr}"
            )
