// SPDX-License-Identifier: MIT
// test_system_service.cpp - the pump against a service as the system's may be: one that forgets to
// tell, and one older than range events. The service itself is played.

#include "client/features.hpp"
#include "client/pump.hpp"
#include "embedded_bits.hpp"
#include "fake_service.hpp"

#include <doctest/doctest.h>

#include <chrono>

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
