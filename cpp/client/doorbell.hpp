// SPDX-License-Identifier: MIT
// doorbell.hpp - wakes a reader that sleeps and costs one atomic operation when it does not.
// Threads: ring() from any thread, also a COM slot; arm(), sleep() and disarm() by the one reader.
// Order:   both sides change the word by read-modify-write, so one of them sees the other: a
//          writer that published before ring() is either seen by the look after arm(), or finds
//          the bell armed.

#pragma once

#include "base/wakeup.hpp"

#include <atomic>
#include <cstdint>

namespace bitscb3 {

class Doorbell {
  public:
    /// Call after publishing.
    void ring() noexcept {
        // acq_rel: pairs with the exchange in arm(). Release hands over what was published before;
        // acquire orders this after an arm() it sees.
        if (armed_.exchange(0, std::memory_order_acq_rel) != 0) wakeup_.signal();
    }

    /// Before the last look for work that decides to sleep.
    void arm() noexcept {
        wakeup_.reset();
        // acq_rel: pairs with the exchange in ring(). A ring() before this one is seen with all
        // that was published before it; one after it finds the bell armed.
        armed_.exchange(1, std::memory_order_acq_rel);
    }
    /// After arm() found no work.
    [[nodiscard]] Wakeup::Result sleep(Instant deadline) noexcept { return wakeup_.wait(deadline); }
    /// Awake again: ring() needs no system call.
    void disarm() noexcept { armed_.exchange(0, std::memory_order_acq_rel); }

  private:
    std::atomic<std::uint32_t> armed_{0}; // partner: itself, see above
    Wakeup wakeup_;
};

} // namespace bitscb3
