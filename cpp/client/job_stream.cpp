// SPDX-License-Identifier: MIT
// job_stream.cpp - see job_stream.hpp.

#include "client/job_stream.hpp"

#include "client/gate.hpp"

namespace bitscb3 {

JobStream::~JobStream() {
    call([this] {
        callback_.reset();
        job_.reset();
    });
}

std::uint32_t JobStream::needed_flags() const noexcept {
    std::uint32_t flags = BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR;
    flags |= wanted & (BG_NOTIFY_FILE_TRANSFERRED | BG_NOTIFY_JOB_MODIFICATION);
    if (wants_ranges() || !taps.empty()) flags |= BG_NOTIFY_FILE_RANGES_TRANSFERRED;
    // Who waits, or holds a request until the size is known, needs to hear of every change.
    if (waiters > 0 || !pending.empty()) flags |= BG_NOTIFY_JOB_MODIFICATION;
    return flags;
}

HRESULT JobStream::register_callback(std::mutex& mutex,
                                     const std::shared_ptr<ManagerInbox>& inbox) {
    const std::lock_guard one_at_a_time(registering_);
    std::uint32_t flags = 0;
    bool ranges = false;
    bool gained = false; // the service begins to report ranges to the manager's queue
    std::size_t sinks_version = 0;
    std::vector<Callback::Tap> sinks;
    {
        const std::lock_guard lock(mutex);
        if (ended) return S_OK;
        flags = needed_flags();
        ranges = wants_ranges();
        sinks = taps;
        sinks_version = taps_version;
        gained = ranges && (!registered_ranges_ ||
                            (registered_flags_ & BG_NOTIFY_FILE_RANGES_TRANSFERRED) == 0);
        if (gained) ++sync_wanted; // nothing that ends a file is told before
    }
    ranges = ranges || registered_ranges_; // once listened to, always listened to
    const HRESULT result = set_callback(inbox, ranges, std::move(sinks), sinks_version);
    const HRESULT set = SUCCEEDED(result) ? set_flags(flags) : result;
    const std::lock_guard lock(mutex);
    if (gained) ++sync_wanted; // what came before the service knew us is found by looking
    by_progress = refuses_ranges_;
    return set;
}

HRESULT JobStream::set_callback(const std::shared_ptr<ManagerInbox>& inbox, bool ranges,
                                std::vector<Callback::Tap> sinks, std::size_t sinks_version) {
    if (callback_ && ranges == registered_ranges_ && sinks_version == registered_taps_) return S_OK;
    ComPtr<Callback> next = make_com<Callback>(inbox, number, ranges, std::move(sinks));
    const HRESULT set = call([&] {
        return job_->SetNotifyInterface(static_cast<IBackgroundCopyCallback3*>(next.get()));
    });
    if (FAILED(set)) return set;
    callback_ = std::move(next);
    registered_ranges_ = ranges;
    registered_taps_ = sinks_version;
    return S_OK;
}

HRESULT JobStream::set_flags(std::uint32_t flags) {
    if (flags == registered_flags_) return S_OK;
    constexpr std::uint32_t kRanges = BG_NOTIFY_FILE_RANGES_TRANSFERRED;
    const std::uint32_t asked = refuses_ranges_ ? flags & ~kRanges : flags;
    HRESULT set = call([&] { return job_->SetNotifyFlags(asked); });
    // A service older than range events, BITS 10.1, knows no such flag.
    if ((set == E_NOTIMPL || set == E_INVALIDARG) && (asked & kRanges) != 0) {
        set = call([&] { return job_->SetNotifyFlags(asked & ~kRanges); });
        refuses_ranges_ = SUCCEEDED(set);
    }
    if (SUCCEEDED(set)) registered_flags_ = flags;
    return set;
}

void JobStream::unregister_callback() {
    const std::lock_guard one_at_a_time(registering_);
    if (!callback_) return;
    (void)call([this] { return job_->SetNotifyInterface(nullptr); });
    callback_.reset();
    registered_flags_ = 0;
}

} // namespace bitscb3
