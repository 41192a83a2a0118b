// SPDX-License-Identifier: MIT
// job_life.cpp - see job_life.hpp.

#include "engine/job_life.hpp"

#include "engine/file_life.hpp"
#include "engine/outcome.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace bitscb3 {

namespace {

using std::chrono::seconds;

constexpr std::chrono::microseconds kNearly(50);

void clear_error(Job& job) {
    job.error = {};
    job.error_file.reset();
}

/// Let `event` happen to the job; nothing changes when the table does not know it here.
void happen(Model& model, const JobPtr& job, Event event) {
    const auto next = next_state(job->state, event);
    if (!next || *next == job->state) return;
    const BG_JOB_STATE state = *next;
    const Instant now = model.clock.now();
    const bool was_running = job->is_running();
    job->state = state;
    if (was_running && !job->is_running() && job->active_since) {
        job->transfer_time += now - *job->active_since;
        job->active_since.reset();
        for (const auto& file : job->files) close_idle(*job, *file);
    } else if (!was_running && job->is_running()) {
        job->active_since = now;
    }
    // The changes to TRANSFERRED and ERROR have callbacks of their own.
    const bool has_own = state == BG_JOB_STATE_TRANSFERRED || state == BG_JOB_STATE_ERROR;
    if (has_own) {
        job->end_delivered = false;
        job->method_failed = false;
        ++job->end_number;
        job->notify_not_before = {};
        job->notify_backoff = {};
    }
    if (state == BG_JOB_STATE_TRANSFERRED) {
        clear_error(*job);
        job->transferred = file_time_now();
    }
    touch(model, job, !has_own);
    model.wake_loop();
}

void set_error(Job& job, const File* file, Error error) {
    job.error = std::move(error);
    job.error_file = file != nullptr ? std::optional(file->index) : std::nullopt;
}

/// `event` happens once range events in hand are out.
void settle(Model& model, const JobPtr& job, Event event) {
    job->settling = event;
    model.wake_loop(); // what still runs is to stop
    finish_settling(model, job);
}

void give_up(Model& model, const JobPtr& job) {
    job->error.transient = false;
    settle(model, job, Event::kGaveUp);
}

/// Why the job may not transfer now; none when it may.
Error obstacle(const Model& model, const Job& job) {
    if (model.network == 0) return finding_error(Finding::kNoNetwork);
    if ((model.network & job.cost_flags) == 0) return finding_error(Finding::kNetworkTooDear);
    return {};
}

/// TRANSIENT_ERROR until the network changes; that is no fault, so nothing is counted.
void check_network(Model& model, const JobPtr& job) {
    if (job->state != BG_JOB_STATE_QUEUED && !job->is_running()) return;
    if (job->settling) return; // it needs the network no more
    Error found = obstacle(model, *job);
    if (!found) return;
    set_error(*job, nullptr, std::move(found));
    job->retry_at = kForever;
    job->no_progress_since.reset();
    happen(model, job, Event::kBlocked);
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
    job->last_activity = model.clock.now();
    model.wake_committer(job);
    if (tell && job->wants(BG_NOTIFY_JOB_MODIFICATION)) {
        job->modification_due = true;
        job->modification_at = {};
    }
    model.wake_notifier(job);
}

void touch_soon(Model& model, const JobPtr& job, Duration spacing) {
    model.wake_committer(job);
    const Instant now = model.clock.now();
    job->last_activity = now;
    Instant due = kForever;
    if (job->wants(BG_NOTIFY_JOB_MODIFICATION)) {
        const Instant at = later(job->modification_told, spacing);
        job->modification_at = job->modification_due ? std::min(job->modification_at, at) : at;
        job->modification_due = true;
        due = job->modification_at;
    }
    if (!job->to_report.empty()) {
        const Duration breath = job->breath_until - std::chrono::steady_clock::now();
        due = std::min(due, later(now, std::max(breath, Duration::zero())));
    }
    due = std::max(due, job->next_throttled);
    // Two clocks were read one after the other: what is nearly in time is in time.
    if (later(due, kNearly) < job->looked_at) model.wake_notifier(job);
}

HRESULT resume(Model& model, const JobPtr& job) {
    if (const HRESULT legal = verdict(Call::kResume, job->state); FAILED(legal)) return legal;
    if (job->files.empty()) return BG_E_EMPTY;
    job->parked = false;
    job->resumed = true;
    job->settling.reset();
    if (next_state(job->state, Event::kResumed) == job->state) { // it is under way
        model.wake_loop();
        return S_OK;
    }
    job->transfer_time = {};
    job->no_progress_since.reset();
    for (auto& file : job->files) {
        file->faults = 0;
        file->restarts = 0;
        file->not_before = {};
    }
    happen(model, job, Event::kResumed);
    check_network(model, job);
    return S_OK;
}

HRESULT suspend(Model& model, const JobPtr& job) {
    if (const HRESULT legal = verdict(Call::kSuspend, job->state); FAILED(legal)) return legal;
    job->settling.reset();
    job->resume_stored = false;
    clear_error(*job);
    happen(model, job, Event::kSuspended);
    return S_OK;
}

void begin_turn(Model& model, const JobPtr& job) {
    job->slice_began = model.clock.now();
    happen(model, job, Event::kTurnBegan);
}

void end_turn(Model& model, const JobPtr& job) {
    happen(model, job, Event::kTurnEnded);
}

void connected(Model& model, const JobPtr& job) {
    if (job->state != BG_JOB_STATE_CONNECTING) return;
    clear_error(*job);
    happen(model, job, Event::kConnected);
}

void progressed(Model& model, const JobPtr& job) {
    job->no_progress_since.reset();
    job->modified = file_time_now(); // GetTimes: when bytes came counts, too
    touch_soon(model, job, std::chrono::milliseconds(100));
}

void fail(Model& model, const JobPtr& job, const File* file, Error error) {
    if (!job->is_running() || job->settling) return; // stopped meanwhile
    const Instant now = model.clock.now();
    const seconds delay(job->minimum_retry_delay_s);
    const seconds patience(job->no_progress_timeout_s);
    if (!job->no_progress_since) job->no_progress_since = now;
    ++job->error_count;
    // What a custom method did cannot be continued, so it is not tried again by itself.
    const bool again = error.transient && patience > seconds(0) && delay <= patience &&
                       now - *job->no_progress_since < patience && job->http->method.empty();
    // The server's Retry-After counts, but not beyond the last moment of the job's patience.
    const Duration last = later(*job->no_progress_since, patience - seconds(1)) - now;
    const Duration asked = std::min<Duration>(seconds(error.retry_after_s), last);
    set_error(*job, file, std::move(error));
    if (again) {
        ++model.statistics.retries;
        job->retry_at = later(now, std::max<Duration>(delay, asked));
        happen(model, job, Event::kFault);
    } else {
        give_up(model, job);
    }
}

void fail_anyhow(Model& model, const JobPtr& job, const File& file, const Error& error) {
    job->settling.reset();
    if (job->is_running()) {
        fail(model, job, &file, error);
        return;
    }
    set_error(*job, &file, error); // a job that waits may yet be resumed
    if (job->state != BG_JOB_STATE_TRANSFERRED) return;
    ++job->error_count;
    give_up(model, job);
}

void reject(Model& model, const JobPtr& job, const File& file, Error error) {
    ++job->error_count;
    set_error(*job, &file, std::move(error));
    job->settling.reset();
    happen(model, job, Event::kRejected);
}

Instant check_times(Model& model, const JobPtr& job) {
    if (job->settling) return kForever;
    check_network(model, job);
    const Instant now = model.clock.now();
    if (job->state == BG_JOB_STATE_TRANSIENT_ERROR) {
        const Instant last = job->no_progress_since ? later(*job->no_progress_since,
                                                            seconds(job->no_progress_timeout_s))
                                                    : kForever;
        if (now >= last) {
            give_up(model, job);
            return kForever;
        }
        if (now < job->retry_at) return std::min(last, job->retry_at);
        happen(model, job, Event::kRetry);
        check_network(model, job);
        return kForever;
    }
    if (job->is_running() && job->active_since) {
        const Instant spent =
            later(*job->active_since, seconds(job->maximum_download_time_s) - job->transfer_time);
        if (now < spent) return spent;
        fail(model, job, nullptr, finding_error(Finding::kTimeSpent));
    }
    return kForever;
}

Instant check_activity(Model& model, const JobPtr& job) {
    const seconds timeout(model.settings.inactivity_timeout_s);
    if (timeout == seconds(0) || job->transfers > 0 || job->ending || job->is_final()) {
        return kForever;
    }
    const Instant now = model.clock.now();
    const Instant over = later(job->last_activity, timeout);
    if (now < over) return over;
    job->forgotten = true;
    job->last_activity = now; // once
    model.wake_notifier(job);
    return kForever;
}

void set_network(Model& model, std::uint32_t cost_state) {
    if (model.network == cost_state) return;
    model.network = cost_state;
    for (const JobPtr& job : model.leased) {
        if (job->parked || job->ending) continue;
        if (cost_state != 0) happen(model, job, Event::kRetry); // whatever they wait for
        check_network(model, job);
    }
    model.wake_loop();
}

void set_cost_flags(Model& model, const JobPtr& job, std::uint32_t flags) {
    job->cost_flags = flags;
    if (job->error.code == BG_E_BLOCKED_BY_COST_TRANSFER_POLICY) {
        happen(model, job, Event::kRetry);
    }
    if (!job->parked) check_network(model, job);
    model.wake_loop();
}

void set_rate_limit(Model& model, std::uint64_t rate) {
    model.rate_limit = rate;
    model.wake_loop();
}

void set_rate_limit(Model& model, const JobPtr& job, std::uint64_t rate) {
    job->rate_limit = rate;
    model.wake_loop();
}

void settle_if_done(Model& model, const JobPtr& job) {
    if (!job->is_running() || job->settling) return;
    if (job->find_unfinished() == job->files.size()) {
        settle(model, job, Event::kFilled);
        return;
    }
    const auto is_idle = [](const auto& file) {
        return file->size_known() && file->requests_filled();
    };
    if (job->on_demand && std::all_of(job->files.begin(), job->files.end(), is_idle)) {
        settle(model, job, Event::kIdle);
    }
}

void finish_settling(Model& model, const JobPtr& job) {
    if (!job->settling) return;
    if (job->has_pending_ranges() || job->reporting) {
        model.wake_notifier(job);
        return;
    }
    const Event event = *job->settling;
    job->settling.reset();
    happen(model, job, event);
}

void end(Model& model, const JobPtr& job, Event event) {
    job->settling.reset();
    clear_error(*job);
    for (auto& file : job->files) file->pending.clear();
    happen(model, job, event);
}

} // namespace bitscb3
