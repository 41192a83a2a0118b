// SPDX-License-Identifier: MIT
// tap.cpp - see tap.hpp.

#include "client/tap.hpp"

#include <algorithm>
#include <chrono>

namespace bitscb3 {

HRESULT Tap::attach(Pump& pump, const JobStreamPtr& stream, std::uint32_t& number) {
    {
        const std::lock_guard lock(mutex_);
        if (closed_) return CO_E_OBJNOTCONNECTED;
        for (std::size_t i = 0; i < sources_.size(); ++i) {
            if (sources_[i] && sources_[i]->stream == stream) {
                number = static_cast<std::uint32_t>(i);
                return S_OK;
            }
        }
        number = static_cast<std::uint32_t>(sources_.size());
        sources_.push_back(std::make_shared<Source>(stream));
    }
    const HRESULT result = pump.add_tap(stream, {inbox_, number});
    if (FAILED(result)) {
        const std::lock_guard lock(mutex_);
        sources_[number].reset();
    }
    return result;
}

void Tap::detach(Pump& pump, const JobStreamPtr& stream) {
    pump.remove_tap(stream, inbox_.get());
}

WaitResult Tap::drain(Instant deadline, TapBatch& out) {
    const std::lock_guard one_at_a_time(reading_);
    Doorbell& bell = inbox_->doorbell();
    WaitResult result = WaitResult::kDone;
    records_.clear();
    while (!inbox_->queue().drain(records_)) {
        bell.arm();
        if (inbox_->queue().drain(records_)) break;
        {
            const std::lock_guard lock(mutex_);
            if (closed_) result = WaitResult::kClosed;
        }
        if (result != WaitResult::kDone) break;
        const Wakeup::Result woken = bell.sleep(deadline);
        if (woken == Wakeup::Result::kSignalled) continue;
        result =
            woken == Wakeup::Result::kTimedOut ? WaitResult::kTimedOut : WaitResult::kInterrupted;
        break;
    }
    bell.disarm();
    resolve(out);
    const std::uint64_t lost = inbox_->was_lost();
    out.lost = lost - std::exchange(reported_lost_, lost);
    out.generation = generation_;
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
        if (record.job < sources_.size()) source = sources_[record.job];
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
    const std::lock_guard lock(mutex_);
    closed_ = true;
    inbox_->doorbell().ring();
}

} // namespace bitscb3
