# SPDX-License-Identifier: MIT
"""What is timed: a program for each library, `python -m benchmarks.programs.NAME TASK SPEC`.

Each TASK is the same work for all: `large` one file, `files` many small ones, `ranges` parts of one
file, each written to its place on disk. SPEC is the file that `benchmarks.work` wrote.
"""
