# SPDX-License-Identifier: MIT
"""Ends without closing its manager: with callbacks that live, or in the middle of a transfer.

    leave.py callbacks|running URL PATH

Its exit code is 7, which it chose.
"""

import sys
import threading

import bitscb3

how, url, path = sys.argv[1:]
manager = bitscb3.Manager(backend="bits")
job = manager.create_job(f"left with {how}")
job.add_file(url, path)
begun = threading.Event()
over = threading.Event()
job.on_ranges(lambda job, file, ranges: begun.set())
job.on_transferred(lambda job: over.set())
job.on_modified(lambda job: None)
job.resume()
assert (begun if how == "running" else over).wait(30)
sys.exit(7)
