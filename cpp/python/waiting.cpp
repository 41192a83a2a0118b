// SPDX-License-Identifier: MIT
// waiting.cpp - waits that Ctrl-C interrupts; see common.hpp.

#include "base/wakeup.hpp"
#include "python/common.hpp"

#include <array>
#include <chrono>
#include <cmath>
#include <exception>
#include <thread>

#if !defined(_WIN32)
#include <fcntl.h>
#include <unistd.h>
#endif

namespace bitscb3 {

namespace {

// The thread that imported the module: as good as always the one that Python handles signals in.
const std::thread::id kSignalThread = std::this_thread::get_id();

// Where signals cannot be waited for, they are looked for so often.
constexpr std::chrono::milliseconds kSlice(200);

#if defined(_WIN32)

struct SignalWatch {
    [[nodiscard]] bool works() const noexcept { return false; }
    void clear() noexcept {}
};

#else

/// While it lives, a signal for which Python has a handler ends every wait of the signal thread,
/// whichever thread the system runs the handler in, and also when that happened before the wait.
/// It does not work where the program has a wake-up descriptor of its own, as asyncio does.
/// Threads: the signal thread, with the GIL.
class SignalWatch {
  public:
    SignalWatch() {
        static pid_t owner = -1;
        static std::array<int, 2> ends{-1, -1};
        if (owner != getpid()) { // a forked child has one of its own
            owner = getpid();
            ends = make_pipe();
        }
        if (ends[0] < 0) return;
        const int before = set_wakeup_fd(ends[1], false);
        if (before == -1) {
            owns_ = true;
            read_ = ends[0];
            interruption_.emplace(read_);
        } else if (before == ends[1]) { // a signal handler waits inside of a wait
            read_ = ends[0];
        } else if (before >= 0) {
            set_wakeup_fd(before, true);
            char signal = 0; // that came in between is the other's
            while (read(ends[0], &signal, 1) == 1 && write(before, &signal, 1) == 1) {
            }
        }
    }
    SignalWatch(const SignalWatch&) = delete;
    SignalWatch& operator=(const SignalWatch&) = delete;
    ~SignalWatch() {
        if (owns_) set_wakeup_fd(-1, true);
    }

    [[nodiscard]] bool works() const noexcept { return read_ >= 0; }
    /// What came is about to be handled.
    void clear() noexcept {
        char dump[64];
        while (works() && read(read_, dump, sizeof dump) > 0) {
        }
    }

  private:
    static constexpr int kRefused = -2;

    /// The descriptor before; kRefused outside of Python's main thread.
    static int set_wakeup_fd(int descriptor, bool warn) noexcept {
        try {
            const auto set = py::module_::import("_signal").attr("set_wakeup_fd");
            return set(descriptor, py::arg("warn_on_full_buffer") = warn).cast<int>();
        } catch (const std::exception&) {
            return kRefused;
        }
    }
    static std::array<int, 2> make_pipe() {
        std::array<int, 2> ends{-1, -1};
        if (pipe(ends.data()) != 0) return {-1, -1}; // signals are then looked for
        for (const int end : ends) {
            fcntl(end, F_SETFD, FD_CLOEXEC);
            fcntl(end, F_SETFL, O_NONBLOCK);
        }
        return ends;
    }

    int read_ = -1;
    bool owns_ = false; // the descriptor is to be taken back
    std::optional<Wakeup::Interruption> interruption_;
};

#endif

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
    std::optional<SignalWatch> signals;
    if (std::this_thread::get_id() == kSignalThread) signals.emplace();
    const bool slices = signals && !signals->works();
    for (;;) {
        Instant until = deadline;
        if (slices) until = std::min(until, later(std::chrono::steady_clock::now(), kSlice));
        if (signals) signals->clear();
        if (PyErr_CheckSignals() != 0) throw py::error_already_set();
        WaitResult result = WaitResult::kDone;
        {
            const Unlocked unlocked;
            result = wait(until);
        }
        const bool sliced = result == WaitResult::kTimedOut && until != deadline;
        if (result == WaitResult::kInterrupted || sliced) continue;
        if (PyErr_CheckSignals() != 0) throw py::error_already_set();
        return result;
    }
}

} // namespace bitscb3
