// SPDX-License-Identifier: MIT
// host_habits.hpp - what servers have shown of themselves, by origin.
// Threads: guarded by Model::mutex. Memory: one small entry for each origin met.

#pragma once

#include "base/clock.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

namespace bitscb3 {

class HostHabits {
  public:
    std::uint32_t connections = 0; // requests running

    /// How many ranges the next request may carry; 1: one. Until the host has served several at
    /// once, one request tries that and the others do not: where it is refused, one was wasted.
    [[nodiscard]] std::uint32_t parts() const noexcept { return trying_ ? 1 : parts_; }

    /// A request for `asked` ranges begins.
    void began(std::size_t asked) noexcept { trying_ = trying_ || (asked > 1 && !proven_); }
    /// It ended in one way or another.
    void ended(std::size_t asked) noexcept { trying_ = trying_ && asked <= 1; }
    void refused_parts() noexcept { parts_ = 1; }
    /// Of `asked` ranges the answer covered `served`.
    void served_parts(std::uint32_t asked, std::uint32_t served) noexcept {
        proven_ = true;
        if (served < asked) {
            parts_ = std::max(1u, std::min(parts_, served));
        } else if (asked == parts_) {
            parts_ = std::min(parts_ * 2, kMostParts);
        }
    }

    /// A request was not answered: until then the connections there are may be dead.
    void distrust(Instant until) noexcept { distrusted_until_ = until; }
    [[nodiscard]] bool is_distrusted(Instant now) const noexcept { return now < distrusted_until_; }

  private:
    static constexpr std::uint32_t kFirstParts = 32; // asked of a host that has shown nothing yet
    static constexpr std::uint32_t kMostParts = 64;

    std::uint32_t parts_ = kFirstParts;
    bool proven_ = false;        // it served several ranges at once
    bool trying_ = false;        // the first request for several is on its way
    Instant distrusted_until_{}; // in real time
};

using HostTable = std::unordered_map<std::string, HostHabits>;

} // namespace bitscb3
