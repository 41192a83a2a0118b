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
    std::size_t sinks_version = 0;
    std::vector<Callback::Tap> sinks;
    {
        const std::lock_guard lock(mutex);
        if (ended) return S_OK;
        flags = needed_flags();
        ranges = wants_ranges() || registered_ranges_; // once listened to, always listened to
        sinks = taps;
        sinks_version = taps_version;
        if (ranges && !registered_ranges_) ++sync_wanted;
    }
    const bool fresh =
        !callback_ || ranges != registered_ranges_ || sinks_version != registered_taps_;
    if (fresh) {
        ComPtr<Callback> next = make_com<Callback>(inbox, number, ranges, std::move(sinks));
        const HRESULT set = call([&] {
            return job_->SetNotifyInterface(static_cast<IBackgroundCopyCallback3*>(next.get()));
        });
        if (FAILED(set)) return set;
        callback_ = std::move(next);
        registered_ranges_ = ranges;
        registered_taps_ = sinks_version;
    }
    if (flags == registered_flags_) return S_OK;
    HRESULT set = call([&] { return job_->SetNotifyFlags(flags); });
    if (set == E_NOTIMPL) { // a service older than range events
        set =
            call([&] { return job_->SetNotifyFlags(flags & ~BG_NOTIFY_FILE_RANGES_TRANSFERRED); });
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
