// SPDX-License-Identifier: MIT
// pump_state.cpp - see pump_state.hpp.

#include "client/pump_state.hpp"

#include <algorithm>
#include <utility>

namespace bitscb3 {

JobStreamPtr PumpState::stream_of(std::uint32_t number) const {
    const auto known = streams.find(number);
    return known == streams.end() ? nullptr : known->second.lock();
}

void PumpState::nudge(const JobStreamPtr& stream) {
    if (!std::exchange(stream->nudged, true)) nudged.push_back(stream);
    inbox->ranges.ring();
}

// ---- subscriptions ----

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

// ---- requests ----

void PumpState::note_change(JobStream& stream) {
    ++stream.version;
    for (const JobWatchPtr& watch : stream.watches) {
        if (!std::exchange(watch->armed, false)) continue;
        settled.push_back(watch->id);
        inbox->ranges.ring(); // whoever leads finds who dispatches
    }
}

void PumpState::settle(JobStream& stream, const RequestPtr& request,
                       std::optional<Failure> failure) {
    request->settled = true;
    request->held = false;
    request->failure = std::move(failure);
    stream.pending.erase(request);
    note_change(stream);
    if (request->watched) settled.push_back(request->id);
}

void PumpState::fail_pending(JobStream& stream, const Failure& failure) {
    for (auto& [index, file] : stream.files) {
        file.pieces = {};
        file.held.clear();
    }
    const auto requests = stream.pending;
    for (const RequestPtr& request : requests) settle(stream, request, failure);
}

// ---- what arrived ----

std::uint64_t PumpState::report(JobStream& stream, std::uint32_t file, const Range& range) {
    JobStream::FileState& state = stream.files[file];
    RangeList added;
    state.reported.insert(range, added);
    std::uint64_t bytes = 0;
    for (const Range& piece : added) {
        bytes += piece.length;
        state.pieces.fill(state.reported.containing(piece.offset), [&](const RequestPtr& request) {
            if (--request->missing == 0) settle(stream, request);
        });
    }
    if (added.empty() || (stream.wanted & BG_NOTIFY_FILE_RANGES_TRANSFERRED) == 0) return bytes;
    for (const SubscriptionPtr& subscription : stream.subscriptions) {
        if (!subscription->ranges_on) continue;
        for (const Range& piece : added) subscription->files[file].ranges.insert(piece);
        stage_ready(*subscription);
    }
    return bytes;
}

void PumpState::restart(const JobStreamPtr& stream, std::uint32_t file) {
    JobStream::FileState& state = stream->files[file];
    state.reported.clear();
    state.transferred = false;
    state.pieces = {};
    for (const RequestPtr& request : stream->pending) {
        if (request->file_index != file || std::exchange(request->held, true)) continue;
        request->missing = 0;
        state.held.push_back(request);
    }
    std::sort(state.held.begin(), state.held.end(),
              [](const RequestPtr& a, const RequestPtr& b) { return a->id < b->id; });
    nudge(stream);
    if ((stream->wanted & BG_NOTIFY_FILE_RANGES_TRANSFERRED) == 0) return;
    for (const SubscriptionPtr& subscription : stream->subscriptions) {
        Subscription::StagedFile staged;
        staged.restarted = true; // what was staged and not taken was never reported
        subscription->files[file] = std::move(staged);
        subscription->told_files.erase(file);
        stage_ready(*subscription);
    }
}

} // namespace bitscb3
