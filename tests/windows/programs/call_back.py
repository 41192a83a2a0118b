# SPDX-License-Identifier: MIT
"""A second process: takes the callback object of a job from the service and calls it.

With a job's id: calls JobModification, FileTransferred, JobError and JobTransferred, and prints
their results. With interfaces behind it: prints whether the object answers to them.
"""

import ctypes
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

from com import Unknown, in_apartment

import bitscb3

CALLBACK2 = "659cdeac-489e-11d9-a9cd-000d56965251"
identity, *interfaces = sys.argv[1:]

with in_apartment(0), bitscb3.Manager(backend="bits") as manager:
    job = Unknown(manager.job(identity).com_pointer, borrowed=True)
    callback = job.get_notify_interface()
    if interfaces:
        print(*("yes" if callback.answers(one) else "no" for one in interfaces))
    else:
        callback = callback.query(CALLBACK2)
        file = job.first_file()
        print(callback.call(5, job.pointer, ctypes.c_uint32(0)))
        print(callback.call(6, job.pointer, file.pointer))
        print(callback.call(4, job.pointer, None))
        print(callback.call(3, job.pointer))
        del file
    del callback, job
