// SPDX-License-Identifier: MIT
// throttle.hpp - the rate limits of all jobs and of each: which transfer may take bytes, and who is
// next when they are used up.
// Threads: the engine thread's alone. Cost without a limit: two comparisons for each chunk.
// Turns:   a transfer without a turn waits, paused in libcurl. Turns go round the jobs, and within
//          a job round its transfers, so that a job of many connections gets no more than others.

#pragma once

#include "engine/rate_limit.hpp"

#include <cstdint>

namespace bitscb3 {

/// What the engine thread keeps of a job's limit.
struct JobPace {
    RateLimit limit;
    std::uint64_t last_turn = 0; // number of the turn some transfer of it had last
};

/// What a transfer has of the limits.
struct Share {
    JobPace* job = nullptr;   // alive as long as the transfer
    std::uint64_t left = 0;   // bytes of its turn, paid for
    std::uint64_t ticket = 0; // since when it waits; 0: it does not
};

class Throttle {
  public:
    /// Of all jobs together; 0: none.
    void set_rate(std::uint64_t rate) noexcept;
    /// Of one job.
    static void set_rate(JobPace& job, std::uint64_t rate) noexcept;
    /// False: no transfer waits.
    [[nodiscard]] bool has_waiting() const noexcept { return waiting_; }
    void note_waiting(bool some) noexcept { waiting_ = some; }

    /// Whether the transfer may take `bytes` now; if not, it waits. Bytes that were on their way
    /// together are taken together, also where they are more than is left.
    [[nodiscard]] bool admits(Share& share, std::uint64_t bytes) noexcept;
    /// When a transfer that waits may have its turn.
    [[nodiscard]] Instant ready_at(const Share& share) const noexcept;
    /// Whether `share` goes before `other`. Both wait.
    [[nodiscard]] static bool goes_before(const Share& share, const Share& other) noexcept;
    /// It waits no more.
    void begin_turn(Share& share, Instant now) noexcept;
    /// The transfer ended: what is left of its turn is for the others.
    void end(Share& share) noexcept;

    /// The lowest limit that a transfer of the job is under, bytes per second; 0: none.
    [[nodiscard]] std::uint64_t lowest_rate(const JobPace& job) const noexcept;
    /// How much such a transfer reads at a time, so that it flows evenly. Only where there is one.
    [[nodiscard]] std::uint64_t turn_of(const JobPace& job) const noexcept;

  private:
    RateLimit all_;
    std::uint64_t tickets_ = 0;
    std::uint64_t turns_ = 0;
    bool waiting_ = false;
};

} // namespace bitscb3
