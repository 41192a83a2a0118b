# SPDX-License-Identifier: MIT
"""What ties bitscb3 to other libraries and services; each module needs an extra of its own."""
