// SPDX-License-Identifier: MIT
// planted_race.cpp - a data race, for scripts/thread-sanitizer to see that one is reported.

namespace {
long touched = 0;
}

/// Threads: two at once, of Python, which is the fault.
extern "C" void touch() {
    for (int i = 0; i < 100000; ++i)
        ++touched;
}
