// SPDX-License-Identifier: MIT
// callback.hpp - our IBackgroundCopyCallback3: the object a BITS service calls.
// Threads: slots on any thread of the service. A slot looks, copies, pushes, rings, returns S_OK:
// no lock, no allocation, no exception, no Python, no call of the service but AddRef on the file.
// Loss: ranges that do not fit are remembered as the bit kRangesLost; bits cannot be lost.

#pragma once

#include "base/com_object.hpp"
#include "client/inbox.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace bitscb3 {

class Callback;

/// Job-level events, as bits of one word per callback object.
struct JobBits {
    static constexpr std::uint32_t kTransferred = 1;
    static constexpr std::uint32_t kError = 2;
    static constexpr std::uint32_t kModified = 4;
    static constexpr std::uint32_t kFileTransferred = 8;
    static constexpr std::uint32_t kRangesLost = 16;
};

/// Callbacks that have bits to read: a stack that is taken as a whole.
/// Threads: push from slots, take and close by the reader. Each callback is on it at most once.
class SignalStack {
  public:
    SignalStack() = default;
    SignalStack(const SignalStack&) = delete;
    SignalStack& operator=(const SignalStack&) = delete;
    ~SignalStack();

    void push(Callback& callback) noexcept;
    /// Nobody takes any more: what is pushed from now on is let go at once.
    void close();
    struct Signal {
        std::uint32_t job;
        std::uint32_t bits;
    };
    /// Append what was raised since the last call to `out`.
    void take(std::vector<Signal>& out);

  private:
    void unwind(Callback* callback, std::vector<Signal>& out);
    /// The top of a closed stack: an address where no callback lives.
    [[nodiscard]] Callback* closed() noexcept { return reinterpret_cast<Callback*>(this); }

    std::atomic<Callback*> top_{nullptr}; // partner: push() releases, take() and close() acquire
};

/// What the callbacks of one manager write into.
struct ManagerInbox {
    explicit ManagerInbox(std::size_t capacity) : ranges(capacity) {}
    Inbox ranges;
    SignalStack signals;
};

class Callback final : public ComObject<IBackgroundCopyCallback3> {
  public:
    /// A raw tap beside the manager: ranges only.
    struct Tap {
        std::shared_ptr<Inbox> inbox;
        std::uint32_t job; // its number there
    };

    /// `report_ranges`: someone reads this job's ranges from the manager's queue.
    Callback(std::shared_ptr<ManagerInbox> manager, std::uint32_t job, bool report_ranges,
             std::vector<Tap> taps)
        : manager_(std::move(manager)),
          job_(job),
          report_ranges_(report_ranges),
          taps_(std::move(taps)) {}

    HRESULT STDMETHODCALLTYPE JobTransferred(IBackgroundCopyJob*) noexcept override;
    HRESULT STDMETHODCALLTYPE JobError(IBackgroundCopyJob*,
                                       IBackgroundCopyError*) noexcept override;
    HRESULT STDMETHODCALLTYPE JobModification(IBackgroundCopyJob*, DWORD) noexcept override;
    HRESULT STDMETHODCALLTYPE FileTransferred(IBackgroundCopyJob*,
                                              IBackgroundCopyFile*) noexcept override;
    HRESULT STDMETHODCALLTYPE FileRangesTransferred(IBackgroundCopyJob*, IBackgroundCopyFile* file,
                                                    DWORD count,
                                                    const BG_FILE_RANGE* ranges) noexcept override;

  private:
    friend class SignalStack;

    HRESULT raise(std::uint32_t bits) noexcept;

    const std::shared_ptr<ManagerInbox> manager_;
    const std::uint32_t job_;
    const bool report_ranges_;
    const std::vector<Tap> taps_;
    std::atomic<std::uint32_t> bits_{0}; // partner: raise() releases, SignalStack::take() acquires
    Callback* next_ = nullptr;           // on the stack; written before the push that publishes it
};

} // namespace bitscb3
