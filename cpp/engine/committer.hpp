// SPDX-License-Identifier: MIT
// committer.hpp - brings the store up to what is on disk, in batches over jobs and files.
// Threads: its own one, sole user of its Store. mark(), hurry() and flush() with Model::mutex held.
// Order:   take a snapshot of the changed jobs, sync the bytes they speak of, then commit exactly
//          that snapshot: whatever the store claims was on the device before the store said so.

#pragma once

#include "engine/model.hpp"
#include "engine/store.hpp"

#include <condition_variable>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace bitscb3 {

class Committer {
  public:
    Committer(Model& model, const std::string& store_path, const Seal& seal);
    ~Committer() { stop(); }

    void start();
    /// Commit what is marked, end the thread and close the store. Not with the mutex held.
    void stop();

    /// The job differs from the store.
    void mark(const JobPtr& job);
    /// Commit what is marked at once.
    void hurry();
    /// Wait until everything marked so far is committed; the mutex is let go meanwhile.
    /// CO_E_OBJNOTCONNECTED when the engine was closed before.
    [[nodiscard]] Error flush(Lock& lock);

  private:
    struct Batch;

    void run();
    [[nodiscard]] Batch take_batch();
    void sync_data(Batch& batch);
    void commit(Batch& batch);
    void settle(Batch& batch);

    Model& model_;
    const std::string path_;
    std::optional<Store> store_; // until stop()
    std::thread thread_;

    // Guarded by Model::mutex.
    std::vector<JobPtr> marked_;
    std::uint64_t marks_ = 0;     // counts mark()
    std::uint64_t committed_ = 0; // marks_ of the last finished batch
    bool hurry_ = false;          // someone waits for the next batch
    bool stopping_ = false;
    bool ended_ = false; // the thread commits no more
    Error error_;        // of the last batch
    std::condition_variable work_;
    std::condition_variable done_;
};

} // namespace bitscb3
