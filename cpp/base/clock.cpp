// SPDX-License-Identifier: MIT
// clock.cpp - see clock.hpp.

#include "base/clock.hpp"

namespace bitscb3 {

namespace {

class SteadyClock final : public Clock {
  public:
    [[nodiscard]] Instant now() const noexcept override { return std::chrono::steady_clock::now(); }
    void on_jump(std::function<void()>) override {}
};

} // namespace

Clock& steady_clock() noexcept {
    static SteadyClock clock;
    return clock;
}

} // namespace bitscb3
