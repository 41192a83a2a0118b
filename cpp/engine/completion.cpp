// SPDX-License-Identifier: MIT
// completion.cpp - the two ends of a job: Engine::complete() and Engine::cancel().
// Order: the intent is committed before the first rename, so that a crash in between is finished by
// the
//        next engine that opens the store; the folders are synced before the job's row goes.

#include "engine/engine.hpp"
#include "engine/job_life.hpp"

#include <curl/curl.h>

#include <set>
#include <unistd.h>
#include <utility>

namespace bitscb3 {

namespace {

/// Last-Modified as a time; file:// sources give seconds.
std::optional<std::time_t> time_of(const std::string& last_modified) {
    if (last_modified.empty()) return std::nullopt;
    if (const auto seconds = to_number(last_modified)) return static_cast<std::time_t>(*seconds);
    const std::time_t time = curl_getdate(last_modified.c_str(), nullptr);
    return time == -1 ? std::nullopt : std::optional(time);
}

} // namespace

void Engine::quiet_down(Lock& lock, const JobPtr& job) {
    job->ending = true;
    loop_.wake();
    model_.quiet.wait(lock, [&] { return job->transfers == 0; });
}

void Engine::let_go(Lock& lock, const JobPtr& job, BG_JOB_STATE state) {
    end(model_, job, state);
    job->ending = false;
    NotifyInterface object = std::exchange(job->notify, {});
    lock.unlock();
    object = {}; // the client's code: not under the mutex
    lock.lock();
}

HRESULT Engine::complete(const JobPtr& job) {
    Lock held = lock();
    if (job->is_final() || job->ending) return BG_E_INVALID_STATE;
    quiet_down(held, job);
    job->completing = true;
    touch(model_, job, false);
    if (const Error error = committer_.flush(held); error) {
        job->completing = false;
        job->ending = false;
        return error.code;
    }
    bool partial = false;
    bool left_over = false;
    Error problem;
    std::set<std::string> folders;
    for (const auto& entry : job->files) {
        File& file = *entry;
        if (file.published) continue;
        const bool whole = file.complete();
        partial = partial || !whole;
        const std::string temporary = file.temporary;
        const std::string local = file.local;
        const auto modified = time_of(file.validator.last_modified);
        file.disk.reset();
        held.unlock();
        if (whole) {
            const Error error = publish_file(temporary, local, modified);
            if (!error) folders.insert(folder_of(local));
            if (error && !problem) problem = error;
            held.lock();
            file.published = !error;
            file.dirty = true;
        } else {
            left_over = left_over || (!temporary.empty() && !remove_file(temporary));
            held.lock();
        }
    }
    held.unlock();
    for (const std::string& folder : folders) {
        if (const Error error = sync_folder(folder); error && !problem) problem = error;
    }
    held.lock();
    if (problem) { // the job stays, as TRANSFERRED; what was renamed is usable
        job->completing = false;
        job->ending = false;
        job->error = problem;
        touch(model_, job);
        return problem.code;
    }
    let_go(held, job, BG_JOB_STATE_ACKNOWLEDGED);
    if (left_over) return BG_S_UNABLE_TO_DELETE_FILES;
    return partial ? BG_S_PARTIAL_COMPLETE : S_OK;
}

HRESULT Engine::cancel(const JobPtr& job) {
    Lock held = lock();
    if (job->is_final() || job->ending) return BG_E_INVALID_STATE;
    quiet_down(held, job);
    std::vector<std::string> temporary;
    for (const auto& file : job->files) {
        file->disk.reset();
        if (!file->temporary.empty() && !file->published) temporary.push_back(file->temporary);
    }
    held.unlock();
    bool left_over = false;
    for (const std::string& path : temporary) left_over = !remove_file(path) || left_over;
    held.lock();
    let_go(held, job, BG_JOB_STATE_CANCELLED);
    return left_over ? BG_S_UNABLE_TO_DELETE_FILES : S_OK;
}

void Engine::finish_interrupted_completions() {
    std::vector<GUID> ids;
    {
        const std::lock_guard reading(reader_mutex_);
        ids = reader_.completing();
    }
    for (const GUID& id : ids) {
        const JobPtr job = find_job(id);
        if (!job || FAILED(lease(job))) continue; // its process is still at it
        {
            const Lock held = lock();
            for (const auto& file : job->files) {
                // Renamed before the crash: the temporary name is gone, the final one is there.
                const bool renamed = file->complete() &&
                                     access(file->temporary.c_str(), F_OK) != 0 &&
                                     access(file->local.c_str(), F_OK) == 0;
                file->published = file->published || renamed;
            }
        }
        (void)complete(job); // a failure leaves the job as it is, to be completed or cancelled
    }
}

} // namespace bitscb3
