// SPDX-License-Identifier: MIT
// range_queue.hpp - carries range records from the threads that call our slots to the one that
// drains.
// Threads:  try_push from any thread; drain from one thread at a time.
// Memory:   one allocation, in the constructor.
// Progress: a producer never blocks (it tries again when producers collide). One that is stopped
//           between claim and publish holds the reader at its slot until it goes on. When full:
//           try_push takes less than it was given; the caller counts the rest as lost.
// Words:    position - grows for ever, slot = position modulo storage; stamp - the position of the
//           record that is ready in a slot, plus one; head - next position to be read; tail - next
//           to be claimed.
// Source:   D. Vyukov, bounded MPMC queue (stamps), reduced to one reader; claims of several slots
//           at once.

#pragma once

#include <bitscb3/bits.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <vector>

namespace bitscb3 {

struct RangeRecord {
    /// This record holds the reference of `file`; one record of each slot call does, its last.
    static constexpr std::uint32_t kOwnsFile = 1;

    IBackgroundCopyFile* file;
    std::uint64_t offset; // bytes
    std::uint64_t length; // bytes
    std::uint32_t job;    // number of the job at the reader
    std::uint32_t flags;
};
static_assert(sizeof(RangeRecord) == 24 + sizeof(void*), "records are packed");
static_assert(std::is_trivially_copyable_v<RangeRecord>,
              "a record may be copied before it is read");

class RangeQueue {
  public:
    /// `capacity` >= 1 records, exactly.
    explicit RangeQueue(std::size_t capacity)
        : capacity_(capacity),
          mask_(std::bit_ceil(capacity) - 1),
          slots_(std::make_unique<Slot[]>(mask_ + 1)) {}
    RangeQueue(const RangeQueue&) = delete;
    RangeQueue& operator=(const RangeQueue&) = delete;

    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

    /// Claim up to `count` slots with one atomic operation, then fill each: `fill(record, i, last)`
    /// with `last` true for the last record that fits. Returns how many fit. Never waits.
    template<class Fill>
    [[nodiscard]] std::size_t try_push(std::size_t count, Fill&& fill) noexcept {
        std::uint64_t position = tail_.load(std::memory_order_relaxed);
        std::size_t taken = 0;
        do {
            // acquire: pairs with the release in drain(): slots before head are read and free
            // again.
            const std::uint64_t used = position - head_.load(std::memory_order_acquire);
            if (used >= capacity_) { // full, or `position` is stale and behind head
                const std::uint64_t fresh = tail_.load(std::memory_order_relaxed);
                if (fresh == position) return 0;
                position = fresh;
                taken = 0;
                continue;
            }
            taken = std::min<std::size_t>(count, capacity_ - static_cast<std::size_t>(used));
            // relaxed: the claim orders nothing; the stamps publish.
        } while (taken == 0 || !tail_.compare_exchange_weak(position, position + taken,
                                                            std::memory_order_relaxed));
        for (std::size_t i = 0; i < taken; ++i) {
            Slot& slot = slots_[(position + i) & mask_];
            fill(slot.record, i, i + 1 == taken);
            // release: pairs with the acquire of the stamp in drain(): the record is complete.
            slot.stamp.store(position + i + 1, std::memory_order_release);
        }
        return taken;
    }

    /// Append everything that is present now to `out`. Returns whether there was something.
    bool drain(std::vector<RangeRecord>& out) {
        const std::uint64_t begin = head_.load(std::memory_order_relaxed); // only drain() writes it
        const std::uint64_t end = tail_.load(std::memory_order_relaxed);
        std::uint64_t head = begin;
        out.reserve(out.size() + static_cast<std::size_t>(end - begin));
        for (; head != end; ++head) {
            const Slot& slot = slots_[head & mask_];
            // acquire: pairs with the release of the stamp in try_push().
            if (slot.stamp.load(std::memory_order_acquire) != head + 1) break; // claimed, not ready
            out.push_back(slot.record);
        }
        // release: pairs with the acquire of head in try_push().
        head_.store(head, std::memory_order_release);
        return head != begin;
    }

    /// Whether a record is ready; a producer may add one at any moment.
    [[nodiscard]] bool was_empty() const noexcept {
        const std::uint64_t head = head_.load(std::memory_order_relaxed);
        return slots_[head & mask_].stamp.load(std::memory_order_acquire) != head + 1;
    }

  private:
    static constexpr std::size_t kCacheLine = 64;
    struct Slot {
        std::atomic<std::uint64_t> stamp{0}; // equal to position + 1: the record may be read
        RangeRecord record{};
    };

    const std::size_t capacity_;
    const std::size_t mask_;
    const std::unique_ptr<Slot[]> slots_;
    alignas(kCacheLine) std::atomic<std::uint64_t> tail_{0}; // producers claim here
    alignas(kCacheLine) std::atomic<std::uint64_t> head_{0}; // the reader frees here
};
static_assert(alignof(RangeQueue) == 64, "head and tail have a cache line each");

} // namespace bitscb3
