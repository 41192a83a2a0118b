// SPDX-License-Identifier: MIT
// engine.cpp - see engine.hpp.

#include "engine/engine.hpp"

#include "engine/error_adapter.hpp"
#include "engine/file_adapter.hpp"
#include "engine/file_life.hpp"
#include "engine/job_adapter.hpp"
#include "engine/job_life.hpp"
#include "engine/new_file.hpp"
#include "engine/path.hpp"
#include "engine/url.hpp"
#include "engine/user.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <unordered_set>
#include <utility>

namespace bitscb3 {

namespace {

constexpr FileTime kTicks = 10'000'000;                    // of FILETIME in a second
constexpr std::chrono::hours kLongestIdle(24 * 365 * 100); // more than any time-out; a Duration

/// Since the job was touched last, by the wall clock: it survives the end of a process.
std::chrono::seconds idle_time(const Job& job) noexcept {
    const FileTime now = file_time_now();
    const std::chrono::seconds idle(now > job.modified ? (now - job.modified) / kTicks : 0);
    return std::min<std::chrono::seconds>(idle, kLongestIdle);
}

/// Not make_shared: the weak pointers of Model::known would keep its memory.
JobPtr new_job() {
    return JobPtr(new Job);
}

} // namespace

std::shared_ptr<Engine> Engine::open(const EngineOptions& options, Clock& clock, Error& error) {
    std::string path;
    if (error = prepare_store(options.store, path); error) return nullptr;
    auto leases = LeaseFile::open(joined(options.store, "leases"), error);
    if (!leases) return nullptr;
    const auto seal = Seal::open(joined(options.store, "key"), error);
    if (!seal) return nullptr;
    try {
        const std::shared_ptr<Engine> engine(
            new Engine(options, clock, path, std::move(leases), *seal), &Engine::dispose);
        if (!engine->loop_.can_be_woken()) {
            error = {BITSCB3_WIN32_ERROR_TOO_MANY_OPEN_FILES, BG_ERROR_CONTEXT_GENERAL_TRANSPORT,
                     false, "libcurl got no descriptor to be woken by."};
            return nullptr;
        }
        engine->reader_->check();
        engine->committer_.start();
        engine->loop_.start();
        engine->finish_interrupted_endings();
        engine->cancel_forgotten();
        return engine;
    } catch (const SqlError& sql) {
        error = unusable(sql, path);
        return nullptr;
    }
}

Engine::Engine(const EngineOptions& options, Clock& clock, const std::string& store_path,
               std::shared_ptr<LeaseFile> leases, const Seal& seal)
    : model_(options.settings, clock),
      leases_(std::move(leases)),
      reader_(std::in_place, store_path, seal),
      committer_(model_, store_path, seal),
      notifier_(
          model_,
          // weak: while the engine goes away nobody is left to be called
          {[this](const JobPtr& job) { return make_job_object(weak_from_this().lock(), job); },
           [this](const JobPtr& job, std::uint32_t index, std::uint32_t generation) {
               return make_file_object(weak_from_this().lock(), job, index, generation);
           },
           [this](const JobPtr& job, const ErrorRecord& error) {
               return make_error_object(weak_from_this().lock(), job, error);
           },
           [this](const JobPtr& job) { (void)cancel(job); }}),
      loop_(
          model_,
          {options.settings, {options.authorities, options.crl_file}, options.user_agent, &log_}) {
    model_.wake_loop = [this] { loop_.wake(); };
    model_.wake_notifier = [this](const JobPtr& job) { notifier_.mark(job); };
    model_.wake_committer = [this](const JobPtr& job) { committer_.mark(job); };
    model_.hurry_committer = [this] { committer_.hurry(); };
    clock.on_jump(this, [this] {
        const std::lock_guard lock(model_.mutex);
        loop_.wake();
        notifier_.look_again();
    });
}

Engine::~Engine() {
    close();
}

void Engine::dispose(Engine* engine) {
    if (engine->notifier_.is_own_thread()) { // the last object went inside a callback, whose thread
                                             // cannot wait for itself
        std::thread([engine] { delete engine; }).detach();
    } else {
        delete engine;
    }
}

void Engine::close() {
    std::unique_lock closing(close_mutex_, std::defer_lock);
    if (!notifier_.is_own_thread()) {
        closing.lock();
    } else if (!closing.try_lock()) {
        return; // who closes waits for this callback
    }
    {
        const std::lock_guard lock(model_.mutex);
        model_.closed = true;
    }
    model_.clock.on_jump(this, {});
    loop_.stop();
    log_.close();
    {
        Lock held = lock(); // Complete and Cancel need the committer
        model_.quiet.wait(held, [this] { return !model_.is_ending(); });
    }
    notifier_.stop();
    committer_.stop();
    {
        const std::lock_guard reading(reader_mutex_);
        reader_.reset();
    }
    std::vector<JobPtr> jobs;
    std::vector<std::pair<NotifyPtr, JudgePtr>> objects; // released below, without the mutex
    {
        const std::lock_guard lock(model_.mutex);
        leases_ = nullptr;
        jobs.swap(model_.leased);
        for (const JobPtr& job : jobs) {
            for (const auto& file : job->files) file->disk.reset();
            objects.emplace_back(std::exchange(job->notify, no_notify()),
                                 std::exchange(job->certificates.callback, nullptr));
            job->lease.release();
        }
    }
}

std::shared_ptr<LeaseFile> Engine::lease_file() {
    const Lock held = lock();
    return model_.closed ? nullptr : leases_;
}

HRESULT Engine::create_job(const std::string& name, BG_JOB_TYPE type, JobPtr& out) {
    const bitscb3_settings& settings = model_.settings;
    if (settings.jobs_per_user != BITSCB3_NO_LIMIT ||
        settings.jobs_per_machine != BITSCB3_NO_LIMIT) {
        const std::vector<JobPtr> all = all_jobs();
        const Lock held = lock();
        const auto own =
            std::count_if(all.begin(), all.end(), [](const JobPtr& job) { return is_owner(*job); });
        if (exceeds(static_cast<std::size_t>(own) + 1, settings.jobs_per_user)) {
            return BG_E_TOO_MANY_JOBS_PER_USER;
        }
        if (exceeds(all.size() + 1, settings.jobs_per_machine)) {
            return BG_E_TOO_MANY_JOBS_PER_MACHINE;
        }
    }
    const std::shared_ptr<LeaseFile> leases = lease_file();
    if (!leases) return CO_E_OBJNOTCONNECTED;
    auto job = new_job();
    job->id = make_guid();
    job->lease = leases->try_acquire(job->id);
    if (!job->lease.held()) return E_FAIL;
    job->owner = user_id();
    job->name = name;
    job->type = type;
    job->notification_interval_ms = settings.notification_interval_ms;
    job->minimum_retry_delay_s = settings.minimum_retry_delay_s;
    job->no_progress_timeout_s = settings.no_progress_timeout_s;
    job->maximum_download_time_s = settings.maximum_download_time_s;
    job->created = job->modified = file_time_now();
    const Lock held = lock();
    if (model_.closed) return CO_E_OBJNOTCONNECTED;
    model_.know(job);
    model_.leased.push_back(job);
    touch(model_, job, false);
    out = std::move(job);
    return S_OK;
}

JobPtr Engine::adopt_object(const StoredJob& stored) {
    const Lock held = lock();
    const auto found = model_.known.find(stored.job.id);
    JobPtr job = found != model_.known.end() ? found->second.lock() : nullptr;
    if (job && job->is_final()) return nullptr; // the row was read before it went
    if (job && job->leased()) return job;
    if (!job) {
        job = new_job();
        job->id = stored.job.id;
        model_.know(job);
    }
    static_cast<JobRecord&>(*job) = stored.job;
    job->stored = true;
    job->resume_stored = job->state != BG_JOB_STATE_SUSPENDED;
    // Files only come; an older row must not take away what objects refer to.
    job->files.resize(std::max(job->files.size(), stored.files.size()));
    job->first_unfinished = 0;
    for (std::size_t i = 0; i < stored.files.size(); ++i) {
        if (!job->files[i]) job->files[i] = std::make_unique<File>();
        File& file = *job->files[i];
        static_cast<FileRecord&>(file) = stored.files[i];
        file.recorded = file.filled;
        file.named = true;
        file.local_source = !is_http_url(file.remote);
        file.urgent.clear();
        for (const Range& range : file.requested.ranges()) {
            for (const Range& gap : file.filled.gaps(range)) file.urgent.push_back(gap);
        }
    }
    return job;
}

JobPtr Engine::find_job(const GUID& id) {
    {
        const Lock held = lock();
        const auto found = model_.known.find(id);
        const JobPtr job = found != model_.known.end() ? found->second.lock() : nullptr;
        if (job && job->leased()) return job->is_final() ? nullptr : job;
    }
    std::optional<StoredJob> stored;
    try {
        const std::lock_guard reading(reader_mutex_);
        if (reader_) stored = reader_->load(id);
    } catch (const SqlError&) {
        return nullptr;
    }
    return stored ? adopt_object(*stored) : nullptr;
}

std::vector<JobPtr> Engine::all_jobs() {
    std::vector<GUID> ids;
    try {
        const std::lock_guard reading(reader_mutex_);
        if (reader_) ids = reader_->ids();
    } catch (const SqlError&) {
        // The jobs of this process are known without the store.
    }
    std::vector<JobPtr> out;
    {
        const Lock held = lock();
        for (const JobPtr& job : model_.leased) {
            if (!job->is_final()) out.push_back(job);
        }
    }
    std::unordered_set<GUID, GuidHash, GuidEqual> listed;
    for (const JobPtr& job : out) listed.insert(job->id);
    for (const GUID& id : ids) {
        if (listed.contains(id)) continue;
        if (JobPtr job = find_job(id)) out.push_back(std::move(job));
    }
    return out;
}

HRESULT Engine::refresh(const JobPtr& job) {
    {
        const Lock held = lock();
        if (job->leased() || job->is_final()) return S_OK;
        if (model_.closed) return S_OK; // what is known last
    }
    return find_job(job->id) ? S_OK : BG_E_NOT_FOUND;
}

bool Engine::is_owner(const Job& job) {
    return job.owner == user_id();
}

HRESULT Engine::lease(const JobPtr& job) {
    {
        const Lock held = lock();
        if (!is_administrator() && !is_owner(*job)) return E_ACCESSDENIED;
        if (job->leased()) return model_.closed ? CO_E_OBJNOTCONNECTED : S_OK;
    }
    // A lock does not keep out its own holder: threads of this engine take turns.
    const std::lock_guard leasing(lease_mutex_);
    {
        const Lock held = lock();
        if (job->leased()) return model_.closed ? CO_E_OBJNOTCONNECTED : S_OK;
        if (job->is_final()) return BG_E_INVALID_STATE;
    }
    const std::shared_ptr<LeaseFile> leases = lease_file();
    if (!leases) return CO_E_OBJNOTCONNECTED;
    Lease lease = leases->try_acquire(job->id);
    if (!lease.held()) return HRESULT_FROM_WIN32(32u /* ERROR_SHARING_VIOLATION */);
    if (const HRESULT found = refresh(job); FAILED(found)) return found;
    const Lock held = lock();
    if (model_.closed) return CO_E_OBJNOTCONNECTED;
    job->lease = std::move(lease);
    job->parked = true;
    const auto idle = std::chrono::duration_cast<Duration>(idle_time(*job));
    job->last_activity = model_.clock.now() - idle;
    model_.leased.push_back(job);
    return S_OK;
}

void Engine::find_lost(Lock& lock, const JobPtr& job) {
    struct Kept {
        File* file; // alive as long as the job
        std::string path;
        std::int64_t born;
        std::uint64_t least;
    };
    std::vector<Kept> kept;
    for (const auto& file : job->files) {
        if (file->disk || file->published || file->filled.empty()) continue;
        kept.push_back({file.get(), file->temporary, file->born,
                        Layout(file->pieces, file->size()).end_of(file->filled)});
    }
    lock.unlock();
    std::erase_if(kept, [](const Kept& entry) {
        return !DiskFile::is_lost(entry.path, entry.born, entry.least);
    });
    lock.lock();
    for (const auto& [file, path, born, least] : kept) {
        if (file->temporary == path && !file->disk) restart(model_, job, *file);
    }
}

HRESULT Engine::take_ownership(const JobPtr& job) {
    if (!is_administrator() && !is_owner(*job)) return E_ACCESSDENIED;
    if (const HRESULT leased = lease(job); FAILED(leased)) return leased;
    const Lock held = lock();
    if (job->ending) return BG_E_INVALID_STATE;
    if (const HRESULT legal = verdict(Call::kSet, job->state); FAILED(legal)) return legal;
    if (is_owner(*job)) return S_OK;
    job->owner = user_id();
    change_http(*job, [](HttpOptions& options) {
        options.credentials.clear();
        options.certificate.reset();
        options.headers.clear();
    });
    job->command_program.clear();
    job->command_parameters.clear();
    touch(model_, job);
    return S_OK;
}

void Engine::cancel_forgotten() {
    const std::chrono::seconds timeout(model_.settings.inactivity_timeout_s);
    if (timeout == std::chrono::seconds(0)) return;
    const FileTime span = static_cast<FileTime>(timeout.count()) * kTicks;
    const FileTime now = file_time_now();
    std::vector<GUID> forgotten;
    {
        const std::lock_guard reading(reader_mutex_);
        if (reader_ && now > span) forgotten = reader_->untouched_since(now - span);
    }
    const auto is_forgotten = [&](const JobPtr& job) {
        const Lock held = lock();
        return idle_time(*job) >= timeout;
    };
    for (const GUID& id : forgotten) {
        const JobPtr job = find_job(id);
        if (!job || !is_forgotten(job) || FAILED(lease(job))) continue;
        if (is_forgotten(job)) { // nobody touched it meanwhile
            (void)cancel(job);
            continue;
        }
        const Lock held = lock();
        std::erase(model_.leased, job);
        job->lease.release();
    }
}

HRESULT Engine::resume_job(const JobPtr& job) {
    if (const HRESULT leased = lease(job); FAILED(leased)) return leased;
    Lock held = lock();
    if (job->is_final() || job->ending) return BG_E_INVALID_STATE;
    if (!job->is_running()) find_lost(held, job);
    if (job->ending) return BG_E_INVALID_STATE;
    const HRESULT result = resume(model_, job);
    if (FAILED(result) || job->resume_stored) return result;
    if (const Error error = committer_.flush(held); error) return error.code;
    job->resume_stored = true;
    return result;
}

} // namespace bitscb3
