// SPDX-License-Identifier: MIT
// file_life.cpp - see file_life.hpp.

#include "engine/file_life.hpp"

#include "engine/job_life.hpp"
#include "engine/url.hpp"

#include <algorithm>
#include <utility>

namespace bitscb3 {

namespace {

/// What was asked for and is not here waits again, in order of the file.
void wait_for_missing(File& file) {
    file.urgent.clear();
    for (const Range& range : file.requested.ranges()) {
        for (const Range& gap : file.filled.gaps(range)) file.urgent.push_back(gap);
    }
}

/// Nothing is known of the server any more.
void forget_server(File& file) {
    file.range_support = file.local_source ? RangeSupport::kNo : RangeSupport::kUnknown;
    file.plain_get = false;
    file.asked_head = false;
    file.doubted = false;
}

} // namespace

void request(Model& model, const JobPtr& job, File& file, const RangeList& ranges) {
    for (const Range& range : ranges) {
        file.requested.insert(range);
        for (const Range& gap : file.filled.gaps(range)) file.urgent.push_back(gap);
    }
    // On one connection a request does not wait for the rest of the file.
    if (model.settings.connections_per_file <= 1) ++file.plan;
    file.dirty = true;
    // A job that was about to settle has work again.
    if (job->settling == Event::kIdle) job->settling.reset();
    touch(model, job, false);
    model.wake_loop();
}

void withdraw(Model& model, const JobPtr& job, File& file, const RangeList& ranges) {
    RangeSet gone;
    for (const Range& range : ranges) {
        for (const Range& gap : file.filled.gaps(range)) gone.insert(gap);
    }
    file.requested.erase(gone);
    std::list<Range> kept;
    for (const Range& range : file.urgent) {
        for (const Range& piece : gone.gaps(range)) kept.push_back(piece);
    }
    file.urgent = std::move(kept);
    ++file.withdrawn;
    file.dirty = true;
    touch(model, job, false);
    model.wake_loop(); // what brings them is to stop, and the job may have nothing left to do
}

void restart(Model& model, const JobPtr& job, File& file) {
    ++model.statistics.restarts;
    ++file.generation;
    file.object = nullptr;
    file.filled.clear();
    file.pending.clear();
    file.recorded.clear();
    file.in_flight.clear();
    file.validator = {};
    forget_server(file);
    file.validated = false;
    file.published = false;
    file.disk.reset();
    if (!job->high_performance) {
        model.abandoned.push_back(std::move(file.temporary));
        file.temporary = temporary_name_beside(file.local);
        file.named = false;
        model.hurry_committer();
    }
    if (!file.pieces.empty()) file.requested = RangeSet(file.pieces); // one may reach further now
    wait_for_missing(file);
    file.dirty = true;
    job->announced = std::min(job->announced, file.index);
    job->first_unfinished = std::min(job->first_unfinished, file.index);
    touch(model, job);
    model.wake_loop();
}

void change_source(Model& model, const JobPtr& job, File& file, std::string remote) {
    file.remote = std::move(remote);
    file.home.clear();
    file.url.reset();
    file.local_source = !is_http_url(file.remote);
    ++file.source; // what is on its way from the former one is not wanted
    forget_server(file);
    // BITS: the bytes here are good when size and time of the new source are the same.
    if (!file.validator.last_modified.empty()) file.validator.etag.clear();
    file.faults = 0;
    file.not_before = {};
    file.dirty = true;
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
    job->first_unfinished = std::min(job->first_unfinished, file.index);
    file.pending.clear();
    file.in_flight.clear();
    wait_for_missing(file);
    file.dirty = true;
    ++job->unsynced;
    touch(model, job);
    fail_anyhow(model, job, file, error);
}

void close_idle(const Job& job, File& file) {
    const bool idle = file.transfers == 0 && !file.dirty;
    if (idle && (file.complete() || !job.is_running())) file.disk.reset();
}

} // namespace bitscb3
