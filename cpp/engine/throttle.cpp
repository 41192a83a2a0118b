// SPDX-License-Identifier: MIT
// throttle.cpp - see throttle.hpp.

#include "engine/throttle.hpp"

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

namespace bitscb3 {

namespace {

void set(RateLimit& limit, std::uint64_t rate) noexcept {
    if (limit.rate() != rate) limit.set(rate, std::chrono::steady_clock::now());
}

} // namespace

void Throttle::set_rate(std::uint64_t rate) noexcept {
    set(all_, rate);
}

void Throttle::set_rate(JobPace& job, std::uint64_t rate) noexcept {
    set(job.limit, rate);
}

bool Throttle::admits(Share& share, std::uint64_t bytes) noexcept {
    if (!all_.limits() && !share.job->limit.limits()) return true;
    share.left = std::min(share.left, turn_of(*share.job)); // the limit may have been higher
    if (share.left == 0) {
        share.ticket = ++tickets_;
        waiting_ = true;
        return false;
    }
    if (bytes > share.left) {
        const Instant now = std::chrono::steady_clock::now();
        all_.spend(bytes - share.left, now);
        share.job->limit.spend(bytes - share.left, now);
    }
    share.left -= std::min(share.left, bytes);
    return true;
}

Instant Throttle::ready_at(const Share& share) const noexcept {
    return std::max(all_.ready_at(), share.job->limit.ready_at());
}

bool Throttle::goes_before(const Share& share, const Share& other) noexcept {
    return std::tie(share.job->last_turn, share.ticket) <
           std::tie(other.job->last_turn, other.ticket);
}

void Throttle::begin_turn(Share& share, Instant now) noexcept {
    share.ticket = 0;
    share.job->last_turn = ++turns_;
    if (lowest_rate(*share.job) == 0) return;
    share.left = turn_of(*share.job);
    all_.spend(share.left, now);
    share.job->limit.spend(share.left, now);
}

void Throttle::end(Share& share) noexcept {
    const std::uint64_t left = std::exchange(share.left, 0);
    share.ticket = 0;
    all_.give_back(left);
    share.job->limit.give_back(left);
}

std::uint64_t Throttle::lowest_rate(const JobPace& job) const noexcept {
    if (!all_.limits()) return job.limit.rate();
    return job.limit.limits() ? std::min(all_.rate(), job.limit.rate()) : all_.rate();
}

std::uint64_t Throttle::turn_of(const JobPace& job) const noexcept {
    const std::uint64_t most = RateLimit::kLargestTurn;
    return std::min(all_.limits() ? all_.turn() : most,
                    job.limit.limits() ? job.limit.turn() : most);
}

} // namespace bitscb3
