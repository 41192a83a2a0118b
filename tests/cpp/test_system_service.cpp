// SPDX-License-Identifier: MIT
// test_system_service.cpp - the pump against a service as the system's may be: one that forgets to
// tell, and one older than range events. The service itself is played.

#include "client/features.hpp"
#include "client/pump.hpp"
#include "embedded_bits.hpp"
#include "fake_service.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <thread>

using namespace bitscb3;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t kAllFlags = 0x3B;

struct Fixture {
    explicit Fixture(bool is_old) {
        job->state.is_old = is_old;
        stream = pump.stream("job", ComPtr<IBackgroundCopyJob>::share(job.get()));
        REQUIRE(pump.want(stream, kAllFlags) == S_OK);
        subscription = pump.subscribe(stream);
        (void)take();
    }
    ~Fixture() {
        pump.end_callbacks();
        pump.close();
    }

    /// The events that come by themselves within some seconds; returns at the first of them.
    std::vector<Event> next() {
        const Instant deadline = std::chrono::steady_clock::now() + 10s;
        Pump::Work work;
        std::vector<Event> out;
        while (out.empty() && pump.dispatch(deadline, work) == WaitResult::kDone) out = take();
        return out;
    }
    std::vector<Event> take() {
        Pump::Work work;
        while (pump.dispatch(std::chrono::steady_clock::now(), work) == WaitResult::kDone) {
        }
        return pump.take(subscription);
    }

    ComPtr<fake::Job> job = make_com<fake::Job>();
    Pump pump{1024, true};
    JobStreamPtr stream;
    SubscriptionPtr subscription;
};

struct OldService : Fixture {
    OldService() : Fixture(true) {}
};

struct NewService : Fixture {
    NewService() : Fixture(false) {}
};

} // namespace

// A service that refuses the flag of range events gets the others.
TEST_CASE_FIXTURE(OldService, "the flag is refused") {
    CHECK(job->flags == (kAllFlags & ~ULONG{BG_NOTIFY_FILE_RANGES_TRANSFERRED}));
    CHECK(pump.is_by_progress(stream));
}

// Without range events ranges come from the progress, from the beginning, each byte once.
TEST_CASE_FIXTURE(OldService, "ranges by progress") {
    job->arrive_unheard({0, 300});
    auto events = next();
    REQUIRE(events.size() == 1);
    CHECK(events[0].kind == EventKind::kFileRanges);
    CHECK(events[0].ranges == RangeList{{0, 300}});
    job->arrive_unheard({300, 100});
    events = next();
    REQUIRE(events.size() == 1);
    CHECK(events[0].ranges == RangeList{{300, 100}});
}

// A progress that falls back is a restart.
TEST_CASE_FIXTURE(OldService, "restart by progress") {
    job->arrive_unheard({0, 300});
    REQUIRE(next().size() == 1);
    job->restart();
    job->arrive_unheard({0, 100});
    const auto events = next();
    REQUIRE(events.size() == 2);
    CHECK(events[0].kind == EventKind::kFileRestarted);
    CHECK(events[1].ranges == RangeList{{0, 100}});
}

// The end of a job that nobody tells of is found, and the rest of its ranges comes first.
TEST_CASE_FIXTURE(OldService, "an end that is not told") {
    job->arrive_unheard({0, 1000});
    job->job_state = BG_JOB_STATE_TRANSFERRED;
    const auto events = next();
    REQUIRE(events.size() == 3);
    CHECK(events[0].ranges == RangeList{{0, 1000}});
    CHECK(events[1].kind == EventKind::kFileTransferred);
    CHECK(events[2].kind == EventKind::kJobTransferred);
}

// A service with range events is believed, and looked at where it may have forgotten to tell.
TEST_CASE_FIXTURE(NewService, "an error that is not told") {
    CHECK(job->flags == kAllFlags);
    CHECK_FALSE(pump.is_by_progress(stream));
    job->arrive({0, 10});
    CHECK(next().at(0).ranges == RangeList{{0, 10}});
    job->job_state = BG_JOB_STATE_ERROR;
    CHECK(next().at(0).kind == EventKind::kJobError);
}

// The embedded BITS, asked what it can do, has everything, and is left as it was.
TEST_CASE("features of the embedded BITS") {
    EmbeddedBits bits;
    Features found;
    REQUIRE(find_features(bits.manager.get(), found) == S_OK);
    CHECK(found == every_feature());
    ComPtr<IEnumBackgroundCopyJobs> jobs;
    REQUIRE(bits.manager->EnumJobs(0, jobs.put()) == S_OK);
    ULONG count = 1;
    REQUIRE(jobs->GetCount(&count) == S_OK);
    CHECK(count == 0);
}

namespace {

Instant soon(std::chrono::milliseconds span = 10s) {
    return std::chrono::steady_clock::now() + span;
}

/// A service of two jobs, a thread that dispatches, and what it found.
struct Dispatched {
    explicit Dispatched(const Quirks& quirks = {}) : pump(1024, true, quirks) {}
    ~Dispatched() {
        pump.end_callbacks();
        pump.close();
        if (thread.joinable()) thread.join();
    }

    [[nodiscard]] JobStreamPtr stream_of(fake::Job& job, const char* id) {
        return pump.stream(id, ComPtr<IBackgroundCopyJob>::share(&job));
    }
    [[nodiscard]] SubscriptionPtr listen(const JobStreamPtr& stream) {
        REQUIRE(pump.want(stream, kAllFlags) == S_OK);
        return pump.subscribe(stream);
    }
    [[nodiscard]] static ComPtr<IBackgroundCopyFile> file_of(fake::Job& job) {
        FileList files;
        REQUIRE(list_files(&job, FileOrder::kOldestFirst, 0, files) == S_OK);
        return files.at(0);
    }
    /// Dispatch until the pump is closed, from before whatever comes next.
    void start() {
        thread = std::thread([this] {
            Pump::Work work;
            WaitResult result = WaitResult::kDone;
            while (result != WaitResult::kClosed) {
                result = pump.dispatch(kForever, work);
                settled += static_cast<int>(work.settled.size());
                woken.add();
            }
        });
    }

    ComPtr<fake::Job> one = make_com<fake::Job>();
    ComPtr<fake::Job> two = make_com<fake::Job>();
    Pump pump;
    std::atomic<int> settled{0};
    Tally woken;
    std::thread thread;
};

} // namespace

// A request made while the dispatcher sleeps is settled although nobody tells that its range came.
TEST_CASE_FIXTURE(Dispatched, "a watched request whose ranges are not told") {
    const JobStreamPtr stream = stream_of(*one, "one");
    start();
    const RequestPtr request = pump.request(stream, 0, file_of(*one), {{0, 100}});
    pump.watch(request);
    pump.refresh(stream); // what the request itself had looked at is over
    one->arrive_unheard({0, 100});
    CHECK(woken.reaches(1));
    CHECK(settled == 1);
}

// The same for a thread that waits in short slices, as one does that looks for signals between.
TEST_CASE_FIXTURE(Dispatched, "a wait in slices whose ranges are not told") {
    const JobStreamPtr stream = stream_of(*one, "one");
    const RequestPtr request = pump.request(stream, 0, file_of(*one), {{0, 100}});
    pump.refresh(stream);
    one->arrive_unheard({0, 100});
    const Instant deadline = soon();
    WaitResult result = WaitResult::kTimedOut;
    while (result == WaitResult::kTimedOut && std::chrono::steady_clock::now() < deadline) {
        result = pump.wait_request(stream, request, soon(100ms));
    }
    CHECK(result == WaitResult::kDone);
}

// A job that tells much does not keep the pump from looking at one that tells nothing.
TEST_CASE_FIXTURE(Dispatched, "a quiet job beside a busy one") {
    const SubscriptionPtr busy = listen(stream_of(*one, "one"));
    const JobStreamPtr quiet_stream = stream_of(*two, "two");
    const SubscriptionPtr quiet = listen(quiet_stream);
    pump.refresh(quiet_stream);
    (void)pump.take(quiet);
    two->job_state = BG_JOB_STATE_ERROR;
    std::uint64_t at = 0;
    bool told = false;
    for (const Instant deadline = soon(); !told && std::chrono::steady_clock::now() < deadline;) {
        one->arrive({at++ % 1000, 1});
        Pump::Work work;
        (void)pump.dispatch(soon(20ms), work);
        (void)pump.take(busy);
        for (const Event& event : pump.take(quiet)) told |= event.kind == EventKind::kJobError;
    }
    CHECK(told);
}

// A sleeping dispatcher keeps no job that everybody else let go.
TEST_CASE_FIXTURE(Dispatched, "a job that is let go") {
    start();
    Tally gone;
    auto job = make_com<fake::Job>();
    std::shared_ptr<void> last(nullptr, [&gone](void*) { gone.add(); });
    job->on_resume = [kept = std::move(last)] {}; // as long as the job lives
    JobStreamPtr stream = stream_of(*job, "let go");
    (void)listen(stream);
    pump.unsubscribe(stream, stream->subscriptions.front());
    stream->unregister_callback();
    job.reset();
    stream.reset();
    CHECK(gone.reaches(1));
}

// An empty file is told when the service says that it is there, unless that means it failed.
TEST_CASE("an empty file") {
    for (const bool means_failed : {false, true}) {
        Quirks quirks;
        quirks.empties_failed = means_failed;
        Dispatched service(quirks);
        service.one->state.size = 0;
        const SubscriptionPtr listener = service.listen(service.stream_of(*service.one, "one"));
        service.one->callback()->FileTransferred(service.one.get(), nullptr);
        Pump::Work work;
        while (service.pump.dispatch(std::chrono::steady_clock::now(), work) == WaitResult::kDone) {
        }
        CHECK(service.pump.take(listener).empty() == means_failed);
    }
}

// A service that ended is told to who listens, and is asked no more.
TEST_CASE_FIXTURE(Dispatched, "the end of the service") {
    const JobStreamPtr stream = stream_of(*one, "one");
    const SubscriptionPtr listener = listen(stream);
    pump.refresh(stream);
    (void)pump.take(listener);
    one->answer = RPC_E_DISCONNECTED;
    std::vector<Event> events;
    Pump::Work work;
    while (events.empty() && pump.dispatch(soon(), work) == WaitResult::kDone) {
        events = pump.take(listener);
    }
    REQUIRE(events.size() == 1);
    CHECK(events[0].kind == EventKind::kJobError);
    CHECK(pump.lost(stream) == RPC_E_DISCONNECTED);
}

// However often a service gives out new objects for a file, few of them are kept.
TEST_CASE_FIXTURE(Dispatched, "objects of files") {
    FileTable table(ComPtr<IBackgroundCopyJob>::share(one.get()));
    const int before = fake::live_files;
    for (int i = 0; i < 100; ++i) {
        one->renew_file();
        CHECK(table.count() == 1);
    }
    CHECK(fake::live_files <= before + 2);
}
