// SPDX-License-Identifier: MIT
// reader.cpp - see reader.hpp.

#include "client/reader.hpp"

#include "client/file_view.hpp"
#include "client/gate.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace bitscb3 {

namespace {

using Lock = std::unique_lock<std::mutex>;

BG_JOB_STATE state_of(IBackgroundCopyJob* job, HRESULT& result) {
    BG_JOB_STATE state = BG_JOB_STATE_SUSPENDED;
    result = call([&] { return job->GetState(&state); });
    return state;
}

/// Of calls to a service in another process, that ended.
bool is_end_of_service(HRESULT code) noexcept {
    constexpr HRESULT kCodes[] = {
        RPC_E_DISCONNECTED,
        RPC_E_SERVER_DIED,
        RPC_E_SERVER_DIED_DNE,
        BITSCB3_WIN32_RPC_S_SERVER_UNAVAILABLE,
        BITSCB3_WIN32_RPC_S_CALL_FAILED,
        BITSCB3_WIN32_RPC_S_CALL_FAILED_DNE,
    };
    return std::find(std::begin(kCodes), std::end(kCodes), code) != std::end(kCodes);
}

bool is_final(BG_JOB_STATE state) noexcept {
    return state == BG_JOB_STATE_ACKNOWLEDGED || state == BG_JOB_STATE_CANCELLED;
}

/// Whether the file on disk cannot be the version of which `known` was reported.
bool is_another_version(const JobStream::FileState& known, const FileView& view, bool system) {
    if (!view.filled->contains(known.reported)) return true;
    const auto other = [](const std::string& before, const std::string& now) {
        return !before.empty() && !now.empty() && before != now;
    };
    // Where pointers tell nothing, the validators of the last response do.
    return system && !known.reported.empty() &&
           (other(known.etag, view.etag) || other(known.last_modified, view.last_modified));
}

/// Why a range cannot be had of a file of `size` bytes.
std::optional<Failure> outside_of(const Range& range, std::optional<std::uint64_t> size) {
    Failure failure = failure_of(BG_E_INVALID_RANGE);
    const bool open = range.length == RangeRequest::kToEnd;
    failure.description = "The range of " + (open ? "all" : std::to_string(range.length)) +
                          " bytes from " + std::to_string(range.offset) +
                          " lies outside the file of " + std::to_string(size.value_or(0)) +
                          " bytes.";
    return failure;
}

} // namespace

// ---- the inbox ----

bool Reader::drain() {
    const Looks looks = take_inbox();
    for (const auto& [stream, what] : looks) look(stream, what);
    return !looks.empty();
}

Reader::Looks Reader::take_inbox() {
    Looks looks;
    signals_.clear();
    records_.clear();
    // Bits before records: a file's ranges are in the queue before the bit that says it is
    // finished.
    state_.inbox->signals.take(signals_);
    state_.inbox->ranges.queue().drain(records_);
    {
        const Lock lock(state_.mutex);
        for (const JobStreamPtr& stream : std::exchange(state_.nudged, {})) {
            stream->nudged = false;
            looks[stream].state = true;
            looks[stream].again = std::exchange(stream->look_again, false);
        }
        for (const SignalStack::Signal& signal : signals_) {
            const JobStreamPtr stream = state_.stream_of(signal.job);
            if (!stream) continue;
            Look& look = looks[stream];
            ++state_.signals;
            look.state = true;
            look.bits |= signal.bits;
            look.ranges = look.ranges || (signal.bits & JobBits::kRangesLost) != 0;
            constexpr std::uint32_t kEnds = JobBits::kFileTransferred | JobBits::kTransferred;
            look.files = look.files || (signal.bits & kEnds) != 0;
        }
    }
    take_records(looks);
    return looks;
}

void Reader::take_records(Looks& looks) {
    Lock lock(state_.mutex);
    JobStreamPtr stream;
    IBackgroundCopyFile* last = nullptr;
    std::optional<std::uint32_t> file;
    bool trusted = false; // the records of `last` tell of the version that is being reported
    for (const RangeRecord& record : records_) {
        if (!stream || stream->number != record.job) {
            stream = state_.stream_of(record.job);
            last = nullptr;
        }
        if (!stream) continue;
        looks[stream];
        if (record.file != last) {
            last = record.file;
            file = stream->table.known(last);
            const bool fresh = !file;
            if (fresh) {
                lock.unlock();
                file = stream->table.index_of(last);
                note_replaced(stream);
                lock.lock();
            }
            trusted = file && (state_.system ? !fresh : stream->table.is_current(last, *file));
        }
        if (!file) continue;
        const bool good = trusted && record.length != 0;
        const std::uint64_t added =
            good ? state_.report(*stream, *file, {record.offset, record.length}) : 0;
        // The system's BITS may report a byte again: after a restart, or of a request.
        const bool again = state_.system && added != record.length;
        if (!good || again) stream->doubtful.insert(*file);
    }
    lock.unlock();
    for (const RangeRecord& record : records_) Inbox::release(record);
}

// ---- the service ----

void Reader::look(const JobStreamPtr& stream, Look look) {
    if (look.again) look_again(stream, look);
    Lock lock(state_.mutex);
    const std::uint64_t wanted = stream->sync_wanted;
    const bool sync = !stream->is_synced();
    lock.unlock();
    if (look.ranges || sync) reconcile_all(stream);
    lock.lock();
    stream->sync_done = std::max(stream->sync_done, wanted);
    const auto doubtful = std::exchange(stream->doubtful, {});
    lock.unlock();
    for (const std::uint32_t file : doubtful) reconcile(stream, file);
    if (look.state || sync) read_state(stream, look.bits, look.files || sync);
}

void Reader::look_again(const JobStreamPtr& stream, Look& look) {
    BG_JOB_PROGRESS progress = {};
    if (FAILED(call([&] { return stream->job()->GetProgress(&progress); }))) return;
    const BG_JOB_PROGRESS& last = stream->last_progress;
    const bool moved = progress.BytesTransferred != last.BytesTransferred ||
                       progress.FilesTransferred != last.FilesTransferred ||
                       progress.FilesTotal != last.FilesTotal;
    stream->last_progress = progress;
    const Lock lock(state_.mutex);
    look.files = look.files || moved;
    look.ranges = look.ranges || (moved && stream->by_progress);
    for (const RequestPtr& request : stream->pending) stream->doubtful.insert(request->file_index);
}

void Reader::note_replaced(const JobStreamPtr& stream) {
    const std::vector<std::uint32_t> replaced = stream->table.take_replaced();
    if (state_.system || replaced.empty()) return; // proxies differ from call to call
    const Lock lock(state_.mutex);
    for (const std::uint32_t file : replaced) {
        state_.restart(stream, file);
        stream->doubtful.insert(file);
    }
}

void Reader::reconcile(const JobStreamPtr& stream, std::uint32_t file) {
    Held<IBackgroundCopyFile> object = stream->table.at(file);
    if (!object) return;
    FileView view = read_file_view(object.get());
    if (!view.filled) { // no random access: the records, or the progress, are all there is
        report_progress(stream, file, object.get());
        return;
    }
    Lock lock(state_.mutex);
    if (!state_.system && is_another_version(stream->files[file], view, false)) {
        lock.unlock();
        (void)stream->table.count();
        note_replaced(stream);
        object = stream->table.at(file);
        if (object) view = read_file_view(object.get());
        if (!object || !view.filled) return;
        lock.lock();
    }
    JobStream::FileState& state = stream->files[file];
    if (is_another_version(state, view, state_.system)) state_.restart(stream, file);
    state.etag = view.etag;
    state.last_modified = view.last_modified;
    state.synced = true;
    for (const Range& range : view.filled->ranges()) state_.report(*stream, file, range);
}

void Reader::report_progress(const JobStreamPtr& stream, std::uint32_t file,
                             IBackgroundCopyFile* object) {
    {
        const Lock lock(state_.mutex);
        if (!stream->by_progress) return;
    }
    std::optional<bool> tells;
    {
        const Lock lock(state_.mutex);
        tells = stream->files[file].tells;
    }
    if (!tells) tells = reports_ranges(object);
    const std::uint64_t here = *tells ? transferred_bytes(object) : 0;
    const Lock lock(state_.mutex);
    JobStream::FileState& state = stream->files[file];
    state.tells = tells;
    if (!*tells) return;
    if (std::exchange(state.progress, here) > here) state_.restart(stream, file);
    state.synced = true;
    if (here != 0) state_.report(*stream, file, {0, here});
}

void Reader::reconcile_all(const JobStreamPtr& stream) {
    const auto count = static_cast<std::uint32_t>(stream->table.count());
    note_replaced(stream);
    for (std::uint32_t file = 0; file < count; ++file) {
        {
            const Lock lock(state_.mutex);
            const JobStream::FileState& known = stream->files[file];
            if (stream->by_progress && known.transferred && known.synced) continue;
        }
        reconcile(stream, file);
    }
}

void Reader::find_finished_files(const JobStreamPtr& stream, bool job_transferred,
                                 std::vector<std::uint32_t>& finished) {
    const auto count = static_cast<std::uint32_t>(stream->table.count());
    note_replaced(stream);
    for (std::uint32_t file = 0; file < count; ++file) {
        {
            const Lock lock(state_.mutex);
            if (stream->files[file].transferred) continue;
        }
        const Held<IBackgroundCopyFile> object = stream->table.at(file);
        const auto size = object ? finished_size(object.get(), job_transferred) : std::nullopt;
        if (!size || (*size == 0 && state_.quirks.empties_failed && !job_transferred)) continue;
        Lock lock(state_.mutex);
        const bool listening = stream->wants_ranges();
        const bool whole = stream->files[file].reported.contains({0, *size});
        lock.unlock();
        if (listening && !whole) {
            reconcile(stream, file);
            // A server without ranges has no filled set, but a finished file is filled.
            if (reports_ranges(object.get())) {
                lock.lock();
                state_.report(*stream, file, {0, *size});
                lock.unlock();
            }
        }
        finished.push_back(file);
    }
}

void Reader::read_state(const JobStreamPtr& stream, std::uint32_t bits, bool look_at_files) {
    HRESULT result = S_OK;
    const BG_JOB_STATE state = state_of(stream->job(), result);
    if (FAILED(result)) {
        note_unanswered(stream, result);
        return;
    }
    std::vector<std::uint32_t> finished;
    const bool transferred = state == BG_JOB_STATE_TRANSFERRED;
    if (look_at_files || transferred) find_finished_files(stream, transferred, finished);
    std::optional<Failure> failure;
    if (state == BG_JOB_STATE_ERROR) {
        failure = read_failure(stream->job(), state_.quirks.order);
    }
    {
        const Lock lock(state_.mutex);
        for (const std::uint32_t file : finished) stream->files[file].transferred = true;
        const bool failed = state == BG_JOB_STATE_ERROR;
        stream->in_error = failed;
        stream->transferred = transferred;
        stream->ended = stream->ended || is_final(state);
        const bool told =
            (bits & JobBits::kModified) != 0 && (stream->wanted & BG_NOTIFY_JOB_MODIFICATION) != 0;
        for (const SubscriptionPtr& subscription : stream->subscriptions) {
            if (told) subscription->modified = true;
            state_.catch_up(*stream, *subscription);
        }
        if (failed) state_.fail_pending(*stream, failure.value_or(failure_of(E_FAIL)));
        if (is_final(state)) state_.fail_pending(*stream, failure_of(BG_E_INVALID_STATE));
        state_.note_change(*stream);
    }
    advance_held(stream, state);
}

void Reader::note_unanswered(const JobStreamPtr& stream, HRESULT why) {
    const Lock lock(state_.mutex);
    state_.fail_pending(*stream, failure_of(why));
    state_.note_change(*stream);
    if (!is_end_of_service(why)) return;
    stream->lost = why;
    stream->in_error = true;
    stream->sync_done = stream->sync_wanted; // there is nothing more to find
    state_.catch_up(*stream);
}

void Reader::refresh(const JobStreamPtr& stream) {
    (void)drain();
    Look everything;
    everything.state = true;
    everything.files = true;
    {
        const Lock lock(state_.mutex);
        everything.ranges = stream->wants_ranges();
    }
    look(stream, everything);
}

// ---- requests ----

void Reader::advance_held(const JobStreamPtr& stream, BG_JOB_STATE state) {
    std::vector<RequestPtr> first; // of each file that has some
    bool idle = false;             // the size will not become known by waiting
    {
        const Lock lock(state_.mutex);
        for (const auto& [index, file] : stream->files) {
            if (!file.held.empty()) first.push_back(file.held.front());
        }
        idle = (state == BG_JOB_STATE_SUSPENDED && !stream->suspended_by_caller) ||
               state == BG_JOB_STATE_TRANSFERRED;
    }
    for (const RequestPtr& request : first) {
        if (!idle && !file_size(request->object.get())) continue;
        std::vector<RequestPtr> held;
        {
            const Lock lock(state_.mutex);
            held.swap(stream->files[request->file_index].held);
        }
        for (const RequestPtr& one : held) issue(stream, one);
    }
}

void Reader::issue(const JobStreamPtr& stream, const RequestPtr& request) {
    const auto size = file_size(request->object.get());
    RangeSet wanted;
    std::optional<Range> outside; // the first that is no part of the file
    for (Range range : request->asked) {
        const std::uint64_t end = size.value_or(UINT64_MAX);
        if (range.length == RangeRequest::kToEnd && range.offset < end) {
            range.length = end - range.offset;
        }
        const bool nothing = end == 0 && range.offset == 0 && range.length == RangeRequest::kToEnd;
        const bool inside = range.offset < end && range.length <= end - range.offset;
        if (inside) {
            wanted.insert(range);
        } else if (!nothing && !outside) {
            outside = range;
        }
    }
    const bool good = !outside;
    RangeList pieces;
    std::vector<BG_FILE_RANGE> ranges;
    {
        const Lock lock(state_.mutex);
        if (request->settled || !std::exchange(request->held, false)) return;
        JobStream::FileState& file = stream->files[request->file_index];
        for (const Range& range : wanted.ranges()) {
            if (!good || file.reported.contains(range)) continue;
            file.pieces.add(range, request);
            pieces.push_back(range);
            const bool open = !size && range.end() == UINT64_MAX;
            ranges.push_back({range.offset, open ? BG_LENGTH_TO_EOF : range.length});
        }
        request->missing = pieces.size();
        if (pieces.empty()) {
            state_.settle(*stream, request, outside ? outside_of(*outside, size) : std::nullopt);
            state_.inbox->ranges.ring();
            return;
        }
    }
    const auto suspended = [&] {
        const Lock lock(state_.mutex);
        return stream->suspended_by_caller;
    };
    HRESULT result = S_OK;
    {
        const std::lock_guard one_at_a_time(stream->asking);
        {
            const Lock lock(state_.mutex);
            if (request->settled) return; // cancelled meanwhile
            request->given = true;
        }
        result = ask_for_ranges(request->object.get(), ranges);
    }
    if (SUCCEEDED(result)) {
        HRESULT known = S_OK;
        const BG_JOB_STATE state = state_of(stream->job(), known);
        const bool waits = state == BG_JOB_STATE_SUSPENDED || state == BG_JOB_STATE_QUEUED;
        if (waits && !suspended()) {
            result = call([&] { return stream->job()->Resume(); });
            // The caller suspended it meanwhile, and that is what counts.
            if (suspended()) (void)call([&] { return stream->job()->Suspend(); });
        }
    }
    const Lock lock(state_.mutex);
    JobStream::FileState& file = stream->files[request->file_index];
    if (FAILED(result)) {
        file.pieces.forget(request, pieces);
        if (!request->settled) state_.settle(*stream, request, failure_of(result));
    } else if (!file.synced || state_.system) {
        stream->doubtful.insert(request->file_index);
    } else {
        return;
    }
    state_.nudge(stream);
}

} // namespace bitscb3
