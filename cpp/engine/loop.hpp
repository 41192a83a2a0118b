// SPDX-License-Identifier: MIT
// loop.hpp - the engine thread: drives libcurl, lands what arrives, starts what the scheduler
// wants.
// Threads: its own one is the sole owner of the multi handle and of every transfer; no signal
//          reaches it and it never calls a client. wake() with Model::mutex held.
// Idle:    sleeps without a timeout while nothing transfers and no time of a job is near.
// Limits:  what waits for a rate limit is let go on at its turn, in real time.

#pragma once

#include "engine/scheduler.hpp"
#include "engine/transfer.hpp"

#include <curl/curl.h>

#include <memory>
#include <thread>
#include <vector>

namespace bitscb3 {

class Loop {
  public:
    Loop(Model& model, TransferOptions options);
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;
    ~Loop();

    /// False when the process has no descriptor left for that.
    [[nodiscard]] bool can_be_woken() const noexcept;
    void start();
    /// Stop every transfer and end the thread. Not with the mutex held.
    void stop();
    /// There may be something to start or to stop.
    void wake();

  private:
    using TransferPtr = std::unique_ptr<Transfer>;

    void run();
    void land(std::vector<TransferPtr>& finished);
    void land_one(TransferPtr& transfer);
    void begin(const Start& start);
    [[nodiscard]] std::shared_ptr<DiskFile> disk_of(const Start& start);
    void perform(std::vector<TransferPtr>& finished);
    void give_turns(std::vector<TransferPtr>& finished);
    [[nodiscard]] Transfer* next_turn(Instant& at) const;
    void end(const Transfer& transfer, CURLcode code, std::vector<TransferPtr>& finished);
    void heed_limits(const JobPtr& job);
    [[nodiscard]] std::uint64_t waiting() const noexcept; // transfers, for a limit
    void count(Transfer& transfer);
    void retire(TransferPtr& transfer);
    void sleep_until(Instant deadline);
    [[nodiscard]] bool is_unwanted(Transfer& transfer) const;

    Model& model_;
    const TransferOptions options_;
    Scheduler scheduler_;
    Throttle throttle_;
    KeptConnections kept_;
    CURLM* multi_;
    std::vector<CURL*> spare_; // easy handles for the next transfers
    std::vector<TransferPtr> transfers_;
    std::thread thread_;

    // Guarded by Model::mutex.
    bool work_ = true;
    bool sleeping_ = false;
    bool stopping_ = false;
};

} // namespace bitscb3
