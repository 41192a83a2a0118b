// SPDX-License-Identifier: MIT
// planted_race.cpp - a data race, for scripts/thread-sanitizer to see that one is reported.

#include <atomic>
#include <thread>

namespace {
std::atomic<int> inside{0}; // relaxed: it orders nothing
volatile long touched = 0;
} // namespace

/// Threads: two at once, of Python, which is the fault.
extern "C" void touch() {
    inside.fetch_add(1, std::memory_order_relaxed);
    while (inside.load(std::memory_order_relaxed) < 2) std::this_thread::yield();
    // Many times: ThreadSanitizer may miss two accesses that come at the very same time.
    for (int i = 0; i < 1000; ++i) touched = touched + 1;
}
