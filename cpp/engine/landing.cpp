// SPDX-License-Identifier: MIT
// landing.cpp - see landing.hpp.

#include "engine/landing.hpp"

#include "engine/file_life.hpp"
#include "engine/job_life.hpp"
#include "engine/outcome.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace bitscb3 {

namespace {

constexpr std::chrono::milliseconds kFirstReconnect(100); // doubled with each fault in a row
constexpr std::chrono::milliseconds kSizesApart(10); // least time between news of sizes of a job
constexpr std::uint32_t kMostRestarts = 4;           // of a file that keeps changing, since Resume
/// libcurl sees a stall later than stall_timeout_s, as it goes by an average.
constexpr std::chrono::seconds kSeenLater(10);

Error beyond_end(const File& file) {
    return finding_error(Finding::kBeyondEnd,
                         "A requested range lies beyond the end of the file (" +
                             std::to_string(file.size()) + " bytes).");
}

/// Remember which version the file on disk is of.
void pin(Model& model, const JobPtr& job, File& file, const Validator& validator) {
    if (file.size_known() || validator == file.validator) return;
    file.validator = validator;
    file.dirty = true;
    job->modified = file_time_now();
    touch_soon(model, job, kSizesApart);
    if (!file.size_known()) return;
    if (file.complete()) model.wake_notifier(job); // it is empty
    file.position = std::min(file.position, file.size());
    if (file.filled.end() > file.size()) { // an earlier body was longer
        restart(model, job, file);
        return;
    }
    // Requests made before the size was known: what ends at kToEnd ends here, what lies beyond
    // fails.
    bool bad = false;
    RangeSet kept;
    for (const Range& range : file.requested.ranges()) {
        bad = bad || range.offset >= file.size() ||
              (range.end() > file.size() && range.end() != Ask::kToEnd);
        kept.insert(intersection(range, file.whole()));
    }
    file.requested = std::move(kept);
    for (Range& range : file.urgent) range = intersection(range, file.whole());
    std::erase_if(file.urgent, [](const Range& range) { return range.empty(); });
    // What was asked of a longer version is not asked of this one; pieces are wanted anyhow.
    if (bad && (file.generation == 0 || !file.pieces.empty()))
        fail(model, job, &file, beyond_end(file));
}

void reconnect_or_fail(Model& model, const JobPtr& job, File& file, const Error& error) {
    const bool lost = error.transient && error.context == BG_ERROR_CONTEXT_GENERAL_TRANSPORT;
    const bool continues = job->http->method.empty(); // a custom method begins anew
    // Nothing begins in the pause: this one was under way when the last loss was counted, of a
    // connection that carried several perhaps.
    if (lost && continues && model.clock.now() < file.not_before) return;
    if (lost && continues && file.faults < model.settings.reconnects) {
        const Duration pause = kFirstReconnect * (1u << std::min(file.faults, 8u));
        file.not_before = later(model.clock.now(), pause);
        ++file.faults;
        ++model.statistics.reconnects;
    } else {
        fail(model, job, &file, error);
    }
}

void land_change(Model& model, const JobPtr& job, File& file) {
    if (++file.restarts <= kMostRestarts) {
        restart(model, job, file);
        return;
    }
    fail(model, job, &file, finding_error(Finding::kKeepsChanging));
}

void land_not_satisfiable(Model& model, const JobPtr& job, File& file, const Transfer& transfer) {
    const auto& range = transfer.response().content_range();
    const auto total = range ? range->total : std::nullopt;
    if (file.size_known()) {
        if (transfer.ask.probe || (total && *total != file.size())) {
            land_change(model, job, file);
        } else if (total) {
            fail(model, job, &file, status_error(416));
        } else { // it does not tell its size, which may be another one by now
            file.doubted = true;
        }
        return;
    }
    if (!total && file.plain_get) {
        fail(model, job, &file, status_error(416));
        return;
    }
    if (!total) {
        file.plain_get = true; // an empty file, most likely: ask without a range
        return;
    }
    Validator validator = transfer.response().validator();
    validator.size = total;
    pin(model, job, file, validator);
    if (*total == 0 || file.generation != 0) return; // as pin() has it
    if (job->is_running() && !job->settling) fail(model, job, &file, beyond_end(file));
}

void land_range_ignored(Model& model, const JobPtr& job, File& file, const Transfer& transfer) {
    file.range_support = RangeSupport::kNo;
    file.doubted = false;
    file.plain_get = true;
    file.dirty = true;
    pin(model, job, file, transfer.validator());
    const bool hopeless = job->on_demand && !file.size_known();
    if (model.settings.require_ranges || hopeless)
        fail(model, job, &file, finding_error(Finding::kNoRanges));
}

/// Whether what arrives of the file is told by FileRangesTransferred.
bool reports_ranges(const Job& job, const File& file) noexcept {
    return !job.is_unranged() && !file.local_source && file.pieces.empty();
}

/// The file's remote name becomes the address the server sent us to.
void report_move(Model& model, const JobPtr& job, File& file, const Transfer& transfer) {
    if (transfer.moved_to().empty() || transfer.moved_to() == file.remote) return;
    // What the job has for the host the client named is for no other.
    if (file.home.empty()) file.home = address_of(file)->origin;
    file.remote = transfer.moved_to();
    file.url.reset();
    file.dirty = true;
    touch(model, job);
}

/// BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE: announced or arrived, more than that is too much.
void check_download_size(Model& model, const JobPtr& job, const File& file) {
    if (job->max_download_size == 0) return;
    std::uint64_t sum = 0;
    for (const auto& each : job->files) {
        const std::uint64_t announced = each->size_known() ? each->wanted_bytes() : 0;
        sum += std::max(announced, each->filled.bytes());
    }
    if (sum <= job->max_download_size) return;
    fail(model, job, &file,
         finding_error(Finding::kTooLarge, "The job would download more than the " +
                                               std::to_string(job->max_download_size) +
                                               " bytes it is allowed to."));
}

/// Let the client's callback judge the certificate; its answer lets the file go on.
void ask_about_certificate(Model& model, const JobPtr& job, const File& file,
                           const ServerCertificate& shown) {
    CertificateGate& gate = job->certificates;
    if (gate.asking || gate.accepted->contains(shown.key())) return;
    if (!gate.callback) {
        fail(model, job, &file, finding_error(Finding::kNoJudge));
        return;
    }
    gate.asking = true;
    gate.key = shown.key();
    gate.der = shown.der;
    gate.chain = shown.chain;
    gate.file = file.index;
    gate.generation = file.generation;
    model.wake_notifier(job);
}

/// Whether more of the file is about to arrive, so that what is here may wait for it a moment.
bool expects_more(const File& file, const Ask& ask) {
    if (file.complete()) return false;
    return file.transfers > 1 || !file.urgent.empty() ||
           !std::all_of(ask.ranges.begin(), ask.ranges.end(),
                        [&](const Range& range) { return file.filled.contains(range); });
}

std::uint32_t covered_ranges(const File& file, const Ask& ask) {
    return static_cast<std::uint32_t>(
        std::count_if(ask.ranges.begin(), ask.ranges.end(),
                      [&](const Range& range) { return file.filled.contains(range); }));
}

} // namespace

void land_head(Model& model, Transfer& transfer) {
    if (!transfer.accepted() || transfer.head_taken) return;
    transfer.head_taken = true;
    const JobPtr& job = transfer.job;
    File& file = *transfer.file;
    if (file.headers != transfer.response().text()) {
        file.headers = transfer.response().text();
        file.dirty = true;
    }
    const bool whole_answer = transfer.response().status() != 206;
    if (!transfer.ask.head && file.range_support != RangeSupport::kNo) {
        file.range_support = transfer.serves_ranges() ? RangeSupport::kYes : RangeSupport::kNo;
    }
    pin(model, job, file, transfer.validator());
    if (transfer.generation != file.generation) return;
    connected(model, job);
    const bool http = !transfer.origin.empty();
    if (http && job->http->redirect_policy() == BG_HTTP_REDIRECT_POLICY_ALLOW_REPORT) {
        report_move(model, job, file, transfer);
    }
    check_download_size(model, job, file);
    if (!http || transfer.ask.fresh || !model.settings.require_ranges) return;
    if (!transfer.validator().size) {
        fail(model, job, &file, finding_error(Finding::kNoSize));
    } else if (whole_answer && !transfer.ask.head && !transfer.ask.ranges.empty()) {
        fail(model, job, &file, finding_error(Finding::kNoRanges));
    }
}

void land_bytes(Model& model, Transfer& transfer) {
    const RangeList landed = transfer.take_landed();
    if (landed.empty()) return;
    const JobPtr& job = transfer.job;
    File& file = *transfer.file;
    const bool report = job->wants_ranges() && reports_ranges(*job, file);
    for (const Range& range : landed) {
        file.filled.insert(range);
        if (report) file.pending.insert(range);
    }
    if (report) {
        job->to_report.insert(file.index);
        job->expects_more = expects_more(file, transfer.ask);
        if (!job->expects_more) job->looked_at = kForever; // it is told at once
    }
    file.faults = 0;
    file.dirty = true;
    progressed(model, job);
    if (file.complete()) {
        file.url.reset();
        model.wake_notifier(job); // for FileTransferred
    }
    check_download_size(model, job, file);
}

void land_end(Model& model, Transfer& transfer, HostHabits& habits) {
    const JobPtr& job = transfer.job;
    File& file = *transfer.file;
    if (!job->is_running()) return; // suspended or ended meanwhile
    switch (transfer.end()) {
    case Transfer::End::kRunning:
    case Transfer::End::kMoved:
        break;
    case Transfer::End::kDone:
        if (transfer.ask.head) file.asked_head = true;
        if (std::exchange(file.doubted, false)) { // the same version after all
            fail(model, job, &file, status_error(416));
            break;
        }
        if (!file.size_known()) pin(model, job, file, transfer.validator());
        if (transfer.ask.ranges.size() > 1) {
            habits.served_parts(static_cast<std::uint32_t>(transfer.ask.ranges.size()),
                                covered_ranges(file, transfer.ask));
        }
        break;
    case Transfer::End::kFailed:
        if (transfer.ask.head && !model.settings.require_ranges) file.asked_head = true;
        if (job->http->redirect_policy() != BG_HTTP_REDIRECT_POLICY_ALLOW_SILENT) {
            report_move(model, job, file, transfer);
        }
        if (transfer.error().code == BITSCB3_WINHTTP_ERROR_TIMEOUT) {
            // Who is on the dead connection by then finds out, too.
            const std::chrono::seconds stall(model.settings.stall_timeout_s);
            habits.distrust(later(std::chrono::steady_clock::now(), stall + kSeenLater));
        }
        reconnect_or_fail(model, job, file, transfer.error());
        break;
    case Transfer::End::kChanged:
        land_change(model, job, file);
        break;
    case Transfer::End::kNotSatisfiable:
        land_not_satisfiable(model, job, file, transfer);
        break;
    case Transfer::End::kRangeIgnored:
        land_range_ignored(model, job, file, transfer);
        break;
    case Transfer::End::kPartsRefused:
        habits.refused_parts();
        break;
    case Transfer::End::kSurplus:
        break; // it is asked anew, over another connection
    case Transfer::End::kNewCertificate:
        ask_about_certificate(model, job, file, transfer.certificate());
        break;
    }
}

} // namespace bitscb3
