// SPDX-License-Identifier: MIT
// reader.cpp - see reader.hpp.

#include "client/reader.hpp"

#include "client/file_view.hpp"
#include "client/gate.hpp"

#include <algorithm>
#include <utility>

namespace bitscb3 {

namespace {

using Lock = std::unique_lock<std::mutex>;

BG_JOB_STATE state_of(IBackgroundCopyJob* job, HRESULT& result) {
    BG_JOB_STATE state = BG_JOB_STATE_SUSPENDED;
    result = call([&] { return job->GetState(&state); });
    return state;
}

bool is_final(BG_JOB_STATE state) noexcept {
    return state == BG_JOB_STATE_ACKNOWLEDGED || state == BG_JOB_STATE_CANCELLED;
}

} // namespace

void PumpState::settle(JobStream& stream, const RequestPtr& request,
                       std::optional<Failure> failure) {
    request->settled = true;
    request->held = false;
    request->failure = std::move(failure);
    stream.pending.erase(request);
    ++stream.version;
    if (request->watched) settled.push_back(request->id);
}

void PumpState::catch_up(const JobStream& stream, Subscription& subscription) {
    if (!stream.is_synced()) return; // what ends a file or the job comes after its ranges
    const auto wants = [&](std::uint32_t flag) { return (stream.wanted & flag) != 0; };
    if (wants(BG_NOTIFY_FILE_RANGES_TRANSFERRED) && !std::exchange(subscription.ranges_on, true)) {
        for (const auto& [index, file] : stream.files) {
            if (!file.reported.empty()) subscription.files[index].ranges.insert(file.reported);
        }
    }
    for (const auto& [index, file] : stream.files) {
        if (!file.transferred) {
            subscription.told_files.erase(index);
        } else if (wants(BG_NOTIFY_FILE_TRANSFERRED) &&
                   subscription.told_files.insert(index).second) {
            subscription.files[index].transferred = true;
        }
    }
    const auto tell = [](bool fact, bool wanted, bool& told, bool& staged) {
        if (fact && wanted && !told) staged = true;
        told = fact && (told || wanted);
    };
    tell(stream.in_error, wants(BG_NOTIFY_JOB_ERROR), subscription.told_error, subscription.error);
    tell(stream.transferred, wants(BG_NOTIFY_JOB_TRANSFERRED), subscription.told_transferred,
         subscription.transferred);
    tell(stream.ended, true, subscription.told_ended, subscription.ended);
    if (!subscription.empty()) stage_ready(subscription);
}

void PumpState::catch_up(const JobStream& stream) {
    for (const SubscriptionPtr& subscription : stream.subscriptions)
        catch_up(stream, *subscription);
}

JobStreamPtr Reader::stream_of(std::uint32_t number) {
    return number < state_.streams.size() ? state_.streams[number].lock() : nullptr;
}

bool Reader::drain() {
    signals_.clear();
    records_.clear();
    std::vector<JobStreamPtr> nudged;
    // Bits before records: a file's ranges are in the queue before the bit that says it is
    // finished.
    state_.inbox->signals.take(signals_);
    state_.inbox->ranges.queue().drain(records_);
    {
        const Lock lock(state_.mutex);
        nudged.swap(state_.nudged);
    }
    if (signals_.empty() && records_.empty() && nudged.empty()) return false;
    take_records();
    for (const JobStreamPtr& stream : nudged) {
        Lock lock(state_.mutex);
        const std::uint64_t wanted = stream->sync_wanted;
        const bool all = !stream->is_synced();
        lock.unlock();
        if (all) reconcile_all(stream);
        lock.lock();
        stream->sync_done = wanted;
        lock.unlock();
        read_state(stream, 0, all);
    }
    for (const SignalStack::Signal& signal : signals_) {
        Lock lock(state_.mutex);
        const JobStreamPtr stream = stream_of(signal.job);
        lock.unlock();
        if (stream && (signal.bits & JobBits::kRangesLost) != 0) reconcile_all(stream);
    }
    for (const auto& [stream, file] : std::exchange(doubtful_, {})) reconcile(stream, file);
    for (const SignalStack::Signal& signal : signals_) {
        Lock lock(state_.mutex);
        const JobStreamPtr stream = stream_of(signal.job);
        lock.unlock();
        constexpr std::uint32_t kFiles = JobBits::kFileTransferred | JobBits::kTransferred;
        if (stream) read_state(stream, signal.bits, (signal.bits & kFiles) != 0);
    }
    return true;
}

void Reader::take_records() {
    Lock lock(state_.mutex);
    JobStreamPtr stream;
    IBackgroundCopyFile* last = nullptr;
    std::optional<std::uint32_t> file;
    bool fresh =
        false; // the pointer was unknown: its records are not trusted, the service is asked
    for (const RangeRecord& record : records_) {
        if (!stream || stream->number != record.job) {
            stream = stream_of(record.job);
            last = nullptr;
        }
        if (!stream) continue;
        if (record.file != last) {
            last = record.file;
            file = stream->table.known(last);
            fresh = !file;
            if (fresh) {
                lock.unlock();
                file = stream->table.index_of(last);
                lock.lock();
            }
        }
        if (!file) continue;
        const bool good =
            !fresh && record.length != 0 && report(*stream, *file, {record.offset, record.length});
        if (!good) doubtful_.emplace(stream, *file);
    }
    lock.unlock();
    for (const RangeRecord& record : records_) Inbox::release(record);
}

bool Reader::report(JobStream& stream, std::uint32_t file, const Range& range) {
    JobStream::FileState& state = stream.files[file];
    RangeList added;
    state.reported.insert(range, added);
    std::uint64_t bytes = 0;
    for (const Range& piece : added) {
        bytes += piece.length;
        state.pieces.fill(state.reported.containing(piece.offset), [&](const RequestPtr& request) {
            if (--request->missing == 0) state_.settle(stream, request);
        });
    }
    if (added.empty() || (stream.wanted & BG_NOTIFY_FILE_RANGES_TRANSFERRED) == 0) {
        return bytes == range.length;
    }
    for (const SubscriptionPtr& subscription : stream.subscriptions) {
        if (!subscription->ranges_on) continue;
        for (const Range& piece : added) subscription->files[file].ranges.insert(piece);
        state_.stage_ready(*subscription);
    }
    return bytes == range.length;
}

void Reader::stage_restart(JobStream& stream, std::uint32_t file) {
    JobStream::FileState& state = stream.files[file];
    state.reported.clear();
    state.transferred = false;
    if ((stream.wanted & BG_NOTIFY_FILE_RANGES_TRANSFERRED) == 0) return;
    for (const SubscriptionPtr& subscription : stream.subscriptions) {
        Subscription::StagedFile staged;
        staged.restarted = true; // what was staged and not taken was never reported
        subscription->files[file] = std::move(staged);
        subscription->told_files.erase(file);
        state_.stage_ready(*subscription);
    }
}

void Reader::reconcile(const JobStreamPtr& stream, std::uint32_t file) {
    const ComPtr<IBackgroundCopyFile> object = stream->table.at(file);
    if (!object) return;
    const FileView view = read_file_view(object.get());
    const Lock lock(state_.mutex);
    JobStream::FileState& state = stream->files[file];
    if (!view.filled) return; // no random access: the records are all there is
    const auto other = [](const std::string& before, const std::string& now) {
        return !before.empty() && !now.empty() && before != now;
    };
    const bool restarted =
        !view.filled->contains(state.reported) ||
        (!state.reported.empty() &&
         (other(state.etag, view.etag) || other(state.last_modified, view.last_modified)));
    if (restarted) stage_restart(*stream, file);
    state.etag = view.etag;
    state.last_modified = view.last_modified;
    state.synced = true;
    for (const Range& range : view.filled->ranges()) (void)report(*stream, file, range);
}

void Reader::reconcile_all(const JobStreamPtr& stream) {
    const auto count = static_cast<std::uint32_t>(stream->table.count());
    for (std::uint32_t file = 0; file < count; ++file) reconcile(stream, file);
}

void Reader::find_finished_files(const JobStreamPtr& stream, std::vector<std::uint32_t>& finished) {
    const auto count = static_cast<std::uint32_t>(stream->table.count());
    for (std::uint32_t file = 0; file < count; ++file) {
        {
            const Lock lock(state_.mutex);
            if (stream->files[file].transferred) continue;
        }
        const ComPtr<IBackgroundCopyFile> object = stream->table.at(file);
        const auto size = object ? finished_size(object.get()) : std::nullopt;
        if (!size) continue;
        Lock lock(state_.mutex);
        const bool listening = stream->wants_ranges();
        const bool whole = stream->files[file].reported.contains({0, *size});
        lock.unlock();
        if (listening && !whole) {
            reconcile(stream, file);
            lock.lock();
            // A server without ranges has no filled set, but a finished file is filled.
            if (reports_ranges(object.get())) (void)report(*stream, file, {0, *size});
            lock.unlock();
        }
        finished.push_back(file);
    }
}

void Reader::read_state(const JobStreamPtr& stream, std::uint32_t bits, bool look_at_files) {
    HRESULT result = S_OK;
    const BG_JOB_STATE state = state_of(stream->job(), result);
    if (FAILED(result)) return;
    std::vector<std::uint32_t> finished;
    if (look_at_files || state == BG_JOB_STATE_TRANSFERRED) find_finished_files(stream, finished);
    std::optional<Failure> failure;
    if (state == BG_JOB_STATE_ERROR) failure = read_failure(stream->job());
    {
        const Lock lock(state_.mutex);
        for (const std::uint32_t file : finished) stream->files[file].transferred = true;
        const bool failed = state == BG_JOB_STATE_ERROR;
        stream->in_error = failed;
        stream->transferred = state == BG_JOB_STATE_TRANSFERRED;
        stream->ended = stream->ended || is_final(state);
        const bool told =
            (bits & JobBits::kModified) != 0 && (stream->wanted & BG_NOTIFY_JOB_MODIFICATION) != 0;
        for (const SubscriptionPtr& subscription : stream->subscriptions) {
            if (told) subscription->modified = true;
            state_.catch_up(*stream, *subscription);
        }
        if (failed) fail_pending(*stream, failure.value_or(failure_of(E_FAIL)));
        if (is_final(state)) fail_pending(*stream, failure_of(BG_E_INVALID_STATE));
        ++stream->version;
    }
    advance_held(stream, state);
}

void Reader::fail_pending(JobStream& stream, const Failure& failure) {
    for (auto& [index, file] : stream.files) file.pieces = {};
    const auto requests = stream.pending;
    for (const RequestPtr& request : requests) state_.settle(stream, request, failure);
}

void Reader::advance_held(const JobStreamPtr& stream, BG_JOB_STATE state) {
    std::vector<RequestPtr> held;
    {
        const Lock lock(state_.mutex);
        for (const RequestPtr& request : stream->pending) {
            if (request->held) held.push_back(request);
        }
    }
    std::sort(held.begin(), held.end(),
              [](const RequestPtr& a, const RequestPtr& b) { return a->id < b->id; });
    const bool idle = state == BG_JOB_STATE_SUSPENDED || state == BG_JOB_STATE_TRANSFERRED;
    for (const RequestPtr& request : held) {
        if (file_size(request->object.get()) || idle) issue(stream, request);
    }
}

void Reader::issue(const JobStreamPtr& stream, const RequestPtr& request) {
    const auto size = file_size(request->object.get());
    RangeSet wanted;
    bool good = true;
    for (Range range : request->asked) {
        const std::uint64_t end = size.value_or(UINT64_MAX);
        if (range.length == RangeRequest::kToEnd && range.offset < end) {
            range.length = end - range.offset;
        }
        good = good && range.offset < end && range.length <= end - range.offset;
        if (good) wanted.insert(range);
    }
    std::vector<BG_FILE_RANGE> ranges;
    bool suspended = false;
    {
        const Lock lock(state_.mutex);
        if (request->settled || !request->held) return;
        if (!good) {
            state_.settle(*stream, request, failure_of(BG_E_INVALID_RANGE));
            return;
        }
        request->held = false;
        JobStream::FileState& file = stream->files[request->file_index];
        for (const Range& range : wanted.ranges()) {
            if (file.reported.contains(range)) continue;
            file.pieces.add(range, request);
            ++request->missing;
            const bool open = !size && range.end() == UINT64_MAX;
            ranges.push_back({range.offset, open ? BG_LENGTH_TO_EOF : range.length});
        }
        if (request->missing == 0) {
            state_.settle(*stream, request);
            return;
        }
        suspended = stream->suspended_by_caller;
        if (!file.synced || state_.system) ++stream->sync_wanted;
        if (!stream->is_synced()) state_.nudged.push_back(stream);
    }
    const HRESULT result = ask_for_ranges(request->object.get(), ranges);
    HRESULT known = S_OK;
    const BG_JOB_STATE state = state_of(stream->job(), known);
    const bool waits = state == BG_JOB_STATE_SUSPENDED || state == BG_JOB_STATE_QUEUED;
    HRESULT resumed = S_OK;
    if (SUCCEEDED(result) && waits && !suspended) {
        resumed = call([&] { return stream->job()->Resume(); });
    }
    if (FAILED(result) || FAILED(resumed)) {
        const Lock lock(state_.mutex);
        stream->files[request->file_index].pieces.forget(request);
        if (!request->settled) {
            state_.settle(*stream, request, failure_of(FAILED(result) ? result : resumed));
        }
    }
    state_.inbox->ranges.doorbell().ring();
}

void Reader::refresh(const JobStreamPtr& stream) {
    drain();
    Lock lock(state_.mutex);
    const bool listening = stream->wants_ranges();
    lock.unlock();
    lock.lock();
    const std::uint64_t wanted = stream->sync_wanted;
    lock.unlock();
    if (listening) reconcile_all(stream);
    lock.lock();
    stream->sync_done = std::max(stream->sync_done, wanted);
    lock.unlock();
    read_state(stream, 0, true);
}

} // namespace bitscb3
