// SPDX-License-Identifier: MIT
// rate_limit.cpp - see rate_limit.hpp.
// Source: ITU-T I.371, the generic cell rate algorithm: a bucket as the one time it is even.

#include "engine/rate_limit.hpp"

#include <algorithm>
#include <chrono>

namespace bitscb3 {

namespace {

constexpr std::uint64_t kTurnsPerSecond = 32;

Duration seconds_of(double count) noexcept {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(count));
}

} // namespace

void RateLimit::set(std::uint64_t rate, Instant now) noexcept {
    if (rate == rate_) return;
    const auto before = static_cast<double>(rate_);
    const Duration debt = limits() && even_ > now ? even_ - now : Duration{};
    rate_ = rate;
    even_ = now;
    if (!limits()) return;
    const std::chrono::duration<double> seconds = debt;
    even_ += std::min(debt, seconds_of(seconds.count() * before / static_cast<double>(rate)));
}

std::uint64_t RateLimit::turn() const noexcept {
    return std::clamp(rate_ / kTurnsPerSecond, kSmallestTurn, kLargestTurn);
}

void RateLimit::spend(std::uint64_t bytes, Instant now) noexcept {
    if (limits()) even_ = std::max(even_, now - kSaved) + time_for(bytes);
}

void RateLimit::give_back(std::uint64_t bytes) noexcept {
    if (limits()) even_ -= time_for(bytes);
}

Duration RateLimit::time_for(std::uint64_t bytes) const noexcept {
    return seconds_of(static_cast<double>(bytes) / static_cast<double>(rate_));
}

} // namespace bitscb3
