// SPDX-License-Identifier: MIT
// rate_limit.hpp - a token bucket: how many bytes a second, and from when on more may come.
// Threads: the engine thread's alone.
// Time:    real time, which connections go by; the caller says what time it is.
// Turns:   who takes bytes has them in turns, each paid for when it begins. A bucket may be
//          overdrawn, and then the next turn comes the later.

#pragma once

#include "base/clock.hpp"

#include <cstdint>

namespace bitscb3 {

class RateLimit {
  public:
    /// How much of what was not used may be made good later at once.
    static constexpr std::chrono::milliseconds kSaved{100};
    static constexpr std::uint64_t kSmallestTurn = 1024; // bytes; the least libcurl reads at a time
    static constexpr std::uint64_t kLargestTurn = 2 * 1024 * 1024;

    /// `rate` in bytes per second; 0: no limit. Debts are paid for at the higher of both rates:
    /// what a former one allowed is no reason for a long silence under a low one.
    void set(std::uint64_t rate, Instant now) noexcept;
    [[nodiscard]] std::uint64_t rate() const noexcept { return rate_; }
    [[nodiscard]] bool limits() const noexcept { return rate_ != 0; }

    /// How many bytes make a turn: about a thirtieth of a second's. Only where it limits.
    [[nodiscard]] std::uint64_t turn() const noexcept;
    /// When the next turn may begin; long ago without a limit.
    [[nodiscard]] Instant ready_at() const noexcept { return limits() ? even_ : Instant::min(); }
    void spend(std::uint64_t bytes, Instant now) noexcept;
    /// Some that were spent were not used.
    void give_back(std::uint64_t bytes) noexcept;

  private:
    [[nodiscard]] Duration time_for(std::uint64_t bytes) const noexcept;

    std::uint64_t rate_ = 0;
    Instant even_{}; // when what was spent is paid for; in the past: it was paid for since then
};

} // namespace bitscb3
