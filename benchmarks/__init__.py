# SPDX-License-Identifier: MIT
"""How fast bitscb3 is, beside the programs that do the same work: `python -m benchmarks`."""
