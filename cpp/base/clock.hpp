// SPDX-License-Identifier: MIT
// clock.hpp - monotonic time that a test can drive.
// Threads: now() from any thread. Setting the wall clock never changes it.

#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>

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
    /// Call `jumped` after every step that is not the passing of real time (a driven clock only),
    /// until it is set again for the same `owner`; empty: not any more. When this returns, the
    /// former one does not run.
    virtual void on_jump(const void* owner, std::function<void()> jumped) = 0;
};

/// Stands still until advance().
class DrivenClock final : public Clock {
  public:
    [[nodiscard]] Instant now() const noexcept override;
    void on_jump(const void* owner, std::function<void()> jumped) override;
    void advance(Duration span);

  private:
    std::atomic<Duration> since_{Duration{}}; // partner: itself; nothing else is published by it
    const Instant began_ = std::chrono::steady_clock::now();
    std::mutex mutex_; // guards jumped_, held while they run
    std::map<const void*, std::function<void()>> jumped_;
};

/// The system's monotonic clock; lives as long as the process.
[[nodiscard]] Clock& steady_clock() noexcept;

/// `now + span`, and kForever instead of an overflow. `now` may lie before the clock's beginning,
/// which is when the machine started.
[[nodiscard]] inline Instant later(Instant now, Duration span) noexcept {
    return now > Instant{} && span >= kForever - now ? kForever : now + span;
}

} // namespace bitscb3
