// SPDX-License-Identifier: MIT
// notifier.cpp - see notifier.hpp.

#include "engine/notifier.hpp"

#include "engine/command_line.hpp"
#include "engine/job_life.hpp"
#include "engine/outcome.hpp"
#include "engine/own_thread.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace bitscb3 {

namespace {

constexpr std::chrono::seconds kFirstRepeat(1); // of a callback that failed; doubled each time
constexpr std::chrono::seconds kLongestRepeat(60);
/// How long ranges wait for more that is on its way: a callback for each would cost more than they
/// do. The longer the queue behind them, the longer they may wait without being missed; what was
/// waited for alone is told at once.
Duration breath_of(const File& file) {
    constexpr std::chrono::microseconds kShortest(250);
    constexpr std::chrono::microseconds kLongest(2000);
    constexpr std::chrono::microseconds kForEach(8); // a fraction of what a request takes
    return std::clamp<Duration>(kForEach * file.urgent.size(), kShortest, kLongest);
}

constexpr std::chrono::hours kLongestWait(1); // bounds the arithmetic of condition variables

thread_local const Notifier* notifier_of_thread = nullptr;

static_assert(sizeof(BG_FILE_RANGE) == sizeof(Range) &&
                  offsetof(BG_FILE_RANGE, Length) == offsetof(Range, length),
              "a RangeList can be handed over as the contract's array");

} // namespace

struct Notifier::Delivery {
    enum class Kind {
        kCertificate,
        kRanges,
        kFile,
        kModification,
        kTransferred,
        kError,
        kCommand,
        kForgotten
    };

    Kind kind;
    JobPtr job;
    NotifyPtr notify;
    std::uint32_t end_number; // of the job
    std::uint32_t file = 0;
    std::uint32_t generation = 0; // of the file
    RangeList ranges{};
    CertificateGate certificates{}; // of kCertificate
    CommandLine command{};          // of kCommand
    ErrorRecord error{};            // of kError: the job may go on before the callback runs
};

bool Notifier::is_own_thread() const noexcept {
    return notifier_of_thread == this;
}

void Notifier::stop() {
    std::vector<std::thread> threads;
    {
        const std::lock_guard lock(model_.mutex);
        stopping_ = true;
        threads.swap(threads_);
        work_.notify_all();
    }
    for (std::thread& thread : threads) {
        if (thread.get_id() == std::this_thread::get_id()) {
            const std::lock_guard lock(model_.mutex);
            threads_.push_back(std::move(thread)); // joined by whoever comes from outside
        } else {
            thread.join();
        }
    }
}

void Notifier::mark(const JobPtr& job) {
    const bool has_client = job->notify->callback || job->certificates.asking;
    if (!has_client && !job->forgotten && !has_command(*job)) return;
    if (!std::exchange(job->in_notifier, true)) marked_.push_back(job);
    if (stopping_ || job->delivering) return; // a running delivery looks again when it ends
    wake_one();
}

bool Notifier::has_command(const Job& job) const noexcept {
    return model_.settings.command_lines != 0 && !job.command_program.empty();
}

void Notifier::wake_one() {
    if (idle_ > notified_) {
        ++notified_;
        work_.notify_one();
    } else if (threads_.size() < kThreads) {
        threads_.push_back(start_own_thread("bits-notifier", [this] { run(); }));
    }
}

void Notifier::run() {
    notifier_of_thread = this;
    Lock lock(model_.mutex);
    while (!stopping_) {
        Instant earliest = kForever;
        std::optional<Delivery> delivery = next_of_all(earliest);
        if (!delivery) {
            ++idle_;
            if (earliest == kForever) {
                work_.wait(lock);
            } else {
                const Duration left = earliest - model_.clock.now();
                work_.wait_for(lock, std::min<Duration>(left, kLongestWait));
            }
            --idle_;
            if (notified_ > 0) --notified_;
            continue;
        }
        delivery->job->delivering = true;
        delivery->job->reporting = delivery->kind == Delivery::Kind::kRanges;
        // This callback may take long: another thread looks after the other jobs.
        if (marked_.size() > 1) wake_one();
        lock.unlock();
        const HRESULT result = deliver(*delivery);
        lock.lock();
        delivered(*delivery, result);
        lock.unlock();
        delivery.reset(); // may be the last reference to the client's object
        lock.lock();
    }
}

std::optional<Notifier::Delivery> Notifier::next_of_all(Instant& earliest) {
    const Instant now = model_.clock.now();
    for (std::size_t i = 0; i < marked_.size();) {
        const JobPtr job = marked_[i];
        Instant due = kForever;
        std::optional<Delivery> found;
        if (!job->delivering) found = next(job, now, due);
        job->looked_at = found ? kForever : due;
        if (found) { // to the end of the row: jobs are served in turn
            std::rotate(marked_.begin() + static_cast<std::ptrdiff_t>(i),
                        marked_.begin() + static_cast<std::ptrdiff_t>(i) + 1, marked_.end());
            return found;
        }
        if (due == kForever && !job->delivering) {
            job->in_notifier = false;
            marked_.erase(marked_.begin() + static_cast<std::ptrdiff_t>(i));
            continue;
        }
        earliest = std::min(earliest, due);
        ++i;
    }
    return std::nullopt;
}

std::optional<Notifier::Delivery> Notifier::next(const JobPtr& job, Instant now,
                                                 Instant& earliest) {
    const NotifyInterface& notify = *job->notify;
    if (job->is_final()) return std::nullopt;
    const auto due_by = [&](Instant when) {
        if (now < when) earliest = std::min(earliest, when);
        return now >= when;
    };
    using Kind = Delivery::Kind;
    const auto delivery_of = [&](Kind kind, const File* file = nullptr, RangeList ranges = {}) {
        const std::uint32_t index = file != nullptr ? file->index : 0;
        const std::uint32_t generation = file != nullptr ? file->generation : 0;
        return Delivery{kind,  job,        job->notify,      job->end_number,
                        index, generation, std::move(ranges)};
    };
    if (std::exchange(job->forgotten, false)) return delivery_of(Kind::kForgotten);
    CertificateGate& gate = job->certificates;
    gate.asking = gate.asking && job->is_running();
    if (gate.asking && gate.callback) {
        Delivery ask = delivery_of(Kind::kCertificate, job->files[gate.file].get());
        ask.certificates = gate;
        return ask;
    }
    if (!notify.callback) return next_end(job, now, earliest);
    for (auto next = job->to_report.begin(); next != job->to_report.end();) {
        const auto& file = job->files[*next];
        if (file->pending.empty()) {
            next = job->to_report.erase(next);
            continue;
        }
        const bool flush = job->settling || file->complete();
        const Instant real = std::chrono::steady_clock::now();
        if (!flush && job->expects_more && real < job->breath_until) {
            earliest = std::min(earliest, later(now, job->breath_until - real));
            ++next;
            continue;
        }
        if (flush || due_by(job->next_throttled)) {
            RangeList ranges = file->pending.ranges();
            file->pending.clear();
            job->to_report.erase(next);
            return delivery_of(Kind::kRanges, file.get(), std::move(ranges));
        }
        ++next;
    }
    if (job->wants(BG_NOTIFY_FILE_TRANSFERRED) && notify.callback2 &&
        job->announced < job->files.size()) {
        const File& file = *job->files[job->announced];
        if (file.complete() && file.pending.empty()) {
            if (!due_by(job->notify_not_before)) return std::nullopt;
            return delivery_of(Kind::kFile, &file);
        }
    }
    // What came while bytes did is told before the end of the job.
    const Instant spaced = job->is_running() ? job->modification_at : Instant{};
    if (job->modification_due && job->wants(BG_NOTIFY_JOB_MODIFICATION) &&
        due_by(std::max(job->next_throttled, spaced))) {
        job->modification_due = false;
        job->modification_told = now;
        return delivery_of(Kind::kModification);
    }
    return next_end(job, now, earliest);
}

/// JobTransferred, JobError, or the command line when the method failed or there is none.
std::optional<Notifier::Delivery> Notifier::next_end(const JobPtr& job, Instant now,
                                                     Instant& earliest) const {
    const bool transferred = job->state == BG_JOB_STATE_TRANSFERRED;
    const bool failed = job->state == BG_JOB_STATE_ERROR;
    const bool wanted = (transferred && job->wants(BG_NOTIFY_JOB_TRANSFERRED)) ||
                        (failed && job->wants(BG_NOTIFY_JOB_ERROR));
    if (!wanted || job->end_delivered) return std::nullopt;
    using Kind = Delivery::Kind;
    const bool by_command = has_command(*job) && (job->method_failed || !job->notify->callback);
    if (!by_command && !job->notify->callback) return std::nullopt;
    if (now < job->notify_not_before) {
        earliest = std::min(earliest, job->notify_not_before);
        return std::nullopt;
    }
    Delivery end{transferred ? Kind::kTransferred : Kind::kError, job, job->notify,
                 job->end_number};
    if (failed) end.error = job->error_record();
    if (by_command) {
        end.kind = Kind::kCommand;
        end.command = {job->command_program, job->command_parameters};
    }
    return end;
}

HRESULT Notifier::deliver(const Delivery& delivery) {
    const NotifyInterface& notify = *delivery.notify;
    const ComPtr<IBackgroundCopyJob> job = makers_.job(delivery.job);
    if (!job) return E_FAIL;
    switch (delivery.kind) {
    case Delivery::Kind::kCertificate: {
        const auto file = makers_.file(delivery.job, delivery.file, delivery.generation);
        if (!file) return E_FAIL;  // it restarted; judged() sees that
        constexpr DWORD kX509 = 1; // X509_ASN_ENCODING
        const CertificateGate& gate = delivery.certificates;
        const auto bytes = [](const std::string& text) {
            return reinterpret_cast<const BYTE*>(text.data());
        };
        return (*gate.callback)
            ->ValidateServerCertificate(job.get(), file.get(), static_cast<DWORD>(gate.der.size()),
                                        bytes(gate.der), kX509,
                                        static_cast<DWORD>(gate.chain.size()), bytes(gate.chain));
    }
    case Delivery::Kind::kForgotten:
        makers_.cancel(delivery.job);
        return S_OK;
    case Delivery::Kind::kCommand: {
        const auto give_up = [this] {
            const std::lock_guard lock(model_.mutex);
            return stopping_;
        };
        return run_command(delivery.command, give_up) ? S_OK : E_FAIL;
    }
    case Delivery::Kind::kRanges: {
        const auto file = makers_.file(delivery.job, delivery.file, delivery.generation);
        if (!file) return S_OK; // what it would report is void
        return notify.callback3->FileRangesTransferred(
            job.get(), file.get(), static_cast<DWORD>(delivery.ranges.size()),
            reinterpret_cast<const BG_FILE_RANGE*>(delivery.ranges.data()));
    }
    case Delivery::Kind::kFile: {
        const auto file = makers_.file(delivery.job, delivery.file, delivery.generation);
        if (!file) return S_OK;
        return notify.callback2->FileTransferred(job.get(), file.get());
    }
    case Delivery::Kind::kModification:
        return notify.callback->JobModification(job.get(), 0);
    case Delivery::Kind::kTransferred:
        return notify.callback->JobTransferred(job.get());
    case Delivery::Kind::kError: {
        const auto error = makers_.error(delivery.job, delivery.error);
        return notify.callback->JobError(job.get(), error.get());
    }
    }
    return S_OK;
}

/// The client has judged a certificate: the file goes on, or the job waits for another try.
void Notifier::judged(const Delivery& delivery, HRESULT result) {
    const JobPtr& job = delivery.job;
    CertificateGate& gate = job->certificates;
    const CertificateGate& asked = delivery.certificates;
    gate.asking = false;
    model_.wake_loop();
    // What was asked for another version, or of a judge that was replaced, is asked anew.
    if (job->files[asked.file]->generation != asked.generation) return;
    if (gate.callback != asked.callback) return;
    if (SUCCEEDED(result)) {
        CertificateSet accepted = *gate.accepted;
        accepted.insert(asked.key);
        gate.accepted = std::make_shared<const CertificateSet>(std::move(accepted));
    } else {
        Error error = finding_error(Finding::kCertificateDeclined);
        error.code = result;
        fail(model_, job, job->files[asked.file].get(), std::move(error));
    }
}

void Notifier::delivered(const Delivery& delivery, HRESULT result) {
    const JobPtr& job = delivery.job;
    job->delivering = false;
    job->reporting = false;
    const Instant now = model_.clock.now();
    bool repeat = false;
    switch (delivery.kind) {
    case Delivery::Kind::kForgotten:
        break;
    case Delivery::Kind::kCertificate:
        judged(delivery, result);
        break;
    case Delivery::Kind::kCommand:
        if (job->end_number != delivery.end_number) break;
        job->end_delivered = result == S_OK;
        job->method_failed = false; // both failed: from the beginning, after a while
        job->notify_not_before = later(now, std::chrono::seconds(job->minimum_retry_delay_s));
        break;
    case Delivery::Kind::kRanges:
        ++model_.statistics.range_events;
        model_.statistics.ranges_delivered += delivery.ranges.size();
        job->breath_until =
            later(std::chrono::steady_clock::now(), breath_of(*job->files[delivery.file]));
        [[fallthrough]];
    case Delivery::Kind::kModification:
        job->next_throttled = later(now, std::chrono::milliseconds(job->notification_interval_ms));
        break;
    case Delivery::Kind::kFile:
        repeat = FAILED(result);
        if (!repeat && job->files[delivery.file]->generation == delivery.generation) {
            job->announced = std::max(job->announced, delivery.file + 1);
        }
        break;
    case Delivery::Kind::kTransferred:
    case Delivery::Kind::kError:
        repeat = result != S_OK;
        if (!repeat && job->end_number == delivery.end_number) job->end_delivered = true;
        if (repeat && has_command(*job)) {
            repeat = false;
            job->method_failed = job->end_number == delivery.end_number;
        }
        break;
    }
    const bool same_object = job->notify == delivery.notify;
    if (repeat && same_object) {
        job->notify_backoff =
            std::clamp<Duration>(job->notify_backoff * 2, kFirstRepeat, kLongestRepeat);
        job->notify_not_before = later(now, job->notify_backoff);
    } else if (delivery.kind != Delivery::Kind::kRanges &&
               delivery.kind != Delivery::Kind::kCommand) {
        job->notify_backoff = {};
        job->notify_not_before = {};
    }
    finish_settling(model_, job);
    mark(job);
}

} // namespace bitscb3
