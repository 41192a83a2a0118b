// SPDX-License-Identifier: MIT
// test_pump.cpp - the pump against a service whose bytes arrive when the test says so.

#include "pump_fixture.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

using namespace bitscb3;
using namespace std::chrono_literals;

// Ranges that arrive are taken once, merged and sorted.
TEST_CASE_FIXTURE(PumpFixture, "ranges once") {
    job->arrive({100, 50});
    job->arrive({0, 10});
    job->arrive({10, 10});
    CHECK(ranges_of(take()) == RangeList{{0, 20}, {100, 50}});
    CHECK(take().empty());
}

// What was filled before anyone listened is reported first.
TEST_CASE("filled before attaching") {
    PumpFixture late(1024, {0, 10});
    late.job->arrive({500, 10});
    const RangeList filled = {{0, 10}, {500, 10}};
    CHECK(ranges_of(late.take()) == filled);
    const auto second = late.pump.subscribe(late.stream);
    CHECK(ranges_of(late.pump.take(second)) == filled);
    CHECK(ranges_of(late.pump.delivered(late.stream, late.subscription)) == filled);
}

// With a queue of two records, ranges that were lost are read from the service: each byte once.
TEST_CASE("a queue of two") {
    PumpFixture small(2);
    RangeSet all;
    for (std::uint64_t i = 0; i < 100; ++i) small.job->arrive({i * 10, 10});
    const RangeList got = ranges_of(small.take());
    CHECK(got == RangeList{{0, 1000}});
}

// A file's ranges come before its FileTransferred, and the job's end comes last.
TEST_CASE_FIXTURE(PumpFixture, "order of events") {
    job->arrive({0, 400});
    job->arrive_unheard({400, 600});
    job->finish();
    const auto events = take();
    CHECK(kinds_of(events) == std::vector{EventKind::kFileRanges, EventKind::kFileTransferred,
                                          EventKind::kJobTransferred});
    CHECK(ranges_of(events) == RangeList{{0, 1000}});
    CHECK(take().empty());
}

// When the remote file changed, the restart is told first and counting starts over.
TEST_CASE_FIXTURE(PumpFixture, "restart") {
    job->arrive({0, 300});
    CHECK(ranges_of(take()) == RangeList{{0, 300}});
    job->restart();
    job->arrive({100, 50});
    const auto events = take();
    CHECK(kinds_of(events) == std::vector{EventKind::kFileRestarted, EventKind::kFileRanges});
    CHECK(ranges_of(events) == RangeList{{100, 50}});
    job->restart();
    job->arrive({0, 1000}); // even when the new version holds all that was reported
    CHECK(kinds_of(take()).front() == EventKind::kFileRestarted);
}

// A request is settled when its last byte is filled, and is given to the service once.
TEST_CASE_FIXTURE(PumpFixture, "a request") {
    const RequestPtr request = ask({{10, 10}, {50, 10}});
    CHECK_FALSE(pump.is_settled(request));
    CHECK(job->state.requested.ranges() == RangeList{{10, 10}, {50, 10}});
    job->arrive({0, 30});
    CHECK_FALSE(pump.is_settled(request));
    job->arrive({45, 30});
    CHECK(pump.is_settled(request));
    CHECK_FALSE(request->failure);
    const RequestPtr filled = ask({{12, 3}});
    CHECK(pump.is_settled(filled));
}

// After a restart a request needs every byte again, and is made again.
TEST_CASE_FIXTURE(PumpFixture, "a request across a restart") {
    const RequestPtr request = ask({{0, 10}, {50, 10}});
    job->arrive({0, 10});
    settle();
    job->restart();
    job->state.requested.clear();
    job->arrive({50, 10});
    settle();
    CHECK_FALSE(pump.is_settled(request));
    CHECK(job->state.requested.ranges() == RangeList{{0, 10}});
    job->arrive({0, 10});
    CHECK(pump.is_settled(request));
}

// Ranges of the version before that are told late are not taken for the new one's.
TEST_CASE_FIXTURE(PumpFixture, "late news of the version before") {
    const auto before = file();
    job->arrive({0, 300});
    settle();
    job->restart();
    job->arrive({0, 10});
    CHECK(ranges_of(take()) == RangeList{{0, 10}});
    const BG_FILE_RANGE late = {500, 100};
    job->callback()->FileRangesTransferred(job.get(), before.get(), 1, &late);
    CHECK(take().empty());
}

// A request on a job its caller suspended is held until the job is resumed.
TEST_CASE_FIXTURE(PumpFixture, "a request on a suspended job") {
    set_size(BG_SIZE_UNKNOWN);
    CHECK(pump.suspend(stream) == S_OK);
    const RequestPtr request = ask({{5000, 10}});
    pump.refresh(stream);
    CHECK(job->state.requested.empty());
    CHECK(job->resumed == 0);
    CHECK(pump.resume(stream) == S_OK);
    set_size(1000);
    job->job_state = BG_JOB_STATE_TRANSFERRING;
    settle();
    REQUIRE(pump.is_settled(request));
    CHECK(request->failure->code == BG_E_INVALID_RANGE);
}

// A range beyond the end fails its request and nothing else.
TEST_CASE_FIXTURE(PumpFixture, "a bad request") {
    const RequestPtr bad = ask({{990, 11}});
    const RequestPtr good = ask({{990, RangeRequest::kToEnd}});
    CHECK(pump.is_settled(bad));
    REQUIRE(bad->failure);
    CHECK(bad->failure->code == BG_E_INVALID_RANGE);
    job->arrive({990, 10});
    CHECK(pump.is_settled(good));
    CHECK_FALSE(good->failure);
}

// Requests made before the size is known wait for it, and resume the job to learn it.
TEST_CASE_FIXTURE(PumpFixture, "a request before the size is known") {
    job->job_state = BG_JOB_STATE_SUSPENDED;
    set_size(BG_SIZE_UNKNOWN);
    const RequestPtr request = ask({{0, 100}});
    CHECK(job->resumed == 1);
    CHECK(job->state.requested.empty());
    set_size(1000);
    job->arrive({0, 0});
    settle();
    job->job_state = BG_JOB_STATE_TRANSFERRING;
    job->arrive({0, 100});
    pump.refresh(stream);
    CHECK(pump.is_settled(request));
}

// Very many requests and as many arrivals settle without a quadratic search.
TEST_CASE("many requests") {
    PumpFixture many(1 << 16);
    many.set_size(kMany * 100);
    std::vector<RequestPtr> requests;
    const auto file = many.file();
    for (std::uint64_t i = 0; i < kMany; ++i) {
        requests.push_back(many.pump.request(many.stream, 0, file, {{i * 100, 50}}));
    }
    for (std::uint64_t i = kMany; i-- > 0;) many.job->arrive({i * 100, 50});
    many.settle();
    for (const RequestPtr& request : requests) REQUIRE(request->settled);
}

// Very many requests held back cost no search each time the job changes.
TEST_CASE("many held requests") {
    PumpFixture many(1 << 16);
    many.set_size(BG_SIZE_UNKNOWN);
    std::vector<RequestPtr> requests;
    const auto file = many.file();
    for (std::uint64_t i = 0; i < kMany; ++i) {
        requests.push_back(many.pump.request(many.stream, 0, file, {{i * 100, 50}}));
        many.job->modified();
        many.settle();
    }
    CHECK(many.job->state.requested.empty());
    many.set_size(kMany * 100);
    many.job->modified();
    many.settle();
    CHECK(many.job->state.requested.size() == kMany);
    many.job->arrive({0, kMany * 100});
    many.settle();
    for (const RequestPtr& request : requests) REQUIRE(request->settled);
}

// The end of each run is told once, also when it comes before resume() returns.
TEST_CASE_FIXTURE(PumpFixture, "one end for each run") {
    const auto ends = [this] {
        const auto events = take();
        return std::count_if(events.begin(), events.end(), [](const Event& event) {
            return event.kind == EventKind::kJobTransferred;
        });
    };
    job->arrive({0, 1000});
    job->finish();
    CHECK(ends() == 1);
    job->on_resume = [this] { job->finish(); };
    CHECK(pump.resume(stream) == S_OK);
    CHECK(ends() == 1);
    job->on_resume = [this] {
        job->modified(); // nothing of the run before is told again
        job->job_state = BG_JOB_STATE_TRANSFERRING;
    };
    CHECK(pump.resume(stream) == S_OK);
    CHECK(ends() == 0);
    job->finish();
    CHECK(ends() == 1);
}

// What arrives while nobody wants ranges is found when somebody wants them again.
TEST_CASE("wanting ranges again") {
    PumpFixture quiet;
    CHECK(quiet.pump.want(quiet.stream, 0) == S_OK);
    CHECK((quiet.job->flags & BG_NOTIFY_FILE_RANGES_TRANSFERRED) == 0);
    quiet.job->arrive_unheard({0, 10});
    const RequestPtr request = quiet.ask({{0, 10}});
    CHECK(quiet.pump.is_settled(request));
}

// However often jobs come and go, the pump keeps none that nobody holds.
TEST_CASE_FIXTURE(PumpFixture, "streams that are let go") {
    const ULONG before = job->AddRef();
    for (int i = 0; i < 1000; ++i) {
        (void)pump.stream(std::to_string(i), ComPtr<IBackgroundCopyJob>::share(job.get()));
    }
    CHECK(job->Release() == before - 1);
}

// A wake-up that comes while a thread goes to sleep ends its sleep.
TEST_CASE_FIXTURE(PumpFixture, "no wake-up is lost") {
    constexpr int kRounds = kMany;
    std::atomic<int> begun{0};
    std::atomic<int> ended{0};
    int lost = 0;
    std::thread dispatcher([&] {
        for (int round = 1; round <= kRounds && lost == 0; ++round) {
            begun = round;
            Pump::Work work;
            if (pump.dispatch(soon(), work) != WaitResult::kDone) ++lost;
            ended = round;
        }
        begun = ended = kRounds;
    });
    for (int round = 1; round <= kRounds; ++round) {
        while (begun < round) std::this_thread::yield();
        for (std::atomic<int> spin{0}; spin < round * 7 % 500;) ++spin;
        pump.wake();
        while (ended < round) std::this_thread::yield();
    }
    dispatcher.join();
    CHECK(lost == 0);
}

// Threads that wait beside each other are all woken, whoever of them drains.
TEST_CASE_FIXTURE(PumpFixture, "several waiters") {
    const RequestPtr first = ask({{0, 10}});
    const RequestPtr second = ask({{100, 10}});
    std::atomic<int> done{0};
    std::atomic<bool> dispatched{false};
    std::thread dispatcher([&] {
        Pump::Work work;
        while (pump.dispatch(kForever, work) != WaitResult::kClosed) dispatched = true;
    });
    std::vector<std::thread> waiters;
    for (const RequestPtr& request : {first, second}) {
        waiters.emplace_back([&, request] {
            if (pump.wait_request(stream, request, soon()) == WaitResult::kDone) ++done;
        });
    }
    std::thread service([&] {
        job->arrive({100, 10});
        job->arrive({0, 10});
    });
    service.join();
    for (std::thread& waiter : waiters) waiter.join();
    CHECK(done == 2);
    pump.close();
    dispatcher.join();
    CHECK(dispatched);
}

// Four threads of the service at once and a slow taker: every byte is reported once.
TEST_CASE("hammered") {
    PumpFixture hammered(16);
    hammered.set_size(4 * 2000 * 10);
    std::vector<std::thread> service;
    for (std::uint64_t part = 0; part < 4; ++part) {
        service.emplace_back([&, part] {
            for (std::uint64_t i = 0; i < 2000; ++i)
                hammered.job->arrive({(i * 4 + part) * 10, 10});
        });
    }
    RangeSet seen;
    std::uint64_t bytes = 0;
    const auto collect = [&] {
        for (const Range& range : ranges_of(hammered.pump.take(hammered.subscription))) {
            seen.insert(range);
            bytes += range.length;
        }
    };
    Pump::Work work;
    while (seen.bytes() < 80'000 && hammered.pump.dispatch(soon(), work) == WaitResult::kDone) {
        collect();
    }
    for (std::thread& thread : service) thread.join();
    CHECK(bytes == 80'000);
    CHECK(seen.ranges() == RangeList{{0, 80'000}});
}

// Closing settles what is pending, wakes who waits, and leaves no reference behind.
TEST_CASE("closing") {
    {
        PumpFixture closing;
        const RequestPtr request = closing.ask({{0, 10}});
        std::thread waiter(
            [&] { (void)closing.pump.wait_request(closing.stream, request, kForever); });
        closing.pump.end_callbacks();
        closing.pump.close();
        waiter.join();
        REQUIRE(request->failure);
        CHECK(request->failure->code == CO_E_OBJNOTCONNECTED);
        Pump::Work work;
        CHECK(closing.pump.dispatch(kForever, work) == WaitResult::kClosed);
    }
    CHECK(fake::live_files == 0);
}

// A slot that is called after the end keeps nothing alive.
TEST_CASE("a slot after the end") {
    ComPtr<IBackgroundCopyCallback3> callback;
    {
        PumpFixture closing;
        callback = closing.job->callback();
    }
    CHECK(callback->JobModification(nullptr, 0) == S_OK);
    callback->AddRef();
    CHECK(callback->Release() == 1);
}
