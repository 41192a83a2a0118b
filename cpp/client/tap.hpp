// SPDX-License-Identifier: MIT
// tap.hpp - the raw path: a queue of its own that receives a job's ranges beside the manager.
// Threads: attach, detach and close from any thread; drain by one thread at a time (others wait
// their turn). Promise: each range the callback reported at most once; what did not fit is counted.

#pragma once

#include "client/callback.hpp"
#include "client/file_table.hpp"
#include "client/pump.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace bitscb3 {

struct TapRecord {
    std::uint32_t job;     // number of the job in this queue
    std::uint32_t file;    // index in the job
    std::uint64_t offset;  // bytes
    std::uint64_t length;  // bytes
    std::uint64_t time_ns; // monotonic, when it was drained
};
static_assert(sizeof(TapRecord) == 32, "five numbers without a gap");

struct TapBatch {
    std::vector<TapRecord> records;
    std::uint64_t lost = 0;       // since the batch before
    std::uint64_t generation = 0; // grows when a file restarted: what was reported of it is void
};

class Tap {
  public:
    explicit Tap(std::size_t capacity) : inbox_(std::make_shared<Inbox>(capacity)) {}

    [[nodiscard]] std::size_t capacity() const noexcept { return inbox_->queue().capacity(); }
    [[nodiscard]] HRESULT attach(Pump& pump, const JobStreamPtr& stream, std::uint32_t& number);
    void detach(Pump& pump, const JobStreamPtr& stream);

    /// Everything that is present; with nothing, wait for something until `deadline`.
    [[nodiscard]] WaitResult drain(Instant deadline, TapBatch& out);
    void close();

  private:
    struct Source {
        explicit Source(const JobStreamPtr& job)
            : stream(job), table(ComPtr<IBackgroundCopyJob>::share(job->job())) {}
        JobStreamPtr stream;
        FileTable table;
        std::vector<IBackgroundCopyFile*> current; // by file: the pointer of its generation
    };

    void resolve(TapBatch& out);
    [[nodiscard]] std::optional<std::uint32_t> file_of(const RangeRecord& record);

    const std::shared_ptr<Inbox> inbox_;
    std::mutex reading_; // one drain at a time; nothing else waits for it
    std::vector<RangeRecord> records_;
    std::uint64_t reported_lost_ = 0;
    std::uint64_t generation_ = 0;

    std::mutex mutex_; // guards the rest; not held while the service is called
    std::vector<std::shared_ptr<Source>> sources_; // by number
    bool closed_ = false;
};

} // namespace bitscb3
