// SPDX-License-Identifier: MIT
// clock.hpp - monotonic time that a test can drive.
// Threads: now() from any thread. Setting the wall clock never changes it.

#pragma once

#include <chrono>
#include <functional>

namespace bitscb3 {

using Duration = std::chrono::steady_clock::duration;
using Instant = std::chrono::steady_clock::time_point;

/// Later than every deadline: wait without limit.
inline constexpr Instant kForever = Instant::max();

class Clock {
  public:
    Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;
    virtual ~Clock() = default;

    [[nodiscard]] virtual Instant now() const noexcept = 0;
    /// Call `jumped` after every step that is not the passing of real time (a driven clock only).
    virtual void on_jump(std::function<void()> jumped) = 0;
};

/// The system's monotonic clock; lives as long as the process.
[[nodiscard]] Clock& steady_clock() noexcept;

/// `now + span`, and kForever instead of an overflow.
[[nodiscard]] inline Instant later(Instant now, Duration span) noexcept {
    return span >= kForever - now ? kForever : now + span;
}

} // namespace bitscb3
