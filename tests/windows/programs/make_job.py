# SPDX-License-Identifier: MIT
"""Makes a job for the URL and path it is given, resumes it, prints its id and ends."""

import sys

import bitscb3

url, path = sys.argv[1:]
with bitscb3.Manager(backend="bits") as manager:
    job = manager.create_job("made elsewhere")
    job.add_file(url, path)
    job.resume()
    print(job.id)
