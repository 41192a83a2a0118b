// SPDX-License-Identifier: MIT
// scheduler.cpp - see scheduler.hpp.

#include "engine/scheduler.hpp"

#include "engine/file_life.hpp"
#include "engine/job_life.hpp"
#include "engine/url.hpp"

#include <algorithm>
#include <chrono>

namespace bitscb3 {

namespace {

bool is_candidate(const Job& job) noexcept {
    return !job.parked && !job.ending && !job.settling &&
           (job.state == BG_JOB_STATE_QUEUED || job.is_running());
}

} // namespace

Instant Scheduler::run(std::vector<Start>& starts) {
    const Instant now = model_.clock.now();
    Instant next = kForever;
    for (const JobPtr& job : model_.leased) {
        if (!job->parked && !job->ending) next = std::min(next, check_times(model_, job));
        next = std::min(next, check_activity(model_, job));
    }
    give_turns(now, next);
    for (const JobPtr& job : model_.leased) {
        if (!job->is_running() || job->ending || job->settling) continue;
        start_requests(job, now, next, starts);
        if (job->transfers == 0) settle_if_done(model_, job);
    }
    return next;
}

void Scheduler::give_turns(Instant now, Instant& next) {
    std::vector<JobPtr> background;
    for (const JobPtr& job : model_.leased) {
        if (!is_candidate(*job)) continue;
        if (job->priority == BG_JOB_PRIORITY_FOREGROUND) {
            if (!job->is_running()) begin_turn(model_, job);
        } else {
            background.push_back(job);
        }
    }
    if (background.empty()) return;
    const auto level = (*std::min_element(background.begin(), background.end(),
                                          [](const JobPtr& a, const JobPtr& b) {
                                              return a->priority < b->priority;
                                          }))
                           ->priority;
    std::vector<JobPtr> running;
    std::vector<JobPtr> waiting;
    for (const JobPtr& job : background) {
        if (job->priority != level) {
            if (job->is_running()) end_turn(model_, job);
        } else {
            (job->is_running() ? running : waiting).push_back(job);
        }
    }
    // Whose last turn began longest ago comes first; a job that never had one begins at zero.
    const auto longer_ago = [](const JobPtr& a, const JobPtr& b) {
        return a->slice_began < b->slice_began;
    };
    std::stable_sort(running.begin(), running.end(), longer_ago);
    std::stable_sort(waiting.begin(), waiting.end(), longer_ago);
    // More than may be: one came from the foreground, or has work again after it was about to end.
    while (running.size() > model_.settings.background_jobs) {
        end_turn(model_, running.back());
        running.pop_back();
    }
    const std::chrono::milliseconds slice(model_.settings.time_slice_ms);
    std::size_t taken = running.size();
    auto oldest = running.begin();
    for (const JobPtr& job : waiting) {
        if (taken >= model_.settings.background_jobs) {
            if (oldest == running.end()) break;
            const Instant over = later((*oldest)->slice_began, slice);
            if (now < over) {
                next = std::min(next, over);
                break;
            }
            end_turn(model_, *oldest++);
            --taken;
        }
        begin_turn(model_, job);
        ++taken;
    }
}

bool Scheduler::has_room(const File& file, const HostHabits& host) const noexcept {
    const bitscb3_settings& settings = model_.settings;
    const bool urgent = !file.urgent.empty();
    const bool one_by_one = settings.connections_per_file <= 1;
    const std::uint32_t of_file =
        urgent && !one_by_one ? settings.connections_per_host : settings.connections_per_file;
    const std::uint32_t kept = !urgent && settings.connections_per_host > 1 ? 1 : 0;
    return file.transfers < of_file && host.connections + kept < settings.connections_per_host &&
           connections_ < settings.connections;
}

void Scheduler::start_requests(const JobPtr& job, Instant now, Instant& next,
                               std::vector<Start>& starts) {
    std::uint32_t active = 0;
    for (std::size_t i = job->find_unfinished(); i < job->files.size(); ++i) {
        File& file = *job->files[i];
        if (file.complete()) continue;
        if (job->certificates.asking) break; // the client judges the server first
        if (file.transfers == 0 && active >= model_.settings.files_per_job) break;
        if (!file.named) { // before long, and in its turn: the committer is at it
            ++active;
            continue;
        }
        if (now < file.not_before) {
            next = std::min(next, file.not_before);
            ++active;
            continue;
        }
        const std::string& origin = address_of(file)->origin;
        HostHabits& host = hosts_[origin];
        const Instant real = std::chrono::steady_clock::now();
        while (has_room(file, host)) {
            std::optional<Ask> ask = plan(model_.settings, *job, file, host);
            if (!ask) break;
            ask->withdrawn = file.withdrawn;
            ask->alone = job->no_progress_since || host.is_distrusted(real);
            ++file.transfers;
            ++job->transfers;
            ++host.connections;
            host.began(ask->ranges.size());
            ++connections_;
            starts.push_back({job, &file, file.generation, origin, std::move(*ask)});
        }
        const bool waits = !job->on_demand || !file.urgent.empty(); // for a connection
        if (file.transfers > 0 || (waits && !has_room(file, host))) ++active;
    }
}

void Scheduler::ended(const JobPtr& job, File& file, const std::string& origin, const Ask& ask,
                      bool current) {
    if (current) give_back(file, ask); // a restart gave everything back
    --file.transfers;
    --job->transfers;
    close_idle(*job, file);
    HostHabits& host = hosts_[origin];
    --host.connections;
    host.ended(ask.ranges.size());
    --connections_;
    if (job->transfers == 0) model_.quiet.notify_all();
}

} // namespace bitscb3
