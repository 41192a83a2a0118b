// SPDX-License-Identifier: MIT
// inbox.hpp - what slots write into and one reader reads: the range queue, the reader's bell, the
// count of what was lost.
// Threads:   on_ranges() and ring() from any thread, also a COM slot; the rest by the reader.
// Ownership: shared by the reader and every callback object that writes here, since COM may keep a
//            callback longer than we do.
// Order:     whoever writes and whoever sleeps change the same word of the queue, so that one sees
//            the other: what was published before ring() is seen by the look after arm(), or the
//            bell is found armed.

#pragma once

#include "base/wakeup.hpp"
#include "client/gate.hpp"
#include "client/range_queue.hpp"

#include <atomic>
#include <cstdint>
#include <utility>

namespace bitscb3 {

class Inbox {
  public:
    explicit Inbox(std::size_t capacity) : queue_(capacity) {}
    Inbox(const Inbox&) = delete;
    Inbox& operator=(const Inbox&) = delete;
    ~Inbox() {
        std::vector<RangeRecord> left;
        queue_.drain(left);
        for (const RangeRecord& record : left) release(record);
    }

    /// Copy `ranges` in and wake the reader. False when some of them did not fit; they are counted
    /// as lost.
    [[nodiscard]] bool on_ranges(std::uint32_t job, IBackgroundCopyFile* file, std::size_t count,
                                 const BG_FILE_RANGE* ranges) noexcept {
        file->AddRef(); // for the record that owns it
        const auto [fitted, wakes] = queue_.try_push(job, file, count, ranges);
        if (wakes) wakeup_.signal();
        if (fitted == count) return true;
        if (fitted == 0) file->Release();
        // relaxed: a count; who reads it after a drain sees at least what was lost before.
        lost_.fetch_add(count - fitted, std::memory_order_relaxed);
        return false;
    }

    /// Wake the reader; call after publishing what it is to look at. No system call while it is
    /// awake.
    void ring() noexcept {
        if (queue_.end_sleep()) wakeup_.signal();
    }
    /// Before the last look for work that decides to sleep.
    void arm() noexcept {
        if (std::exchange(signalled_, false)) wakeup_.reset();
        queue_.begin_sleep();
    }
    /// After arm() found no work. A ring() of before may end it early.
    [[nodiscard]] Wakeup::Result sleep(Instant deadline) noexcept {
        const Wakeup::Result result = wakeup_.wait(deadline);
        signalled_ = result == Wakeup::Result::kSignalled;
        return result;
    }
    /// Awake again: ring() needs no system call.
    void disarm() noexcept { (void)queue_.end_sleep(); }

    /// Give back the reference a drained record holds.
    static void release(const RangeRecord& record) noexcept {
        if (record.owns_file) {
            call([&record] { record.file->Release(); });
        }
    }

    [[nodiscard]] RangeQueue& queue() noexcept { return queue_; }
    [[nodiscard]] std::uint64_t was_lost() const noexcept {
        return lost_.load(std::memory_order_relaxed);
    }

  private:
    RangeQueue queue_;
    Wakeup wakeup_;
    bool signalled_ = false;             // the reader's: wakeup_ is to be reset
    std::atomic<std::uint64_t> lost_{0}; // records, since birth
};

} // namespace bitscb3
