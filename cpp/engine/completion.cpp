// SPDX-License-Identifier: MIT
// completion.cpp - the two ends of a job: Engine::complete() and Engine::cancel().
// Order: the intent is committed before the first rename, so that a crash in between is finished
//        by the next engine that opens the store; the folders are synced before the job's row
//        goes.

#include "engine/engine.hpp"
#include "engine/file_life.hpp"
#include "engine/job_life.hpp"
#include "engine/path.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <set>
#include <utility>

namespace bitscb3 {

namespace {

/// Last-Modified as a time; file:// sources give seconds, with a fraction.
std::optional<std::time_t> time_of(const std::string& last_modified) {
    if (last_modified.empty()) return std::nullopt;
    const auto seconds = to_number(last_modified.substr(0, last_modified.find('.')));
    if (seconds) return static_cast<std::time_t>(*seconds);
    const std::time_t time = curl_getdate(last_modified.c_str(), nullptr);
    return time == -1 ? std::nullopt : std::optional(time);
}

} // namespace

HRESULT Engine::begin_ending(Lock& lock, const JobPtr& job, Intent intent) {
    if (job->is_final() || job->ending) return BG_E_INVALID_STATE;
    if (model_.closed) return CO_E_OBJNOTCONNECTED;
    job->ending = true;
    loop_.wake();
    model_.quiet.wait(lock, [&] { return job->transfers == 0; });
    const std::uint32_t unsynced = job->unsynced;
    job->intent = intent;
    touch(model_, job, false);
    // A job the store does not know yet cannot come back.
    const bool journal = job->stored || intent == Intent::kComplete;
    const Error error = journal ? committer_.flush(lock) : Error();
    if (!error && job->unsynced == unsynced) return S_OK;
    stop_ending(job);
    return error ? error.code : job->error.code;
}

void Engine::stop_ending(const JobPtr& job) {
    job->intent = Intent::kNone;
    job->ending = false;
    touch(model_, job);
    loop_.wake();
    model_.quiet.notify_all();
}

void Engine::let_go(Lock& lock, const JobPtr& job, Event event) {
    end(model_, job, event);
    NotifyPtr object = std::exchange(job->notify, no_notify());
    JudgePtr judge = std::exchange(job->certificates.callback, nullptr);
    // Not before its row is gone is the job over; a store that fails now finds the intent later.
    (void)committer_.flush(lock);
    job->ending = false;
    model_.quiet.notify_all();
    lock.unlock();
    object.reset(); // the client's code: not under the mutex
    judge.reset();
    lock.lock();
}

Error Engine::publish(Lock& lock, const JobPtr& job) {
    std::vector<std::pair<File*, Publication>> finished; // files live as long as the job
    for (const auto& entry : job->files) {
        File& file = *entry;
        if (file.published || !file.complete()) continue;
        file.disk.reset();
        finished.emplace_back(&file, Publication{file.temporary, file.local, file.wanted_bytes(),
                                                 time_of(file.validator.last_modified),
                                                 file.recorded == file.filled, file.born});
    }
    lock.unlock();
    struct Outcome {
        Error error;
        bool lost; // the temporary file is not there any more, or not with every byte
    };
    std::vector<Outcome> outcomes;
    Error problem;
    std::set<std::string> folders;
    const unsigned mode = mode_of_new_files();
    for (const auto& [file, publication] : finished) {
        Outcome outcome{publish_file(publication, mode), false};
        Error& error = outcome.error;
        outcome.lost =
            error && DiskFile::is_lost(publication.temporary, publication.born, publication.size);
        if (outcome.lost) {
            error.detail = "The temporary file " + publication.temporary +
                           " is gone, cut short or replaced; resuming the job downloads it again.";
        }
        if (!error) folders.insert(folder_of(publication.local));
        if (error && !problem) problem = error;
        outcomes.push_back(std::move(outcome));
    }
    for (const std::string& folder : folders) {
        if (const Error error = sync_folder(folder); error && !problem) problem = error;
    }
    lock.lock();
    for (std::size_t i = 0; i < finished.size(); ++i) {
        File& file = *finished[i].first;
        file.published = !outcomes[i].error;
        file.dirty = true;
        if (outcomes[i].lost) lose(model_, job, file, outcomes[i].error);
    }
    return problem;
}

bool Engine::remove_temporary(Lock& lock, const JobPtr& job) {
    std::vector<Abandoned> abandoned;
    for (const auto& file : job->files) {
        if (file->published) continue;
        file->disk.reset();
        if (job->high_performance) continue; // what is there is the caller's
        abandoned.push_back({file->temporary, file->born});
    }
    lock.unlock();
    bool all = true;
    std::set<std::string> folders;
    for (const auto& [path, born] : abandoned) {
        if (DiskFile::is_lost(path, born)) continue;
        all = remove_file(path) && all;
        folders.insert(folder_of(path));
    }
    for (const std::string& folder : folders) (void)sync_folder(folder); // else it may come back
    lock.lock();
    return all;
}

HRESULT Engine::complete(const JobPtr& job) {
    Lock held = lock();
    const HRESULT begun = begin_ending(held, job, Intent::kComplete);
    if (FAILED(begun)) return begun;
    if (const Error problem = publish(held, job); problem) {
        // The job stays as it was; what has its final name already is usable.
        job->error = problem;
        stop_ending(job);
        return problem.code;
    }
    const bool partial = std::any_of(job->files.begin(), job->files.end(),
                                     [](const auto& f) { return !f->published; });
    const bool removed = remove_temporary(held, job);
    let_go(held, job, Event::kAcknowledged);
    if (!removed) return BG_S_UNABLE_TO_DELETE_FILES;
    return partial ? BG_S_PARTIAL_COMPLETE : S_OK;
}

HRESULT Engine::cancel(const JobPtr& job) {
    Lock held = lock();
    const HRESULT begun = begin_ending(held, job, Intent::kCancel);
    if (FAILED(begun)) return begun;
    const bool removed = remove_temporary(held, job);
    let_go(held, job, Event::kCancelled);
    return removed ? S_OK : BG_S_UNABLE_TO_DELETE_FILES;
}

void Engine::finish_interrupted_endings() {
    std::vector<GUID> ids;
    {
        const std::lock_guard reading(reader_mutex_);
        if (reader_) ids = reader_->ending();
    }
    for (const GUID& id : ids) {
        const JobPtr job = find_job(id);
        if (!job || FAILED(lease(job))) continue; // its process is still at it
        Intent intent = Intent::kNone;
        {
            const Lock held = lock();
            intent = job->intent;
            for (const auto& file : job->files) {
                // Renamed before the crash: the temporary name is gone, the file has the final one.
                // An empty file need not have had the former.
                const bool renamed =
                    file->complete() && file->wanted_bytes() > 0 && !is_there(file->temporary) &&
                    is_there(file->local) &&
                    !DiskFile::is_lost(file->local, file->born, file->wanted_bytes());
                file->published = file->published || renamed;
            }
        }
        // A failure leaves the job as it is, to be completed or cancelled.
        if (intent == Intent::kComplete) (void)complete(job);
        if (intent == Intent::kCancel) (void)cancel(job);
    }
}

} // namespace bitscb3
