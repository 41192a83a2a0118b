// SPDX-License-Identifier: MIT
// clock.cpp - see clock.hpp.

#include "base/clock.hpp"

#include <utility>

namespace bitscb3 {

namespace {

class SteadyClock final : public Clock {
  public:
    [[nodiscard]] Instant now() const noexcept override { return std::chrono::steady_clock::now(); }
    void on_jump(const void*, std::function<void()>) override {}
};

} // namespace

Instant DrivenClock::now() const noexcept {
    return began_ + since_.load(std::memory_order_relaxed);
}

void DrivenClock::on_jump(const void* owner, std::function<void()> jumped) {
    const std::lock_guard lock(mutex_);
    jumped_.erase(owner);
    if (jumped) jumped_[owner] = std::move(jumped);
}

void DrivenClock::advance(Duration span) {
    const std::lock_guard lock(mutex_);
    since_.store(since_.load(std::memory_order_relaxed) + span, std::memory_order_relaxed);
    for (const auto& [owner, jumped] : jumped_) jumped();
}

Clock& steady_clock() noexcept {
    static SteadyClock clock;
    return clock;
}

} // namespace bitscb3
