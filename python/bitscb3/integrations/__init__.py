# SPDX-License-Identifier: MIT
"""What bitscb3 has for other libraries, each in a module of its own with that library's name."""
