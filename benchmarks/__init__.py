# SPDX-License-Identifier: MIT
"""Measurements that compare with a peer in the same run; nothing here is a timed test."""
