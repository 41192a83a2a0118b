// SPDX-License-Identifier: MIT
// tap.cpp - see tap.hpp.

#include "client/tap.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace bitscb3 {

HRESULT Tap::attach(const std::shared_ptr<Pump>& pump, const JobStreamPtr& stream,
                    std::uint32_t& number) {
    {
        const std::lock_guard lock(mutex_);
        if (closed_) return CO_E_OBJNOTCONNECTED;
        for (const auto& [known, source] : sources_) {
            if (source->attached && source->stream == stream) {
                number = known;
                return S_OK;
            }
        }
        number = next_source_++;
        sources_.emplace(number, std::make_shared<Source>(pump, stream));
    }
    const HRESULT result = pump->add_tap(stream, {inbox_, number});
    bool closed = false; // meanwhile, when there was no tap to remove
    {
        const std::lock_guard lock(mutex_);
        closed = closed_;
        if (FAILED(result)) sources_.erase(number);
    }
    if (FAILED(result) || !closed) return result;
    pump->remove_tap(stream, inbox_.get());
    return CO_E_OBJNOTCONNECTED;
}

void Tap::detach(Pump& pump, const JobStreamPtr& stream) {
    pump.remove_tap(stream, inbox_.get());
    const std::lock_guard lock(mutex_); // what is in the queue is still resolved
    for (const auto& [number, source] : sources_) {
        if (source->stream == stream) source->attached = false;
    }
}

WaitResult Tap::drain(Instant deadline, TapBatch& out) {
    if (const WaitResult mine = take_turn(deadline); mine != WaitResult::kDone) return mine;
    std::vector<std::uint32_t> detached;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [number, source] : sources_) {
            if (!source->attached) detached.push_back(number);
        }
    }
    records_.clear();
    const WaitResult result = wait_for_records(deadline);
    resolve(out);
    const std::uint64_t lost = inbox_->was_lost();
    out.lost = lost - std::exchange(reported_lost_, lost);
    out.generation = generation_;
    const std::lock_guard lock(mutex_);
    for (const std::uint32_t number : detached) sources_.erase(number); // all of theirs was taken
    reading_ = false;
    turn_over_.notify_one();
    return result;
}

WaitResult Tap::take_turn(Instant deadline) {
    std::unique_lock lock(mutex_);
    constexpr std::chrono::milliseconds kLook(200); // a signal does not end this wait by itself
    while (reading_) {
        const Instant look = later(std::chrono::steady_clock::now(), kLook);
        const Instant until = std::min(deadline, look);
        if (turn_over_.wait_until(lock, until) == std::cv_status::timeout && reading_) {
            return until == deadline ? WaitResult::kTimedOut : WaitResult::kInterrupted;
        }
    }
    reading_ = true;
    return WaitResult::kDone;
}

WaitResult Tap::wait_for_records(Instant deadline) {
    WaitResult result = WaitResult::kDone;
    while (!inbox_->queue().drain(records_)) {
        inbox_->arm();
        if (inbox_->queue().drain(records_)) break;
        {
            const std::lock_guard lock(mutex_);
            if (closed_) result = WaitResult::kClosed;
        }
        if (result != WaitResult::kDone) break;
        result = wait_result(inbox_->sleep(deadline));
        if (result != WaitResult::kDone) break;
    }
    inbox_->disarm();
    return result;
}

void Tap::resolve(TapBatch& out) {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    const auto time_ns = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
    out.records.reserve(records_.size());
    IBackgroundCopyFile* last = nullptr;
    std::uint32_t last_job = 0;
    std::optional<std::uint32_t> file;
    for (const RangeRecord& record : records_) {
        if (record.file != last || record.job != last_job) {
            last = record.file;
            last_job = record.job;
            file = file_of(record);
        }
        if (file) out.records.push_back({record.job, *file, record.offset, record.length, time_ns});
    }
    for (const RangeRecord& record : records_) Inbox::release(record);
}

std::optional<std::uint32_t> Tap::file_of(const RangeRecord& record) {
    std::shared_ptr<Source> source;
    {
        const std::lock_guard lock(mutex_);
        if (const auto known = sources_.find(record.job); known != sources_.end()) {
            source = known->second;
        }
    }
    if (!source) return std::nullopt;
    const auto file = source->table.index_of(record.file);
    if (!file) return std::nullopt;
    if (*file >= source->current.size()) source->current.resize(*file + 1, nullptr);
    IBackgroundCopyFile*& current = source->current[*file];
    if (current != nullptr && current != record.file) ++generation_;
    current = record.file;
    return file;
}

void Tap::close() {
    std::vector<std::shared_ptr<Source>> attached;
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        inbox_->ring();
        for (const auto& [number, source] : sources_) {
            if (std::exchange(source->attached, false)) attached.push_back(source);
        }
    }
    for (const std::shared_ptr<Source>& source : attached) {
        if (const auto pump = source->pump.lock()) pump->remove_tap(source->stream, inbox_.get());
    }
}

} // namespace bitscb3
