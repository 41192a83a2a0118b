// SPDX-License-Identifier: MIT
// wait_result.hpp - how a wait of the client ended.

#pragma once

#include "base/wakeup.hpp"

namespace bitscb3 {

enum class WaitResult { kDone, kTimedOut, kInterrupted, kClosed };

/// Of a sleep: kDone says look again.
[[nodiscard]] constexpr WaitResult wait_result(Wakeup::Result slept) noexcept {
    switch (slept) {
    case Wakeup::Result::kTimedOut:
        return WaitResult::kTimedOut;
    case Wakeup::Result::kInterrupted:
        return WaitResult::kInterrupted;
    case Wakeup::Result::kSignalled:
        break;
    }
    return WaitResult::kDone;
}

} // namespace bitscb3
