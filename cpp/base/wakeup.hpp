// SPDX-License-Identifier: MIT
// wakeup.hpp - one waiter sleeps on it, anyone wakes it.
// Threads: signal() from any thread and from a COM slot; wait() and reset() by the one waiter.
// Errors:  the constructor throws std::system_error when the system has no descriptor left.
// Source:  eventfd(2), the self-pipe trick (D. J. Bernstein), CreateEvent.

#pragma once

#include "base/clock.hpp"

#include <cstdint>

namespace bitscb3 {

class Wakeup {
  public:
    enum class Result {
        kSignalled,
        kTimedOut,
        kInterrupted, // a signal handler ran in this thread, or its interruption is readable
    };

    Wakeup();
    Wakeup(const Wakeup&) = delete;
    Wakeup& operator=(const Wakeup&) = delete;
    ~Wakeup();

    /// Stays signalled until reset(). One system call.
    void signal() noexcept;
    void reset() noexcept;
    /// Sleep until signalled or until `deadline` on the system's monotonic clock; kForever: no
    /// limit.
    [[nodiscard]] Result wait(Instant deadline) noexcept;

    /// Readable while signalled: a file descriptor, on Windows an event handle.
    [[nodiscard]] std::intptr_t descriptor() const noexcept { return read_; }

    /// Has every wait() of the calling thread end with kInterrupted while `descriptor` is readable,
    /// as long as it lives. Not on Windows.
    class Interruption {
      public:
        explicit Interruption(int descriptor) noexcept;
        Interruption(const Interruption&) = delete;
        Interruption& operator=(const Interruption&) = delete;
        ~Interruption();

      private:
        const int before_;
    };

  private:
    std::intptr_t read_ = -1;
    std::intptr_t write_ = -1; // the same as read_ except for a pipe
};

} // namespace bitscb3
