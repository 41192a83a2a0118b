// SPDX-License-Identifier: MIT
// engine.hpp - the embedded BITS: its model, its threads and its store, put together.
// Threads: every public function from any thread, without Model::mutex unless a Lock is passed.
// Ownership: the contract's objects share it; the last of them to go closes it.

#pragma once

#include "engine/authorities.hpp"
#include "engine/committer.hpp"
#include "engine/lease.hpp"
#include "engine/loop.hpp"
#include "engine/model.hpp"
#include "engine/notifier.hpp"
#include "engine/store.hpp"
#include "engine/verbose_log.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bitscb3 {

struct EngineOptions {
    bitscb3_settings settings;
    std::string store; // folder, absolute
    Authorities authorities;
    std::string crl_file;
    std::string user_agent;
};

class Engine : public std::enable_shared_from_this<Engine> {
  public:
    /// Null with `error` filled when the store cannot be used.
    [[nodiscard]] static std::shared_ptr<Engine> open(const EngineOptions& options, Clock& clock,
                                                      Error& error);
    ~Engine();

    [[nodiscard]] Model& model() noexcept { return model_; }
    [[nodiscard]] Lock lock() { return Lock(model_.mutex); }
    [[nodiscard]] VerboseLog& log() noexcept { return log_; }

    /// A new job of this process; BG_E_TOO_MANY_JOBS_PER_USER or _PER_MACHINE at the limits.
    [[nodiscard]] HRESULT create_job(const std::string& name, BG_JOB_TYPE type, JobPtr& out);
    /// A job that is not final, this process's or of the store; null when there is none.
    [[nodiscard]] JobPtr find_job(const GUID& id);
    [[nodiscard]] std::vector<JobPtr> all_jobs();
    /// Whether the caller is the job's owner.
    [[nodiscard]] static bool is_owner(const Job& job); // mutex held
    [[nodiscard]] bool is_owned(const JobPtr& job) {    // mutex not held
        const Lock held = lock();
        return is_owner(*job);
    }

    /// Bring a job nobody here runs up to what the store says. BG_E_NOT_FOUND when it is gone.
    [[nodiscard]] HRESULT refresh(const JobPtr& job);
    /// Become the one process that may change the job. HRESULT_FROM_WIN32(ERROR_SHARING_VIOLATION)
    /// while another one runs it; E_ACCESSDENIED for who is neither its owner nor root;
    /// CO_E_OBJNOTCONNECTED after close().
    [[nodiscard]] HRESULT lease(const JobPtr& job);
    /// Root becomes the owner; what the former one entrusted to the job is taken out.
    [[nodiscard]] HRESULT take_ownership(const JobPtr& job);

    /// Let the job run. It returns once the store has the job as resumed, with all its files: from
    /// then on they outlive this process.
    [[nodiscard]] HRESULT resume_job(const JobPtr& job);
    /// Give the finished files their names, remove the rest, end the job. Blocks for the disk.
    [[nodiscard]] HRESULT complete(const JobPtr& job);
    /// Remove every temporary file, end the job. Blocks for the disk.
    [[nodiscard]] HRESULT cancel(const JobPtr& job);

    void close();

  private:
    Engine(const EngineOptions& options, Clock& clock, const std::string& store_path,
           std::shared_ptr<LeaseFile> leases, const Seal& seal);

    /// Deletes the engine, from another thread when the caller is one of its own.
    static void dispose(Engine* engine);
    [[nodiscard]] JobPtr adopt_object(const StoredJob& stored);
    /// List the job in Model::known, with the mutex held. Those that are gone leave it in time.
    void remember(const JobPtr& job);
    void forget_gone();
    void finish_interrupted_endings();
    /// Cancel the jobs of the store that nobody touched for too long.
    void cancel_forgotten();
    /// Stop the job's transfers and journal what is about to be done to it. Nothing of it begins
    /// until Job::ending is false again.
    [[nodiscard]] HRESULT begin_ending(Lock& lock, const JobPtr& job, Intent intent);
    void stop_ending(const JobPtr& job);
    /// Give whole files their names; the first error.
    [[nodiscard]] Error publish(Lock& lock, const JobPtr& job);
    /// Begin the files anew whose temporary file was taken away while nothing transferred.
    void find_lost(Lock& lock, const JobPtr& job);
    /// Whether all were removed.
    [[nodiscard]] bool remove_temporary(Lock& lock, const JobPtr& job);
    void let_go(Lock& lock, const JobPtr& job, Event event);

    Model model_;
    VerboseLog log_;
    std::shared_ptr<LeaseFile> leases_;
    std::mutex reader_mutex_;     // guards reader_; never held with Model::mutex
    std::optional<Store> reader_; // until close()
    Committer committer_;
    Notifier notifier_;
    Loop loop_;
    std::mutex lease_mutex_; // one lease() at a time; never held with Model::mutex before it
    std::mutex close_mutex_; // one close() at a time
    static constexpr std::size_t kKnownJobs = 64;
    std::size_t forget_at_ = kKnownJobs; // entries of Model::known; guarded by Model::mutex
};

} // namespace bitscb3
