# SPDX-License-Identifier: MIT
"""Downloads with the embedded BITS and dies in the middle, without an end of anything: exit code 9.

    die.py STORE URL PATH
"""

import sys
import threading

import bitscb3
from bitscb3 import Settings

store, url, path = sys.argv[1:]
settings = Settings(connections_per_file=1, files_per_job=1)
manager = bitscb3.Manager(backend="engine", store=store, settings=settings)
job = manager.create_job("killed")
file = job.add_file(url, path)
arrived = threading.Semaphore(0)
job.on_ranges(lambda job, file, ranges: arrived.release())
job.resume()
while sum(length for _, length in file.filled_ranges() if arrived.acquire(timeout=30)) < 1_000_000:
    pass
with bitscb3.Manager(backend="engine", store=store) as reader:  # sees what is recorded
    recorded = reader.job(job.id).file(0)
    while not recorded.filled_ranges():
        threading.Event().wait(0.05)

import ctypes

ctypes.windll.kernel32.TerminateProcess(ctypes.c_void_p(-1), 9)
