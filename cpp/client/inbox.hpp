// SPDX-License-Identifier: MIT
// inbox.hpp - what slots write into and one reader reads: the range queue, its bell, the loss
// count. Threads:   on_ranges() from any thread; everything else by the reader. Ownership: shared
// by the reader and every callback object that writes here, since COM may keep a
//            callback longer than we do.

#pragma once

#include "client/doorbell.hpp"
#include "client/gate.hpp"
#include "client/range_queue.hpp"

#include <atomic>
#include <cstdint>

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

    /// Copy `ranges` in. False when some of them did not fit; they are counted as lost.
    [[nodiscard]] bool on_ranges(std::uint32_t job, IBackgroundCopyFile* file, std::size_t count,
                                 const BG_FILE_RANGE* ranges) noexcept {
        file->AddRef(); // for the record that carries kOwnsFile
        const std::size_t fitted =
            queue_.try_push(count, [&](RangeRecord& record, std::size_t i, bool last) {
                record = {file, ranges[i].InitialOffset, ranges[i].Length, job,
                          last ? RangeRecord::kOwnsFile : 0u};
            });
        if (fitted == 0) file->Release();
        if (fitted < count) {
            // relaxed: a count; who reads it after a drain sees at least what was lost before.
            lost_.fetch_add(count - fitted, std::memory_order_relaxed);
        }
        return fitted == count;
    }

    /// Give back the reference a drained record holds.
    static void release(const RangeRecord& record) noexcept {
        if ((record.flags & RangeRecord::kOwnsFile) != 0) {
            call([&record] { record.file->Release(); });
        }
    }

    [[nodiscard]] RangeQueue& queue() noexcept { return queue_; }
    [[nodiscard]] Doorbell& doorbell() noexcept { return doorbell_; }
    [[nodiscard]] std::uint64_t was_lost() const noexcept {
        return lost_.load(std::memory_order_relaxed);
    }

  private:
    RangeQueue queue_;
    Doorbell doorbell_;
    std::atomic<std::uint64_t> lost_{0}; // records, since birth
};

} // namespace bitscb3
