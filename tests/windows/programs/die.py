# SPDX-License-Identifier: MIT
"""Downloads with the embedded BITS and dies in the middle, once something is recorded: exit code 9.

die.py STORE URL PATH
"""

import ctypes
import sys
import time

import bitscb3

store, url, path = sys.argv[1:]
manager = bitscb3.Manager(backend="engine", store=store)
job = manager.create_job("killed")
job.add_file(url, path)
job.resume()
with bitscb3.Manager(backend="engine", store=store) as other:  # which sees what the store has
    deadline = time.monotonic() + 30
    while not other.job(job.id).file(0).filled_ranges():
        assert time.monotonic() < deadline
        time.sleep(0.05)
ctypes.windll.kernel32.TerminateProcess(ctypes.c_void_p(-1), 9)
