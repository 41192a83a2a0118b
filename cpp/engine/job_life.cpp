// SPDX-License-Identifier: MIT
// job_life.cpp - see job_life.hpp.

#include "engine/job_life.hpp"

#include <algorithm>
#include <chrono>

namespace bitscb3 {

namespace {

using std::chrono::seconds;

void enter(Model& model, const JobPtr& job, BG_JOB_STATE state) {
    if (job->state == state) return;
    const Instant now = model.clock.now();
    const bool was_running = job->is_running();
    job->state = state;
    if (was_running && !job->is_running() && job->active_since) {
        job->transfer_time += now - *job->active_since;
        job->active_since.reset();
    } else if (!was_running && job->is_running()) {
        job->active_since = now;
    }
    // The changes to TRANSFERRED and ERROR have callbacks of their own.
    const bool has_own = state == BG_JOB_STATE_TRANSFERRED || state == BG_JOB_STATE_ERROR;
    if (has_own) {
        job->end_delivered = false;
        ++job->end_number;
        job->notify_not_before = {};
        job->notify_backoff = {};
    }
    if (state == BG_JOB_STATE_TRANSFERRED) job->transferred = file_time_now();
    touch(model, job, !has_own);
    model.wake_loop();
}

void clear_error(Job& job) {
    job.error = {};
    job.error_file.reset();
}

/// Head for `state`: range events in hand go out first.
void settle(Model& model, const JobPtr& job, BG_JOB_STATE state) {
    job->settling = state;
    model.wake_loop(); // what still runs is to stop
    finish_settling(model, job);
}

/// Also a job that is whole, or about to be, fails.
void fail_anyhow(Model& model, const JobPtr& job, const File& file, const Error& error) {
    job->settling.reset();
    if (job->state == BG_JOB_STATE_TRANSFERRED) enter(model, job, BG_JOB_STATE_TRANSFERRING);
    if (!job->is_running()) job->error = error; // it may yet be resumed
    fail(model, job, &file, error);
}

} // namespace

FileTime file_time_now() noexcept {
    constexpr FileTime kUnixEpoch = 116'444'736'000'000'000; // 1970 in ticks since 1601
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    const auto ticks = std::chrono::duration_cast<std::chrono::nanoseconds>(since).count() / 100;
    return kUnixEpoch + static_cast<FileTime>(ticks);
}

void touch(Model& model, const JobPtr& job, bool tell) {
    job->modified = file_time_now();
    model.wake_committer(job);
    if (tell && job->wants(BG_NOTIFY_JOB_MODIFICATION)) job->modification_due = true;
    model.wake_notifier(job);
}

HRESULT resume(Model& model, const JobPtr& job) {
    if (job->is_final()) return BG_E_INVALID_STATE;
    if (job->files.empty()) return BG_E_EMPTY;
    job->parked = false;
    job->settling.reset();
    switch (job->state) {
    case BG_JOB_STATE_QUEUED:
    case BG_JOB_STATE_CONNECTING:
    case BG_JOB_STATE_TRANSFERRING:
        model.wake_loop();
        return S_OK;
    default:
        break;
    }
    job->transfer_time = {};
    job->no_progress_since.reset();
    for (auto& file : job->files) {
        file->faults = 0;
        file->restarts = 0;
        file->not_before = {};
    }
    enter(model, job, BG_JOB_STATE_QUEUED);
    return S_OK;
}

HRESULT suspend(Model& model, const JobPtr& job) {
    if (job->is_final()) return BG_E_INVALID_STATE;
    job->settling.reset();
    clear_error(*job);
    enter(model, job, BG_JOB_STATE_SUSPENDED);
    return S_OK;
}

void begin_turn(Model& model, const JobPtr& job) {
    job->slice_began = model.clock.now();
    enter(model, job, BG_JOB_STATE_CONNECTING);
}

void end_turn(Model& model, const JobPtr& job) {
    enter(model, job, BG_JOB_STATE_QUEUED);
}

void connected(Model& model, const JobPtr& job) {
    if (job->state != BG_JOB_STATE_CONNECTING) return;
    clear_error(*job);
    enter(model, job, BG_JOB_STATE_TRANSFERRING);
}

void progressed(Model& model, const JobPtr& job) {
    job->no_progress_since.reset();
    model.wake_committer(job);
    const Instant now = model.clock.now();
    if (job->wants(BG_NOTIFY_JOB_MODIFICATION) && now >= job->next_bytes_event) {
        constexpr auto kSpacing = std::chrono::milliseconds(100);
        job->next_bytes_event = later(now, kSpacing);
        job->modification_due = true;
    }
    model.wake_notifier(job);
}

void fail(Model& model, const JobPtr& job, const File* file, Error error) {
    if (!job->is_running() || job->settling) return; // stopped meanwhile
    const Instant now = model.clock.now();
    const seconds delay(job->minimum_retry_delay_s);
    const seconds patience(job->no_progress_timeout_s);
    if (!job->no_progress_since) job->no_progress_since = now;
    ++job->error_count;
    job->error_file = file != nullptr ? std::optional(file->index) : std::nullopt;
    const bool again = error.transient && patience > seconds(0) && delay <= patience &&
                       now - *job->no_progress_since < patience;
    job->error = std::move(error);
    if (again) {
        job->retry_at = later(now, delay);
        enter(model, job, BG_JOB_STATE_TRANSIENT_ERROR);
    } else {
        job->error.transient = false;
        settle(model, job, BG_JOB_STATE_ERROR);
    }
}

Instant check_times(Model& model, const JobPtr& job) {
    if (job->settling) return kForever;
    const Instant now = model.clock.now();
    if (job->state == BG_JOB_STATE_TRANSIENT_ERROR) {
        const Instant give_up = job->no_progress_since ? later(*job->no_progress_since,
                                                               seconds(job->no_progress_timeout_s))
                                                       : kForever;
        if (now >= give_up) {
            settle(model, job, BG_JOB_STATE_ERROR);
            return kForever;
        }
        if (now < job->retry_at) return std::min(give_up, job->retry_at);
        enter(model, job, BG_JOB_STATE_QUEUED);
        return kForever;
    }
    if (job->is_running() && job->active_since) {
        const Instant spent =
            later(*job->active_since, seconds(job->maximum_download_time_s) - job->transfer_time);
        if (now < spent) return spent;
        fail(model, job, nullptr,
             {BG_E_MAXDOWNLOAD_TIMEOUT, BG_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER, false,
              "The maximum download time is spent."});
    }
    return kForever;
}

void settle_if_done(Model& model, const JobPtr& job) {
    if (!job->is_running() || job->settling) return;
    bool complete = true;
    bool idle = true;
    for (const auto& file : job->files) {
        complete = complete && file->complete();
        idle = idle && file->size_known() && file->requests_filled();
    }
    if (complete) {
        settle(model, job, BG_JOB_STATE_TRANSFERRED);
    } else if (job->on_demand && idle) {
        settle(model, job, BG_JOB_STATE_SUSPENDED);
    }
}

void finish_settling(Model& model, const JobPtr& job) {
    if (!job->settling) return;
    if (job->has_pending_ranges() || job->reporting) {
        model.wake_notifier(job);
        return;
    }
    const BG_JOB_STATE state = *job->settling;
    job->settling.reset();
    enter(model, job, state);
}

void restart(Model& model, const JobPtr& job, File& file) {
    ++file.generation;
    file.object = nullptr;
    file.filled.clear();
    file.pending.clear();
    file.recorded.clear();
    file.in_flight.clear();
    file.validator = {};
    file.range_support = RangeSupport::kUnknown;
    file.plain_get = false;
    file.asked_head = false;
    file.disk.reset();
    model.abandoned.push_back(std::move(file.temporary));
    file.temporary = temporary_name_beside(file.local); // recorded before it is made
    file.urgent.clear();
    for (const Range& range : file.requested.ranges()) file.urgent.push_back(range);
    file.dirty = true;
    job->announced = std::min(job->announced, file.index);
    touch(model, job);
    model.wake_loop();
}

void lose(Model& model, const JobPtr& job, File& file, const Error& error) {
    restart(model, job, file);
    fail_anyhow(model, job, file, error);
}

void forget_unsynced(Model& model, const JobPtr& job, File& file, const Error& error) {
    ++file.generation;
    file.object = nullptr;
    file.filled = file.recorded;
    file.pending.clear();
    file.in_flight.clear();
    file.urgent.clear();
    for (const Range& range : file.requested.ranges()) {
        for (const Range& gap : file.filled.gaps(range)) file.urgent.push_back(gap);
    }
    file.dirty = true;
    ++job->unsynced;
    touch(model, job);
    fail_anyhow(model, job, file, error);
}

void end(Model& model, const JobPtr& job, BG_JOB_STATE state) {
    job->settling.reset();
    clear_error(*job);
    for (auto& file : job->files) file->pending.clear();
    enter(model, job, state);
}

void request(Model& model, const JobPtr& job, File& file, const RangeList& ranges) {
    for (const Range& range : ranges) {
        file.requested.insert(range);
        for (const Range& gap : file.filled.gaps(range)) file.urgent.push_back(gap);
    }
    // On one connection a request does not wait for the rest of the file.
    if (model.settings.connections_per_file <= 1) ++file.plan;
    file.dirty = true;
    // A job that was about to settle has work again.
    if (job->settling == BG_JOB_STATE_SUSPENDED) job->settling.reset();
    touch(model, job, false);
    model.wake_loop();
}

} // namespace bitscb3
