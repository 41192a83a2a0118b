// SPDX-License-Identifier: MIT
// notifier.hpp - calls the clients' callbacks: at most four at a time, one at a time for a job.
// Threads: up to kThreads of its own, started when first needed; no signal reaches them. A
//          callback runs without any lock, so it may call everything.
// Order:   a certificate to judge; for a file its ranges, then FileTransferred, files in order;
//          then JobModification, then JobTransferred or JobError. While a callback of a job runs,
//          the ranges behind it merge.

#pragma once

#include "base/com_ptr.hpp"
#include "engine/model.hpp"

#include <condition_variable>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

namespace bitscb3 {

class Notifier {
  public:
    /// Makes the contract's objects that a callback is given; empty while the engine goes away.
    struct Makers {
        std::function<ComPtr<IBackgroundCopyJob>(const JobPtr&)> job;
        /// Of a file by index and generation; empty when it restarted since.
        std::function<ComPtr<IBackgroundCopyFile>(const JobPtr&, std::uint32_t, std::uint32_t)>
            file;
        std::function<ComPtr<IBackgroundCopyError>(const JobPtr&, const ErrorRecord&)> error;
        /// Cancels a job that was forgotten; no object, but it may call the client's Release.
        std::function<void(const JobPtr&)> cancel;
    };
    static constexpr std::size_t kThreads = 4; // BITS: callbacks in flight per user

    Notifier(Model& model, Makers makers) : model_(model), makers_(std::move(makers)) {}
    ~Notifier() { stop(); }

    /// End the threads; a callback that runs is waited for, unless it is the caller's own thread.
    /// Not with the mutex held.
    void stop();

    /// The job may have something to tell. Mutex held.
    void mark(const JobPtr& job);
    /// Whether the calling thread is one of the notifier's. Needs no mutex.
    [[nodiscard]] bool is_own_thread() const noexcept;
    /// Look again: a driven clock moved.
    void look_again() { work_.notify_all(); }

  private:
    struct Delivery;

    void run();
    void wake_one();
    [[nodiscard]] std::optional<Delivery> next(const JobPtr& job, Instant now, Instant& earliest);
    [[nodiscard]] std::optional<Delivery> next_of_all(Instant& earliest);
    [[nodiscard]] std::optional<Delivery> next_end(const JobPtr& job, Instant now,
                                                   Instant& earliest) const;
    [[nodiscard]] bool has_command(const Job& job) const noexcept;
    [[nodiscard]] HRESULT deliver(const Delivery& delivery);
    void judged(const Delivery& delivery, HRESULT result);
    void delivered(const Delivery& delivery, HRESULT result);

    Model& model_;
    const Makers makers_;

    // Guarded by Model::mutex.
    std::vector<JobPtr> marked_; // served in turn
    std::vector<std::thread> threads_;
    std::size_t idle_ = 0;     // threads waiting for work
    std::size_t notified_ = 0; // of these, woken and on their way
    bool stopping_ = false;
    std::condition_variable work_;
};

} // namespace bitscb3
