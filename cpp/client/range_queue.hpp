// SPDX-License-Identifier: MIT
// range_queue.hpp - carries range records from the threads that call our slots to the one that
// drains, and knows whether that one sleeps.
// Threads:  try_push and end_sleep from any thread; the rest from one thread at a time, the reader.
// Memory:   one allocation, in the constructor; 32 bytes a record, two to a cache line.
// Cost:     try_push is one atomic read-modify-write, however many ranges it carries: it claims the
//           slots and ends the reader's sleep. While the reader is awake, producers do not touch
//           what it writes, nor it the tail.
// Progress: a producer never blocks (it tries again when producers collide). One that is stopped
//           between claim and publish holds the reader at its slot until it goes on. When full:
//           try_push takes less than it was given; the caller counts the rest as lost.
// Words:    position - grows for ever, slot = position modulo storage; stamp - the position of the
//           record that is ready in a slot, plus one; head - next position to be read; tail - next
//           to be claimed; limit - positions before it are free, as far as producers know.
// Source:   D. Vyukov, bounded MPMC queue (stamps), reduced to one reader; claims of several slots
//           at once; the sleeper's flag in the word that is claimed by.

#pragma once

#include <bitscb3/bits.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace bitscb3 {

struct RangeRecord {
    IBackgroundCopyFile* file;
    std::uint64_t offset; // bytes
    std::uint64_t length; // bytes
    std::uint32_t job;    // number of the job at the reader
    bool owns_file;       // holds the reference of `file`: the last record of each slot call does
};

class RangeQueue {
  public:
    static constexpr std::size_t kMostCapacity = std::size_t{1} << 30;

    /// `capacity`: 1 to kMostCapacity records, exactly.
    explicit RangeQueue(std::size_t capacity)
        : capacity_(capacity),
          mask_(std::bit_ceil(capacity) - 1),
          slots_(std::make_unique<Slot[]>(mask_ + 1)),
          limit_(capacity) {}
    RangeQueue(const RangeQueue&) = delete;
    RangeQueue& operator=(const RangeQueue&) = delete;

    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

    struct Pushed {
        std::size_t count; // records that fit
        bool wakes;        // the reader slept: the caller wakes it
    };
    /// Copy in the first of `count` >= 1 ranges, as many as fit. Never waits. The last one that
    /// fits carries the reference of `file`.
    [[nodiscard]] Pushed try_push(std::uint32_t job, IBackgroundCopyFile* file, std::size_t count,
                                  const BG_FILE_RANGE* ranges) noexcept {
        // acquire: pairs with the claims below: room_at() sees no older head than they did.
        std::uint64_t tail = tail_.load(std::memory_order_acquire);
        std::uint64_t position = 0;
        std::size_t taken = 0;
        for (;;) {
            position = tail >> 1;
            taken = std::min(count, room_at(position, count));
            if (taken == 0) {
                const std::uint64_t fresh = tail_.load(std::memory_order_acquire);
                if (fresh == tail) return {0, false}; // full
                tail = fresh;                         // `position` was behind head
                continue;
            }
            // acq_rel: pairs with the other claims and with begin_sleep(). What is in the slots is
            // published by the stamps.
            if (tail_.compare_exchange_weak(tail, (position + taken) << 1,
                                            std::memory_order_acq_rel, std::memory_order_acquire)) {
                break;
            }
        }
        for (std::size_t i = 0; i < taken; ++i) {
            Slot& slot = slots_[(position + i) & mask_];
            const std::uintptr_t owns = i + 1 == taken ? 1 : 0;
            slot.file_and_owner = reinterpret_cast<std::uintptr_t>(file) | owns;
            slot.offset = ranges[i].InitialOffset;
            slot.length = ranges[i].Length;
            slot.job = job;
            // release: pairs with the acquire of the stamp in drain(): the record is complete.
            slot.stamp.store(stamp_of(position + i), std::memory_order_release);
        }
        return {taken, (tail & kAsleep) != 0};
    }

    /// Append everything that is present now to `out`. Returns whether there was something.
    bool drain(std::vector<RangeRecord>& out) {
        const std::uint64_t begin = head_.load(std::memory_order_relaxed); // only drain() writes it
        std::uint64_t head = begin;
        while (is_ready(head)) {
            const Slot& slot = slots_[head++ & mask_];
            out.push_back({reinterpret_cast<IBackgroundCopyFile*>(slot.file_and_owner & ~kOwner),
                           slot.offset, slot.length, slot.job,
                           (slot.file_and_owner & kOwner) != 0});
        }
        if (head == begin) return false;
        // release: pairs with the acquire of head in room_at(): the slots before it are read.
        head_.store(head, std::memory_order_release);
        return true;
    }

    /// Before the last drain that decides to sleep: a push from now on tells its caller to wake the
    /// reader; that drain waits for those who claimed before and have not published yet.
    void begin_sleep() noexcept {
        // acq_rel: pairs with the claim in try_push() and with end_sleep(). What was published
        // before an end_sleep() that is not repeated is seen behind this.
        claimed_ = tail_.fetch_or(kAsleep, std::memory_order_acq_rel) >> 1;
    }
    /// The reader is awake, or is to be: true when it slept, so that the caller wakes it.
    [[nodiscard]] bool end_sleep() noexcept {
        // acq_rel: pairs with begin_sleep(). Release hands over what was published before.
        return (tail_.fetch_and(~kAsleep, std::memory_order_acq_rel) & kAsleep) != 0;
    }

  private:
    static constexpr std::size_t kCacheLine = 64;
    static constexpr std::uint64_t kAsleep = 1; // in tail_, below the position
    static constexpr std::uintptr_t kOwner = 1; // in file_and_owner: objects lie at even addresses

    struct Slot {
        std::uintptr_t file_and_owner = 0;
        std::uint64_t offset = 0;
        std::uint64_t length = 0;
        std::uint32_t job = 0;
        // 32 bits tell the laps of a slot apart: storage is smaller.
        std::atomic<std::uint32_t> stamp{0}; // partner: try_push() releases, is_ready() acquires
    };
    static_assert(sizeof(Slot) == 24 + sizeof(void*), "two to a cache line");

    [[nodiscard]] static std::uint32_t stamp_of(std::uint64_t position) noexcept {
        return static_cast<std::uint32_t>(position + 1);
    }

    /// Slots that can be claimed at `position`, as far as `wanted` ones need to be known; 0 also
    /// when it lies behind head.
    [[nodiscard]] std::size_t room_at(std::uint64_t position, std::size_t wanted) noexcept {
        // acquire: pairs with the release below: what head freed for one producer is free for all.
        std::uint64_t limit = limit_.load(std::memory_order_acquire);
        if (position + wanted > limit) {
            // acquire: pairs with the release in drain(): slots before head are free again.
            limit = head_.load(std::memory_order_acquire) + capacity_;
            limit_.store(limit, std::memory_order_release);
        }
        const std::uint64_t room = limit - position;
        return room <= capacity_ ? static_cast<std::size_t>(room) : 0;
    }

    /// Whether the record at `head` may be read; one that was claimed before begin_sleep() is
    /// waited for.
    [[nodiscard]] bool is_ready(std::uint64_t head) const noexcept {
        const Slot& slot = slots_[head & mask_];
        // acquire: pairs with the release of the stamp in try_push().
        while (slot.stamp.load(std::memory_order_acquire) != stamp_of(head)) {
            if (head >= claimed_) return false;
            std::this_thread::yield();
        }
        return true;
    }

    const std::size_t capacity_;
    const std::size_t mask_;
    const std::unique_ptr<Slot[]> slots_;
    alignas(kCacheLine) std::atomic<std::uint64_t> tail_{0}; // position << 1 | kAsleep
    std::atomic<std::uint64_t> limit_; // partner: itself; only ever behind head + capacity
    alignas(kCacheLine) std::atomic<std::uint64_t> head_{0}; // the reader frees here
    std::uint64_t claimed_ = 0; // the reader's: the tail at begin_sleep()
};
static_assert(alignof(RangeQueue) == 64,
              "the words of the two sides have cache lines of their own");

} // namespace bitscb3
