// SPDX-License-Identifier: MIT
// pump.cpp - see pump.hpp.

#include "client/pump.hpp"

#include "client/file_view.hpp"
#include "client/gate.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace bitscb3 {

namespace {

/// How long the system's BITS is trusted to tell of a change; its notifications may be lost.
constexpr Duration kLookAgain = std::chrono::seconds(1);
/// How often a service that tells no ranges is asked for its progress.
constexpr Duration kProgress = std::chrono::milliseconds(200);

Duration look_span(const JobStream& stream) noexcept {
    return stream.by_progress ? kProgress : kLookAgain;
}

} // namespace

// ---- waiting ----

WaitResult Pump::wait(Lock& lock, Instant deadline, const std::function<bool()>& done) {
    WaitResult result = WaitResult::kDone;
    while (!done() && result == WaitResult::kDone) {
        if (state_.closed) {
            result = WaitResult::kClosed;
            break;
        }
        if (look_at_ != kForever && look_at_ <= std::chrono::steady_clock::now()) {
            look_again(lock);
            continue; // it let go of the mutex
        }
        const Instant until = std::min(deadline, look_at_);
        const bool free = !leading_ && candidates_ == 0;
        result = free ? lead(lock, until) : follow(lock, until, done);
        const bool looks = result == WaitResult::kTimedOut && until != deadline;
        if (looks) result = WaitResult::kDone;
    }
    pass_on();
    return done() ? WaitResult::kDone : result;
}

void Pump::look_again(Lock& lock) {
    std::vector<JobStreamPtr> others; // let go without the mutex: the last reference calls
    auto span = Duration::max();
    for (const auto& [number, known] : state_.streams) {
        JobStreamPtr stream = known.lock();
        if (!stream) continue;
        if (stream->has_listeners()) {
            span = std::min(span, look_span(*stream));
            stream->look_again = true;
            state_.nudge(stream);
        }
        others.push_back(std::move(stream));
    }
    const Instant now = std::chrono::steady_clock::now();
    look_at_ = span == Duration::max() ? kForever : later(now, span);
    lock.unlock();
    others.clear();
    lock.lock();
}

void Pump::look_soon(const JobStream& stream) {
    if (!state_.system || !stream.has_listeners()) return;
    const Instant at = later(std::chrono::steady_clock::now(), look_span(stream));
    if (at >= look_at_) return;
    look_at_ = at;
    state_.inbox->ranges.ring(); // the leader sleeps no longer than that
}

WaitResult Pump::lead(Lock& lock, Instant deadline) {
    leading_ = true;
    Inbox& inbox = state_.inbox->ranges;
    // Armed with the mutex: who changes what a waiter looks at rings after it, with the mutex too,
    // and finds the bell armed. drain() sees only the inbox.
    inbox.arm();
    lock.unlock();
    bool found = reader_.drain();
    WaitResult result = WaitResult::kDone;
    if (!found) {
        result = wait_result(inbox.sleep(deadline));
        inbox.disarm();
        found = reader_.drain();
    } else {
        inbox.disarm();
    }
    lock.lock();
    leading_ = false;
    free_.notify_all();
    wake_followers();
    return result;
}

WaitResult Pump::follow(Lock& lock, Instant deadline, const std::function<bool()>& done) {
    thread_local Wakeup wakeup;
    wakeup.reset();
    followers_.push_back({&wakeup, &done});
    lock.unlock();
    const WaitResult result = wait_result(wakeup.wait(deadline));
    lock.lock();
    std::erase_if(followers_, [](const Follower& one) { return one.wakeup == &wakeup; });
    return result;
}

void Pump::wake_followers() {
    for (const Follower& one : followers_) {
        if (state_.closed || (*one.done)()) one.wakeup->signal();
    }
}

void Pump::pass_on() {
    if (!leading_ && candidates_ == 0 && !followers_.empty()) followers_.front().wakeup->signal();
}

void Pump::as_leader(const std::function<void()>& work) {
    Lock lock(state_.mutex);
    ++candidates_;
    state_.inbox->ranges.ring(); // the leader wakes and makes room
    free_.wait(lock, [this] { return !leading_; });
    --candidates_;
    leading_ = true;
    lock.unlock();
    work();
    lock.lock();
    leading_ = false;
    free_.notify_all();
    wake_followers();
    pass_on();
}

// ---- jobs ----

JobStreamPtr Pump::stream(const std::string& id, ComPtr<IBackgroundCopyJob> job) {
    const Lock lock(state_.mutex);
    if (state_.streams.size() >= most_streams_) {
        std::erase_if(streams_, [](const auto& known) { return known.second.expired(); });
        std::erase_if(state_.streams, [](const auto& known) { return known.second.expired(); });
        most_streams_ = 2 * state_.streams.size() + kFewStreams;
    }
    std::weak_ptr<JobStream>& known = streams_[id];
    if (JobStreamPtr found = known.lock()) return found;
    // Not make_shared: the weak pointers would keep its memory.
    const JobStreamPtr made(new JobStream(next_stream_++, std::move(job), state_.quirks.order));
    state_.streams.emplace(made->number, made);
    known = made;
    return made;
}

HRESULT Pump::register_callback(const JobStreamPtr& stream) {
    const HRESULT result = stream->register_callback(state_.mutex, state_.inbox);
    const Lock lock(state_.mutex);
    if (!stream->is_synced()) state_.nudge(stream);
    look_soon(*stream);
    return result;
}

HRESULT Pump::want(const JobStreamPtr& stream, std::uint32_t flags) {
    {
        const Lock lock(state_.mutex);
        if (state_.closed) return CO_E_OBJNOTCONNECTED;
        const bool more = (flags & ~stream->wanted) != 0;
        stream->wanted = flags;
        if (more) {
            ++stream->sync_wanted; // what happened already is found by looking at the job
            state_.catch_up(*stream);
        }
    }
    return register_callback(stream);
}

SubscriptionPtr Pump::subscribe(const JobStreamPtr& stream) {
    const Lock lock(state_.mutex);
    auto made = std::make_shared<Subscription>(next_id_++);
    state_.catch_up(*stream, *made); // what happened before comes first
    stream->subscriptions.push_back(made);
    look_soon(*stream);
    return made;
}

std::vector<Event> Pump::take(const SubscriptionPtr& subscription) {
    const Lock lock(state_.mutex);
    state_.ready.erase(subscription->id);
    return subscription->take();
}

std::vector<Event> Pump::delivered(const JobStreamPtr& stream,
                                   const SubscriptionPtr& subscription) {
    const Lock lock(state_.mutex);
    Subscription sum(0);
    for (const auto& [index, file] : stream->files) {
        const auto staged = subscription->files.find(index);
        const bool waiting = staged != subscription->files.end();
        RangeSet ranges;
        if (subscription->ranges_on) ranges = file.reported;
        if (waiting) ranges.erase(staged->second.ranges);
        const bool transferred =
            subscription->told_files.contains(index) && !(waiting && staged->second.transferred);
        if (ranges.empty() && !transferred) continue;
        sum.files[index].ranges = std::move(ranges);
        sum.files[index].transferred = transferred;
    }
    sum.error = subscription->told_error && !subscription->error;
    sum.transferred = subscription->told_transferred && !subscription->transferred;
    sum.ended = subscription->told_ended && !subscription->ended;
    return sum.take();
}

void Pump::unsubscribe(const JobStreamPtr& stream, const SubscriptionPtr& subscription) {
    const Lock lock(state_.mutex);
    state_.ready.erase(subscription->id);
    std::erase(stream->subscriptions, subscription);
}

void Pump::refresh(const JobStreamPtr& stream) {
    as_leader([&] { reader_.refresh(stream); });
}

HRESULT Pump::resume(const JobStreamPtr& stream) {
    HRESULT result = S_OK;
    // As the leader: nobody reads the state of the run before and tells it as that of the new one.
    as_leader([&] {
        result = call([&] { return stream->job()->Resume(); });
        if (FAILED(result)) return;
        const Lock lock(state_.mutex);
        stream->suspended_by_caller = false;
        stream->in_error = false;
        stream->transferred = false;
        state_.catch_up(*stream);
        state_.note_change(*stream);
        state_.nudge(stream);
    });
    return result;
}

HRESULT Pump::suspend(const JobStreamPtr& stream) {
    Lock lock(state_.mutex);
    const bool before = std::exchange(stream->suspended_by_caller, true); // holds requests back
    lock.unlock();
    const HRESULT result = call([&] { return stream->job()->Suspend(); });
    lock.lock();
    if (FAILED(result)) stream->suspended_by_caller = before;
    state_.note_change(*stream);
    state_.inbox->ranges.ring();
    wake_followers();
    return result;
}

bool Pump::is_by_progress(const JobStreamPtr& stream) {
    const Lock lock(state_.mutex);
    return stream->by_progress;
}

bool Pump::is_suspended_by_caller(const JobStreamPtr& stream) {
    const Lock lock(state_.mutex);
    return stream->suspended_by_caller;
}

// ---- the dispatcher ----

WaitResult Pump::dispatch(Instant deadline, Work& work) {
    Lock lock(state_.mutex);
    const auto something = [this] {
        return !state_.ready.empty() || !state_.settled.empty() || woken_;
    };
    const WaitResult waited = wait(lock, deadline, something);
    woken_ = false;
    work.subscriptions.assign(state_.ready.begin(), state_.ready.end());
    state_.ready.clear();
    work.settled = std::exchange(state_.settled, {});
    return waited;
}

void Pump::wake() {
    const Lock lock(state_.mutex);
    woken_ = true;
    state_.inbox->ranges.ring();
    wake_followers();
}

// ---- taps ----

HRESULT Pump::add_tap(const JobStreamPtr& stream, Callback::Tap tap) {
    {
        const Lock lock(state_.mutex);
        if (state_.closed) return CO_E_OBJNOTCONNECTED;
        stream->taps.push_back(std::move(tap));
        ++stream->taps_version;
    }
    return register_callback(stream);
}

void Pump::remove_tap(const JobStreamPtr& stream, const Inbox* inbox) {
    {
        const Lock lock(state_.mutex);
        std::erase_if(stream->taps,
                      [inbox](const Callback::Tap& tap) { return tap.inbox.get() == inbox; });
        ++stream->taps_version;
        if (state_.closed) return;
    }
    (void)register_callback(stream); // fails for a job that has ended: nothing comes from it
}

HRESULT Pump::lost(const JobStreamPtr& stream) {
    const Lock lock(state_.mutex);
    return stream->lost;
}

std::uint64_t Pump::signals() {
    const Lock lock(state_.mutex);
    return state_.signals;
}

// ---- the end ----

void Pump::end_callbacks() {
    std::vector<JobStreamPtr> streams;
    {
        const Lock lock(state_.mutex);
        for (const auto& [number, known] : state_.streams) {
            if (JobStreamPtr stream = known.lock()) streams.push_back(std::move(stream));
        }
    }
    for (const JobStreamPtr& stream : streams) stream->unregister_callback();
}

void Pump::close() {
    {
        const Lock lock(state_.mutex);
        if (state_.closed) return;
    }
    as_leader([this] {
        reader_.drain();
        state_.inbox->signals.close();
    });
    const Lock lock(state_.mutex);
    state_.closed = true;
    for (const auto& [number, known] : state_.streams) {
        const JobStreamPtr stream = known.lock();
        if (!stream) continue;
        state_.fail_pending(*stream, failure_of(CO_E_OBJNOTCONNECTED));
        state_.note_change(*stream);
    }
    state_.inbox->ranges.ring();
    wake_followers();
}

} // namespace bitscb3
