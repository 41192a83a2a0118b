// SPDX-License-Identifier: MIT
// pump_waits.cpp - what a program waits for: the end of a job, and requests. See pump.hpp.

#include "client/file_view.hpp"
#include "client/gate.hpp"
#include "client/pump.hpp"

#include <algorithm>
#include <utility>

namespace bitscb3 {

namespace {

bool settles_wait(BG_JOB_STATE state) noexcept {
    return state == BG_JOB_STATE_TRANSFERRED || state == BG_JOB_STATE_ERROR ||
           state == BG_JOB_STATE_ACKNOWLEDGED || state == BG_JOB_STATE_CANCELLED;
}

} // namespace

// ---- jobs ----

WaitResult Pump::wait_job(const JobStreamPtr& stream, Instant deadline, bool on_demand,
                          BG_JOB_STATE& state, HRESULT& result) {
    {
        const Lock lock(state_.mutex);
        if (state_.closed) return WaitResult::kClosed;
        ++stream->waiters;
    }
    WaitResult waited = WaitResult::kDone;
    result = register_callback(stream);
    JobWatch look(0, on_demand);
    while (SUCCEEDED(result) && !is_over(stream, look, state, result) && SUCCEEDED(result)) {
        Lock lock(state_.mutex);
        waited = wait(lock, deadline, [&] { return stream->version != look.seen; });
        if (waited != WaitResult::kDone) break;
    }
    const Lock lock(state_.mutex);
    --stream->waiters;
    return waited;
}

bool Pump::is_over(const JobStreamPtr& stream, JobWatch& look, BG_JOB_STATE& state,
                   HRESULT& result) {
    bool asked = false;
    bool suspended = false;
    {
        const Lock lock(state_.mutex);
        look.seen = stream->version; // before the state is read: a change meanwhile is another look
        suspended = stream->suspended_by_caller;
        asked = std::any_of(
            stream->pending.begin(), stream->pending.end(),
            [&look](const RequestPtr& request) { return request->asker == look.asker; });
    }
    result = call([&] { return stream->job()->GetState(&state); });
    if (FAILED(result)) return false;
    const bool idle = state == BG_JOB_STATE_SUSPENDED && (!look.on_demand || suspended || !asked);
    if (!settles_wait(state) && !idle) return false;
    refresh(stream);
    return true;
}

HRESULT Pump::open_watch(const JobStreamPtr& stream, bool on_demand, JobWatchPtr& out) {
    {
        const Lock lock(state_.mutex);
        if (state_.closed) return CO_E_OBJNOTCONNECTED;
        out = std::make_shared<JobWatch>(next_id_++, on_demand);
        stream->watches.push_back(out);
        ++stream->waiters;
    }
    const HRESULT result = register_callback(stream);
    if (FAILED(result)) close_watch(stream, out);
    return result;
}

void Pump::arm(const JobStreamPtr& stream, const JobWatchPtr& watch) {
    const Lock lock(state_.mutex);
    watch->armed = watch->open && watch->seen == stream->version;
    if (watch->armed || !watch->open) return;
    state_.settled.push_back(watch->id);
    state_.inbox->ranges.ring();
    wake_followers();
}

bool Pump::poll_job(const JobStreamPtr& stream, const JobWatchPtr& watch, BG_JOB_STATE& state,
                    HRESULT& result) {
    {
        const Lock lock(state_.mutex);
        result = state_.closed ? CO_E_OBJNOTCONNECTED : S_OK;
    }
    return SUCCEEDED(result) && is_over(stream, *watch, state, result);
}

void Pump::close_watch(const JobStreamPtr& stream, const JobWatchPtr& watch) {
    const Lock lock(state_.mutex);
    if (!std::exchange(watch->open, false)) return;
    watch->armed = false;
    std::erase(stream->watches, watch);
    --stream->waiters;
}

bool Pump::is_closed() {
    const Lock lock(state_.mutex);
    return state_.closed;
}

// ---- requests ----

RequestPtr Pump::request(const JobStreamPtr& stream, std::uint32_t file_index,
                         ComPtr<IBackgroundCopyFile> file, RangeList ranges) {
    RequestPtr made;
    {
        const Lock lock(state_.mutex);
        made = std::make_shared<RangeRequest>(next_id_++, file_index, std::move(ranges),
                                              std::move(file));
        stream->pending.insert(made);
        if (state_.closed || stream->ended) {
            const HRESULT why = state_.closed ? CO_E_OBJNOTCONNECTED : BG_E_INVALID_STATE;
            state_.settle(*stream, made, failure_of(why));
            return made;
        }
    }
    HRESULT result = register_callback(stream);
    BG_JOB_STATE state = BG_JOB_STATE_SUSPENDED;
    if (SUCCEEDED(result)) result = call([&] { return stream->job()->GetState(&state); });
    std::optional<Failure> failure;
    if (FAILED(result)) {
        failure = failure_of(result);
    } else if (state == BG_JOB_STATE_ERROR) {
        failure = read_failure(stream->job(), state_.quirks.order).value_or(failure_of(E_FAIL));
    }
    if (failure) {
        const Lock lock(state_.mutex);
        if (!made->settled) state_.settle(*stream, made, std::move(failure));
        return made;
    }
    if (file_size(made->object.get())) {
        reader_.issue(stream, made);
        return made;
    }
    if (!is_suspended_by_caller(stream) && state == BG_JOB_STATE_SUSPENDED) {
        result = call([&] { return stream->job()->Resume(); }); // to learn the size
    }
    const Lock lock(state_.mutex);
    if (made->settled) return made;
    if (FAILED(result)) {
        state_.settle(*stream, made, failure_of(result));
    } else {
        stream->files[file_index].held.push_back(made);
    }
    state_.nudge(stream);
    return made;
}

bool Pump::is_settled(const RequestPtr& request) {
    {
        const Lock lock(state_.mutex);
        if (request->settled || leading_ || candidates_ > 0 || state_.closed)
            return request->settled;
        leading_ = true;
    }
    reader_.drain(); // nobody waits: look for ourselves
    const Lock lock(state_.mutex);
    leading_ = false;
    free_.notify_all();
    wake_followers();
    pass_on();
    return request->settled;
}

WaitResult Pump::wait_request(const JobStreamPtr& stream, const RequestPtr& request,
                              Instant deadline) {
    Lock lock(state_.mutex);
    return wait(lock, deadline, [&] { return request->settled || stream->suspended_by_caller; });
}

bool Pump::cancel(const JobStreamPtr& stream, const RequestPtr& request) {
    const std::lock_guard one_at_a_time(stream->asking);
    RangeSet gone;
    {
        const Lock lock(state_.mutex);
        if (request->settled) return false;
        JobStream::FileState& file = stream->files[request->file_index];
        gone = request->bytes();
        file.pieces.forget(request, gone.ranges());
        std::erase(file.held, request);
        file.pieces.take_out_of(gone); // what others wait for
        state_.settle(*stream, request, failure_of(E_ABORT));
        state_.inbox->ranges.ring();
        wake_followers();
        if (!request->given || withdraw_ == nullptr) return true;
    }
    std::vector<BG_FILE_RANGE> ranges;
    for (const Range& range : gone.ranges()) {
        const bool open = range.end() == UINT64_MAX;
        ranges.push_back({range.offset, open ? BG_LENGTH_TO_EOF : range.length});
    }
    if (ranges.empty()) return true;
    // It fails for a job that has ended meanwhile, and then nothing is fetched either.
    (void)call([&] {
        const auto count = static_cast<DWORD>(ranges.size());
        return withdraw_(request->object.get(), count, ranges.data());
    });
    return true;
}

void Pump::watch(const RequestPtr& request) {
    const Lock lock(state_.mutex);
    if (std::exchange(request->watched, true) || !request->settled) return;
    state_.settled.push_back(request->id);
    state_.inbox->ranges.ring();
    wake_followers();
}

} // namespace bitscb3
