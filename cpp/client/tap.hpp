// SPDX-License-Identifier: MIT
// tap.hpp - the raw path: a queue of its own that receives a job's ranges beside the manager.
// Threads: any; drain by one at a time, others wait their turn.
// Promise: each range the callback reported at most once; what did not fit is counted.

#pragma once

#include "client/callback.hpp"
#include "client/file_table.hpp"
#include "client/pump.hpp"

#include <condition_variable>
#include <cstdint>
#include <map>
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
    Tap(const Tap&) = delete;
    Tap& operator=(const Tap&) = delete;
    ~Tap() { close(); }

    [[nodiscard]] std::size_t capacity() const noexcept { return inbox_->queue().capacity(); }
    [[nodiscard]] HRESULT attach(const std::shared_ptr<Pump>& pump, const JobStreamPtr& stream,
                                 std::uint32_t& number);
    void detach(Pump& pump, const JobStreamPtr& stream);

    /// Everything that is present; with nothing, wait for something until `deadline`.
    [[nodiscard]] WaitResult drain(Instant deadline, TapBatch& out);
    /// Detach from every job; a drain in progress returns. Calls the service.
    void close();

  private:
    struct Source {
        Source(const std::shared_ptr<Pump>& its_pump, const JobStreamPtr& job)
            : pump(its_pump),
              stream(job),
              table(ComPtr<IBackgroundCopyJob>::share(job->job()), job->table.order()) {}
        std::weak_ptr<Pump> pump; // the stream's; its manager may go before this queue
        JobStreamPtr stream;
        FileTable table;
        std::vector<IBackgroundCopyFile*> current; // by file: the pointer of its generation
        bool attached = true;
    };

    void resolve(TapBatch& out);
    [[nodiscard]] std::optional<std::uint32_t> file_of(const RangeRecord& record);

    [[nodiscard]] WaitResult take_turn(Instant deadline);
    [[nodiscard]] WaitResult wait_for_records(Instant deadline);

    const std::shared_ptr<Inbox> inbox_;

    // Of the thread whose turn it is.
    std::vector<RangeRecord> records_;
    std::uint64_t reported_lost_ = 0;
    std::uint64_t generation_ = 0;

    std::mutex mutex_;                  // guards the rest; not held while the service is called
    std::condition_variable turn_over_; // reading_ became false
    bool reading_ = false;              // somebody drains
    std::map<std::uint32_t, std::shared_ptr<Source>> sources_; // by number
    std::uint32_t next_source_ = 0;
    bool closed_ = false;
};

} // namespace bitscb3
