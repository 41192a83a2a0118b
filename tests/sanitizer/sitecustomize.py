# SPDX-License-Identifier: MIT
"""Imported by every Python that scripts/thread-sanitizer starts: only those have ThreadSanitizer.

The launcher preloads its library. Servers, compilers and shells that tests start are not to have it;
a Python that they start is, through the launcher.
"""

import os
import sys

os.environ.pop("LD_PRELOAD", None)
sys.executable = os.environ["BITSCB3_SANITIZED_PYTHON"]
