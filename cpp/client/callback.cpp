// SPDX-License-Identifier: MIT
// callback.cpp - see callback.hpp.

#include "client/callback.hpp"

namespace bitscb3 {

SignalStack::~SignalStack() {
    close();
}

void SignalStack::close() {
    std::vector<Signal> left;
    Callback* const top = top_.exchange(closed(), std::memory_order_acquire);
    if (top != closed()) unwind(top, left);
}

void SignalStack::push(Callback& callback) noexcept {
    callback.AddRef(); // the stack's, until take()
    Callback* top = top_.load(std::memory_order_relaxed);
    do {
        if (top == closed()) {  // a callback that waited here would keep itself alive for ever
            callback.Release(); // not the last: whoever called the slot holds one
            return;
        }
        callback.next_ = top;
        // release: pairs with the acquire in take(): next_ is readable there.
    } while (!top_.compare_exchange_weak(top, &callback, std::memory_order_release,
                                         std::memory_order_relaxed));
}

void SignalStack::take(std::vector<Signal>& out) {
    // relaxed: only the reader itself closes.
    if (top_.load(std::memory_order_relaxed) == closed()) return;
    unwind(top_.exchange(nullptr, std::memory_order_acquire), out);
}

void SignalStack::unwind(Callback* callback, std::vector<Signal>& out) {
    while (callback != nullptr) {
        // Read before the bits: once they are zero, a slot may push the callback again.
        Callback* const next = callback->next_;
        // acq_rel: acquire pairs with raise(): what the slot pushed before is in the queue; release
        // lets the next raise() see next_ as read.
        const std::uint32_t bits = callback->bits_.exchange(0, std::memory_order_acq_rel);
        out.push_back({callback->job_, bits});
        callback->Release();
        callback = next;
    }
}

HRESULT Callback::raise(std::uint32_t bits) noexcept {
    // acq_rel: release hands the queue's contents to take(); acquire orders next_ behind its
    // reading.
    if (bits_.fetch_or(bits, std::memory_order_acq_rel) == 0) manager_->signals.push(*this);
    manager_->ranges.ring();
    return S_OK;
}

HRESULT Callback::JobTransferred(IBackgroundCopyJob*) noexcept {
    return raise(JobBits::kTransferred);
}

HRESULT Callback::JobError(IBackgroundCopyJob*, IBackgroundCopyError*) noexcept {
    return raise(JobBits::kError);
}

HRESULT Callback::JobModification(IBackgroundCopyJob*, DWORD) noexcept {
    return raise(JobBits::kModified);
}

HRESULT Callback::FileTransferred(IBackgroundCopyJob*, IBackgroundCopyFile*) noexcept {
    return raise(JobBits::kFileTransferred);
}

HRESULT Callback::FileRangesTransferred(IBackgroundCopyJob*, IBackgroundCopyFile* file, DWORD count,
                                        const BG_FILE_RANGE* ranges) noexcept {
    if (file == nullptr || (ranges == nullptr && count != 0)) return E_INVALIDARG;
    if (count == 0) return S_OK;
    for (const Tap& tap : taps_) {
        (void)tap.inbox->on_ranges(tap.job, file, count, ranges); // counted there
    }
    if (!report_ranges_) return S_OK;
    return manager_->ranges.on_ranges(job_, file, count, ranges) ? S_OK
                                                                 : raise(JobBits::kRangesLost);
}

} // namespace bitscb3
