// SPDX-License-Identifier: MIT
// pump.hpp - drains the callbacks' inbox on whichever thread waits, and lets threads wait for what
// it finds.
// Threads: any number may wait. One of them leads: it alone reads the inbox and sleeps on its bell;
//          the others follow, each asleep until it has what it waits for, or is to lead. No native
//          thread is started, no lock is held while the service is called, and a handler that waits
//          drains for itself.
// Interruption: a wait ends with kInterrupted when a signal handler ran in its thread.

#pragma once

#include "client/reader.hpp"
#include "client/wait_result.hpp"

#include <condition_variable>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace bitscb3 {

class Pump {
  public:
    /// Tells the service that ranges are not wanted any more: bitscb3_cancel_ranges(). BITS has no
    /// such call.
    using Withdraw = HRESULT (*)(IBackgroundCopyFile* file, DWORD count,
                                 const BG_FILE_RANGE* ranges);

    /// `system`: the service is the system's BITS. `withdraw` may be null.
    Pump(std::size_t queue_capacity, bool system, const Quirks& quirks = {},
         Withdraw withdraw = nullptr)
        : state_(queue_capacity, system, quirks), reader_(state_), withdraw_(withdraw) {}
    Pump(const Pump&) = delete;
    Pump& operator=(const Pump&) = delete;
    ~Pump() { close(); }

    /// The stream of a job, one for each id while somebody holds it.
    [[nodiscard]] JobStreamPtr stream(const std::string& id, ComPtr<IBackgroundCopyJob> job);

    /// Set which events (BG_NOTIFY_*) the subscriptions of the job get.
    [[nodiscard]] HRESULT want(const JobStreamPtr& stream, std::uint32_t flags);
    [[nodiscard]] SubscriptionPtr subscribe(const JobStreamPtr& stream);
    [[nodiscard]] std::vector<Event> take(const SubscriptionPtr& subscription);
    /// What all takes so far add up to.
    [[nodiscard]] std::vector<Event> delivered(const JobStreamPtr& stream,
                                               const SubscriptionPtr& subscription);
    void unsubscribe(const JobStreamPtr& stream, const SubscriptionPtr& subscription);

    /// Ask for ranges. A bad range, a job in error and the like fail the request, not the call.
    [[nodiscard]] RequestPtr request(const JobStreamPtr& stream, std::uint32_t file_index,
                                     ComPtr<IBackgroundCopyFile> file, RangeList ranges);
    [[nodiscard]] bool is_settled(const RequestPtr& request);
    /// Until the request is settled, or the caller suspends the job.
    [[nodiscard]] WaitResult wait_request(const JobStreamPtr& stream, const RequestPtr& request,
                                          Instant deadline);
    /// Settle the request with E_ABORT; what no other request of this pump waits for is not fetched
    /// any more, where the service can be told so. Returns false when it was settled before.
    bool cancel(const JobStreamPtr& stream, const RequestPtr& request);
    /// dispatch() will name the request once, when it is settled.
    void watch(const RequestPtr& request);

    /// Until TRANSFERRED, ERROR, a final state, SUSPENDED, or for a job on demand: SUSPENDED with
    /// every request of this thread settled. All events up to that state are staged on return.
    [[nodiscard]] WaitResult wait_job(const JobStreamPtr& stream, Instant deadline, bool on_demand,
                                      BG_JOB_STATE& state, HRESULT& result);

    /// The same without a thread that sleeps: open a watch in the thread whose requests count, and
    /// arm it; dispatch() names it when there is something to look at; poll_job() tells whether the
    /// wait is over; if it is not, arm it again.
    [[nodiscard]] HRESULT open_watch(const JobStreamPtr& stream, bool on_demand, JobWatchPtr& out);
    void arm(const JobStreamPtr& stream, const JobWatchPtr& watch);
    [[nodiscard]] bool poll_job(const JobStreamPtr& stream, const JobWatchPtr& watch,
                                BG_JOB_STATE& state, HRESULT& result);
    void close_watch(const JobStreamPtr& stream, const JobWatchPtr& watch);
    [[nodiscard]] bool is_closed();

    struct Work {
        std::vector<std::uint64_t> subscriptions;
        std::vector<std::uint64_t> settled; // requests and watches of jobs
    };
    /// Until there is work for the dispatcher, or wake().
    [[nodiscard]] WaitResult dispatch(Instant deadline, Work& work);
    void wake();

    /// Stage everything the service knows by now.
    void refresh(const JobStreamPtr& stream);
    /// Resume for the caller: a new run, whose end is another event.
    [[nodiscard]] HRESULT resume(const JobStreamPtr& stream);
    /// Suspend for the caller: requests are held back and no wait() lasts until resume().
    [[nodiscard]] HRESULT suspend(const JobStreamPtr& stream);
    [[nodiscard]] bool is_suspended_by_caller(const JobStreamPtr& stream);
    /// Whether range events come from the progress of the files, for want of better ones.
    [[nodiscard]] bool is_by_progress(const JobStreamPtr& stream);

    [[nodiscard]] HRESULT add_tap(const JobStreamPtr& stream, Callback::Tap tap);
    void remove_tap(const JobStreamPtr& stream, const Inbox* inbox);

    /// Why the service cannot be asked about the job any more; S_OK as long as it can.
    [[nodiscard]] HRESULT lost(const JobStreamPtr& stream);
    /// How often drains found that the service had called, other than with ranges.
    [[nodiscard]] std::uint64_t signals();

    /// Range records that found no place in the queue, since birth. They were looked up again.
    [[nodiscard]] std::uint64_t records_lost() const noexcept {
        return state_.inbox->ranges.was_lost();
    }

    /// End the callbacks of every job. The service may be closed afterwards, then close().
    void end_callbacks();
    /// The last drain; pending requests fail, waiters return. Idempotent.
    void close();

  private:
    static constexpr std::size_t kFewStreams = 64;

    using Lock = std::unique_lock<std::mutex>;

    [[nodiscard]] WaitResult wait(Lock& lock, Instant deadline, const std::function<bool()>& done);
    [[nodiscard]] WaitResult lead(Lock& lock, Instant deadline);
    [[nodiscard]] WaitResult follow(Lock& lock, Instant deadline,
                                    const std::function<bool()>& done);
    /// Wake those who have what they wait for.
    void wake_followers();
    /// One of the followers leads when nobody does.
    void pass_on();
    /// Run `work` as the leader, without the mutex.
    void as_leader(const std::function<void()>& work);
    [[nodiscard]] HRESULT register_callback(const JobStreamPtr& stream);
    /// One look at a job somebody waits for: whether that is over.
    [[nodiscard]] bool is_over(const JobStreamPtr& stream, JobWatch& look, BG_JOB_STATE& state,
                               HRESULT& result);
    /// The next drain looks at every job that has listeners; the mutex is let go for a moment.
    void look_again(Lock& lock);
    /// Somebody listens to the job: it is looked at before long.
    void look_soon(const JobStream& stream);

    PumpState state_;
    Reader reader_;
    const Withdraw withdraw_;

    // Guarded by state_.mutex.
    bool leading_ = false;         // some thread is the leader
    std::uint32_t candidates_ = 0; // threads in as_leader() that want to be next
    std::condition_variable free_; // leading_ became false
    struct Follower {              // asleep, without the mutex
        Wakeup* wakeup;
        const std::function<bool()>* done; // what it waits for; looks at guarded state only
    };
    std::vector<Follower> followers_;
    std::map<std::string, std::weak_ptr<JobStream>> streams_; // by job id; some expired
    std::size_t most_streams_ = kFewStreams;                  // then the expired ones go
    std::uint32_t next_stream_ = 0;                           // its number
    std::uint64_t next_id_ = 1;                               // of subscriptions and requests
    Instant look_at_ = kForever;                              // only at the system's BITS
    bool woken_ = false;                                      // by wake(), for dispatch()
};

} // namespace bitscb3
