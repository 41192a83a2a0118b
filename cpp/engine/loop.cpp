// SPDX-License-Identifier: MIT
// loop.cpp - see loop.hpp.

#include "engine/loop.hpp"

#include "engine/file_life.hpp"
#include "engine/job_life.hpp"
#include "engine/landing.hpp"
#include "engine/own_thread.hpp"
#include "engine/tls_watch.hpp"

#include <algorithm>
#include <chrono>
#include <climits>
#include <utility>

namespace bitscb3 {

namespace {

constexpr std::size_t kMostSpare = 64; // easy handles kept for reuse
// Milliseconds. libcurl may miss by a hair the time at which it is to try the next address of a
// name, and then asks for no other: seen in 7.88.
constexpr int kConnectingLook = 250;

template<class T>
void move_all(std::vector<T>& from, std::vector<T>& to) {
    to.insert(to.end(), std::move_iterator(from.begin()), std::move_iterator(from.end()));
    from.clear();
}

/// Of whom the lines of a request's log are. With the mutex held.
std::shared_ptr<const LogSource> source_of(const Start& start, std::uint64_t number) {
    const Job& job = *start.job;
    File& file = *start.file;
    return std::make_shared<LogSource>(
        LogSource{job.id, job.name, file.index, address_of(file)->redacted, number});
}

int milliseconds(Duration span) noexcept {
    const auto count = std::chrono::ceil<std::chrono::milliseconds>(span).count();
    return static_cast<int>(std::clamp<long long>(count, 0, INT_MAX));
}

} // namespace

Loop::Loop(Model& model, TransferOptions options)
    : model_(model), options_(std::move(options)), scheduler_(model), multi_(curl_multi_init()) {
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS,
                      static_cast<long>(options_.settings.connections));
}

Loop::~Loop() {
    stop();
    for (CURL* easy : spare_) curl_easy_cleanup(easy);
    curl_multi_cleanup(multi_);
}

bool Loop::can_be_woken() const noexcept {
    return multi_ != nullptr && curl_multi_wakeup(multi_) == CURLM_OK;
}

void Loop::start() {
    thread_ = start_own_thread("bits-engine", [this] { run(); });
}

void Loop::stop() {
    {
        const std::lock_guard lock(model_.mutex);
        stopping_ = true;
        wake();
    }
    if (thread_.joinable()) thread_.join();
}

void Loop::wake() {
    work_ = true;
    if (std::exchange(sleeping_, false)) curl_multi_wakeup(multi_);
}

void Loop::run() {
    std::vector<TransferPtr> finished; // by libcurl, to be landed
    std::vector<TransferPtr> unwanted; // to be stopped
    std::vector<TransferPtr> retired;  // landed and off libcurl's hands
    std::vector<Start> starts;
    Instant deadline = kForever;
    Lock lock(model_.mutex);
    for (;;) {
        land(finished);
        move_all(finished, retired);
        if (std::exchange(work_, false) || model_.clock.now() >= deadline) {
            deadline = stopping_ ? kForever : scheduler_.run(starts);
        }
        const auto first_unwanted =
            std::stable_partition(transfers_.begin(), transfers_.end(),
                                  [this](const TransferPtr& t) { return !is_unwanted(*t); });
        std::move(first_unwanted, transfers_.end(), std::back_inserter(unwanted));
        transfers_.erase(first_unwanted, transfers_.end());
        for (const TransferPtr& transfer : transfers_) heed_limits(transfer->job);
        const std::vector<Abandoned> abandoned = std::exchange(model_.abandoned, {});
        if (stopping_ && transfers_.empty() && unwanted.empty() && abandoned.empty()) return;
        lock.unlock();
        for (const auto& [path, born] : abandoned) {
            if (!DiskFile::is_lost(path, born)) (void)remove_file(path);
        }
        for (TransferPtr& transfer : retired) retire(transfer);
        retired.clear();
        for (const Start& start : starts) begin(start);
        starts.clear();
        for (TransferPtr& transfer : unwanted) transfer->leave(multi_);
        perform(finished);
        const bool quiet = finished.empty() && unwanted.empty();
        lock.lock();
        for (TransferPtr& transfer : unwanted) { // nothing of theirs arrives any more
            land_one(transfer);
            const bool current = transfer->generation == transfer->file->generation;
            scheduler_.ended(transfer->job, *transfer->file, transfer->origin, transfer->ask,
                             current);
            work_ = true;
        }
        move_all(unwanted, retired);
        const bool landed = std::any_of(transfers_.begin(), transfers_.end(),
                                        [](const auto& t) { return t->has_news(); });
        model_.statistics.transfers_paused = waiting();
        if (!quiet || landed || work_ || stopping_) continue;
        sleeping_ = true;
        lock.unlock();
        sleep_until(deadline);
        lock.lock();
        sleeping_ = false;
    }
}

bool Loop::is_unwanted(Transfer& transfer) const {
    const Job& job = *transfer.job;
    return stopping_ || job.ending || !job.is_running() || job.settling == Event::kGaveUp ||
           transfer.generation != transfer.file->generation ||
           transfer.source != transfer.file->source ||
           (!transfer.file->pieces.empty() && transfer.file->complete()) || // of a whole body
           is_idle_work(job, *transfer.file, transfer.ask) ||
           (transfer.plan != transfer.file->plan && transfer.ask.is_replaceable());
}

std::uint64_t Loop::waiting() const noexcept {
    if (!throttle_.has_waiting()) return 0;
    return static_cast<std::uint64_t>(
        std::count_if(transfers_.begin(), transfers_.end(),
                      [](const TransferPtr& t) { return t->share.ticket != 0; }));
}

void Loop::heed_limits(const JobPtr& job) {
    throttle_.set_rate(model_.rate_limit);
    Throttle::set_rate(job->pace, job->rate_limit);
}

void Loop::count(Transfer& transfer) {
    const Traffic traffic = transfer.take_traffic();
    transfer.job->received += traffic.received;
    transfer.file->received += traffic.received;
    bitscb3_statistics& sums = model_.statistics;
    sums.bytes_received += traffic.received;
    sums.bytes_written += traffic.written;
    sums.connections_opened += traffic.connections;
}

void Loop::land_one(TransferPtr& transfer) {
    count(*transfer);
    if (transfer->generation != transfer->file->generation) return; // void
    land_head(model_, *transfer);
    if (transfer->generation != transfer->file->generation) return; // that was news
    land_bytes(model_, *transfer);
}

void Loop::land(std::vector<TransferPtr>& finished) {
    for (TransferPtr& transfer : transfers_) land_one(transfer);
    for (TransferPtr& transfer : finished) {
        land_one(transfer);
        if (!transfer->origin.empty()) {
            if (transfer->end() == Transfer::End::kDone) ++model_.statistics.requests_succeeded;
            if (transfer->end() == Transfer::End::kFailed) ++model_.statistics.requests_failed;
        }
        const bool current = transfer->generation == transfer->file->generation;
        scheduler_.ended(transfer->job, *transfer->file, transfer->origin, transfer->ask, current);
        if (current) land_end(model_, *transfer, scheduler_.habits_of(transfer->origin));
        work_ = true;
    }
}

std::shared_ptr<DiskFile> Loop::disk_of(const Start& start) {
    File& file = *start.file;
    Lock lock(model_.mutex);
    if (start.generation != file.generation) return nullptr;
    if (file.disk) return file.disk;
    const bool fresh = file.filled.empty();
    const std::string path = file.temporary;
    const bool direct = start.job->high_performance;
    const std::int64_t born = file.born;
    const std::uint64_t filled_end = Layout(file.pieces, file.size()).end_of(file.filled);
    lock.unlock();
    Error error;
    auto disk = !fresh   ? DiskFile::open(path, error)
                : direct ? DiskFile::overwrite(path, error)
                         : DiskFile::create(path, error);
    // What was left behind and is lost begins again; what cannot be reached now stays.
    const bool lost = !fresh && DiskFile::is_lost(path, born, filled_end);
    const std::int64_t made = disk && fresh && !direct ? disk->born() : born;
    lock.lock();
    if (start.generation != file.generation) return nullptr;
    if (lost) {
        restart(model_, start.job, file);
    } else if (!disk) {
        fail(model_, start.job, &file, error);
    } else {
        file.disk = disk;
        file.born = made; // recorded with the first byte
    }
    return lost ? nullptr : disk;
}

void Loop::begin(const Start& start) {
    TransferPtr transfer;
    {
        const Lock held(model_.mutex);
        transfer = std::make_unique<Transfer>(start.job, *start.file, start.ask);
        transfer->generation = start.generation;
        // Nothing tells whether a second body is of the version whose bytes are here.
        const bool splices = start.ask.whole && !start.file->filled.empty();
        const bool again = start.ask.fresh && (splices || start.file->size_known());
        if (again || (splices && !start.file->validator.is_telling())) {
            restart(model_, start.job, *start.file);
        }
    }
    transfer->origin = start.origin;
    const bool writes = !start.ask.head && !start.ask.probe;
    std::shared_ptr<DiskFile> disk = writes ? disk_of(start) : nullptr;
    Lock lock(model_.mutex);
    if ((writes && !disk) || transfer->generation != start.file->generation) {
        const bool current = transfer->generation == start.file->generation;
        scheduler_.ended(start.job, *start.file, start.origin, start.ask, current);
        work_ = true;
        return;
    }
    const CertificateGate& gate = start.job->certificates;
    Request request;
    request.url = start.file->remote;
    request.address = address_of(*start.file);
    request.home = start.file->home.empty() ? request.address->origin : start.file->home;
    request.pinned = start.file->validator;
    if (start.ask.whole) request.skip = start.file->filled;
    request.pieces = start.file->pieces;
    request.afresh = start.file->faults > 0 || start.job->no_progress_since;
    request.http = start.job->http;
    if (request.http->asks_certificate) request.accepted = gate.accepted;
    if (!start.origin.empty()) ++model_.statistics.requests_sent;
    heed_limits(start.job);
    if (options_.log->is_on()) request.log_source = source_of(start, options_.log->next_number());
    lock.unlock();
    transfer->throttle = &throttle_;
    transfer->kept = &kept_;
    transfer->share.job = &start.job->pace;
    CURL* easy = nullptr;
    if (spare_.empty()) {
        easy = curl_easy_init();
    } else {
        easy = spare_.back();
        spare_.pop_back();
    }
    Error error = transfer->prepare(easy, options_, std::move(request), std::move(disk));
    if (!error) {
        curl_multi_add_handle(multi_, easy);
        transfers_.push_back(std::move(transfer));
        return;
    }
    lock.lock();
    if (!start.origin.empty()) --model_.statistics.requests_sent;
    const bool current = transfer->generation == start.file->generation;
    scheduler_.ended(start.job, *start.file, start.origin, start.ask, current);
    fail(model_, start.job, start.file, std::move(error));
    work_ = true;
}

/// The transfer that has its turn next, when the limits allow that before `at`; else `at` becomes
/// the earliest time they do.
Transfer* Loop::next_turn(Instant& at) const {
    const Instant now = at;
    Transfer* next = nullptr;
    at = kForever;
    for (const TransferPtr& transfer : transfers_) {
        const Share& share = transfer->share;
        if (share.ticket == 0) continue;
        at = std::min(at, throttle_.ready_at(share));
        if (throttle_.ready_at(share) > now) continue;
        if (next == nullptr || Throttle::goes_before(share, next->share)) next = transfer.get();
    }
    return next;
}

/// One moment for all of them: what is earned meanwhile is for the next round.
void Loop::give_turns(std::vector<TransferPtr>& finished) {
    const Instant now = std::chrono::steady_clock::now();
    Instant at = now;
    while (Transfer* next = next_turn(at)) {
        throttle_.begin_turn(next->share, now);
        const CURLcode code = curl_easy_pause(next->easy(), CURLPAUSE_CONT);
        if (code != CURLE_OK) end(*next, code, finished); // libcurl itself does not end it
        at = now;
    }
    throttle_.note_waiting(at != kForever);
}

void Loop::end(const Transfer& transfer, CURLcode code, std::vector<TransferPtr>& finished) {
    const auto found = std::find_if(transfers_.begin(), transfers_.end(),
                                    [&](const TransferPtr& t) { return t.get() == &transfer; });
    (*found)->finish(code);
    if (code == CURLE_OK) kept_.note((*found)->easy());
    if ((*found)->end() == Transfer::End::kMoved && (*found)->follow(multi_, options_)) return;
    (*found)->leave(multi_);
    finished.push_back(std::move(*found));
    transfers_.erase(found);
}

void Loop::perform(std::vector<TransferPtr>& finished) {
    if (throttle_.has_waiting()) give_turns(finished);
    int running = 0;
    note_progress();
    curl_multi_perform(multi_, &running);
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        CURL* easy = message->easy_handle;
        const CURLcode code = message->data.result;
        const auto found = std::find_if(transfers_.begin(), transfers_.end(),
                                        [easy](const TransferPtr& t) { return t->easy() == easy; });
        if (found != transfers_.end()) end(**found, code, finished);
    }
}

void Loop::retire(TransferPtr& transfer) {
    CURL* easy = transfer->release();
    if (easy == nullptr) return;
    if (spare_.size() < kMostSpare) {
        curl_easy_reset(easy);
        spare_.push_back(easy);
    } else {
        curl_easy_cleanup(easy);
    }
}

void Loop::sleep_until(Instant deadline) {
    int timeout = deadline == kForever ? INT_MAX : milliseconds(deadline - model_.clock.now());
    if (std::any_of(transfers_.begin(), transfers_.end(),
                    [](const TransferPtr& t) { return t->awaits_answer(); })) {
        timeout = std::min(timeout, kConnectingLook);
    }
    if (throttle_.has_waiting()) {
        const Instant now = std::chrono::steady_clock::now();
        Instant turn = now;
        if (next_turn(turn) != nullptr) {
            timeout = 0;
        } else if (turn != kForever) {
            timeout = std::min(timeout, milliseconds(turn - now));
        }
    }
    curl_multi_poll(multi_, nullptr, 0, timeout, nullptr);
}

} // namespace bitscb3
