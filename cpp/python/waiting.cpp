// SPDX-License-Identifier: MIT
// waiting.cpp - waits that Ctrl-C interrupts; see common.hpp.

#include "python/common.hpp"

#include <chrono>
#include <cmath>
#include <thread>

namespace bitscb3 {

namespace {

// The thread that imported the module: as good as always the one that Python handles signals in.
const std::thread::id kSignalThread = std::this_thread::get_id();

// A signal between the last look and the wait is found after this long.
constexpr std::chrono::milliseconds kSlice(200);

} // namespace

Instant deadline_after(const std::optional<double>& seconds) {
    if (!seconds) return kForever;
    if (std::isnan(*seconds) || *seconds < 0) {
        throw py::value_error("timeout must be None or at least 0 seconds");
    }
    constexpr double kLongest = 1e9; // seconds; beyond is for ever
    if (*seconds > kLongest) return kForever;
    const auto span = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(*seconds));
    return later(std::chrono::steady_clock::now(), span);
}

WaitResult wait_interruptibly(const std::optional<double>& seconds,
                              const std::function<WaitResult(Instant)>& wait) {
    const Instant deadline = deadline_after(seconds);
    const bool handles_signals = std::this_thread::get_id() == kSignalThread;
    for (;;) {
        Instant until = deadline;
        if (handles_signals)
            until = std::min(until, later(std::chrono::steady_clock::now(), kSlice));
        WaitResult result = WaitResult::kDone;
        {
            const py::gil_scoped_release released;
            result = wait(until);
        }
        const bool sliced = result == WaitResult::kTimedOut && until != deadline;
        if (PyErr_CheckSignals() != 0) throw py::error_already_set();
        if (result != WaitResult::kInterrupted && !sliced) return result;
    }
}

} // namespace bitscb3
