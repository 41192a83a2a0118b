// SPDX-License-Identifier: MIT
// test_pump_waits.cpp - requests that are cancelled, and waits for a job without a thread.

#include "pump_fixture.hpp"

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

using namespace bitscb3;

// A request that is cancelled is settled at once; what others wait for stays asked for.
TEST_CASE_FIXTURE(PumpFixture, "a cancelled request") {
    const RequestPtr first = ask({{0, 300}, {500, 10}});
    const RequestPtr second = ask({{100, 50}, {290, 20}});
    job->arrive({0, 20});
    settle();
    pump.watch(first);
    CHECK(pump.cancel(stream, first));
    REQUIRE(first->failure);
    CHECK(first->failure->code == E_ABORT);
    CHECK(pump.is_settled(first));
    CHECK_FALSE(pump.cancel(stream, first));
    Pump::Work work;
    CHECK(pump.dispatch(soon(), work) == WaitResult::kDone);
    CHECK(work.settled == std::vector{first->id});
    CHECK(job->state.requested.ranges() == RangeList{{100, 50}, {290, 20}});
    CHECK_FALSE(pump.is_settled(second));
    job->arrive({100, 210});
    CHECK(pump.is_settled(second));
    CHECK_FALSE(second->failure);
    CHECK_FALSE(pump.cancel(stream, second));
}

// A request that is cancelled before the service has it is never given to it.
TEST_CASE_FIXTURE(PumpFixture, "a request cancelled before the size is known") {
    set_size(BG_SIZE_UNKNOWN);
    const RequestPtr first = ask({{0, RangeRequest::kToEnd}});
    const RequestPtr second = ask({{10, 20}});
    CHECK(pump.cancel(stream, first));
    set_size(1000);
    job->modified();
    settle();
    CHECK(job->state.requested.ranges() == RangeList{{10, 20}});
    job->arrive({0, 1000});
    CHECK(pump.is_settled(second));
    CHECK(first->failure->code == E_ABORT);
}

// A request that waits to be made again, as its file restarted, can be cancelled.
TEST_CASE_FIXTURE(PumpFixture, "a request cancelled across a restart") {
    const RequestPtr first = ask({{0, 100}});
    const RequestPtr second = ask({{50, 100}});
    job->restart();
    CHECK(pump.cancel(stream, first));
    job->arrive({900, 1});
    settle();
    CHECK(job->state.requested.ranges() == RangeList{{50, 100}});
    job->arrive({50, 100});
    CHECK(pump.is_settled(second));
}

// Without a way to tell the service only the wait ends.
TEST_CASE("a cancelled request of a service that cannot be told") {
    const ComPtr<fake::Job> job = make_com<fake::Job>();
    Pump pump(16, false);
    const JobStreamPtr stream = pump.stream("job", ComPtr<IBackgroundCopyJob>::share(job.get()));
    ComPtr<IEnumBackgroundCopyFiles> all;
    (void)job->EnumFiles(all.put());
    ComPtr<IBackgroundCopyFile> file;
    (void)all->Next(1, file.put(), nullptr);
    const RequestPtr request = pump.request(stream, 0, file, {{0, 100}});
    CHECK(pump.cancel(stream, request));
    CHECK(pump.is_settled(request));
    CHECK(job->state.requested.ranges() == RangeList{{0, 100}});
    pump.end_callbacks();
    pump.close();
}

// Requests of the same bytes that come and are cancelled in several threads at once: who is left
// has its bytes asked for.
TEST_CASE_FIXTURE(PumpFixture, "requests and cancels at once") {
    constexpr int kRounds = 500;
    std::atomic<int> lost{0};
    std::thread dispatcher([&] {
        Pump::Work work;
        while (pump.dispatch(kForever, work) != WaitResult::kClosed) {
        }
    });
    std::vector<std::thread> threads;
    for (std::uint64_t part = 0; part < 2; ++part) {
        threads.emplace_back([&, part] {
            for (int round = 0; round < kRounds; ++round) {
                const RequestPtr gone = ask({{part * 20, 60}});
                const RequestPtr kept = ask({{30 + part, 5}});
                pump.cancel(stream, gone);
                const std::lock_guard lock(job->state.mutex);
                if (!job->state.requested.contains(Range{30 + part, 5})) ++lost;
                if (kept->settled) ++lost;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(lost == 0);
    {
        const std::lock_guard lock(job->state.mutex);
        CHECK(job->state.requested.ranges() == RangeList{{30, 6}});
    }
    pump.close();
    dispatcher.join();
}

// Cancelling very many requests costs no quadratic search.
TEST_CASE("many cancelled requests") {
    PumpFixture many(1 << 16);
    many.set_size(kMany * 100);
    std::vector<RequestPtr> requests;
    const auto file = many.file();
    for (std::uint64_t i = 0; i < kMany; ++i) {
        requests.push_back(many.pump.request(many.stream, 0, file, {{i * 100, 50}}));
    }
    for (const RequestPtr& request : requests) CHECK(many.pump.cancel(many.stream, request));
    CHECK(many.job->state.requested.empty());
}

// A watch names the job when there is something to look at, and ends in the state wait() ends in.
TEST_CASE_FIXTURE(PumpFixture, "a watch of a job") {
    JobWatchPtr watch;
    REQUIRE(pump.open_watch(stream, false, watch) == S_OK);
    BG_JOB_STATE state = BG_JOB_STATE_QUEUED;
    HRESULT result = S_OK;
    Pump::Work work;
    const auto is_named = [&] {
        while (pump.dispatch(std::chrono::steady_clock::now(), work) == WaitResult::kDone) {
            if (work.settled == std::vector{watch->id}) return true;
        }
        return false;
    };
    pump.arm(stream, watch);
    CHECK(is_named()); // the first look is due at once
    CHECK_FALSE(pump.poll_job(stream, watch, state, result));
    pump.arm(stream, watch);
    CHECK_FALSE(is_named()); // nothing happened
    job->arrive({0, 10});
    CHECK_FALSE(is_named());
    job->modified();
    CHECK(is_named());
    CHECK_FALSE(pump.poll_job(stream, watch, state, result));
    job->arrive_unheard({10, 990});
    job->finish(); // before it is armed again
    settle();
    pump.arm(stream, watch);
    CHECK(is_named());
    CHECK(pump.poll_job(stream, watch, state, result));
    CHECK(result == S_OK);
    CHECK(state == BG_JOB_STATE_TRANSFERRED);
    CHECK(ranges_of(pump.take(subscription)) == RangeList{{0, 1000}}); // staged by then
    pump.close_watch(stream, watch);
    pump.arm(stream, watch);
    CHECK_FALSE(is_named()); // it is closed
}

// A watch of a job on demand counts the requests of the thread that opened it, and no others.
TEST_CASE_FIXTURE(PumpFixture, "a watch of a job on demand") {
    JobWatchPtr watch;
    JobWatchPtr elsewhere;
    REQUIRE(pump.open_watch(stream, true, watch) == S_OK);
    std::thread([&] { REQUIRE(pump.open_watch(stream, true, elsewhere) == S_OK); }).join();
    const RequestPtr request = ask({{0, 10}});
    job->job_state = BG_JOB_STATE_SUSPENDED;
    BG_JOB_STATE state = BG_JOB_STATE_QUEUED;
    HRESULT result = S_OK;
    CHECK_FALSE(pump.poll_job(stream, watch, state, result));
    CHECK(pump.poll_job(stream, elsewhere, state, result));
    CHECK(pump.cancel(stream, request));
    CHECK(pump.poll_job(stream, watch, state, result));
    CHECK(state == BG_JOB_STATE_SUSPENDED);
    pump.close_watch(stream, watch);
    pump.close_watch(stream, elsewhere);
}

// A watch that is armed when the pump is closed is named, and the look at it tells so.
TEST_CASE_FIXTURE(PumpFixture, "a watch of a job at the end") {
    JobWatchPtr watch;
    REQUIRE(pump.open_watch(stream, false, watch) == S_OK);
    BG_JOB_STATE state = BG_JOB_STATE_QUEUED;
    HRESULT result = S_OK;
    CHECK_FALSE(pump.poll_job(stream, watch, state, result));
    pump.arm(stream, watch);
    std::atomic<int> named{0};
    std::thread dispatcher([&] {
        Pump::Work work;
        while (pump.dispatch(kForever, work) != WaitResult::kClosed || !work.settled.empty()) {
            named += static_cast<int>(work.settled.size());
        }
    });
    pump.close();
    dispatcher.join();
    CHECK(named == 1);
    CHECK_FALSE(pump.poll_job(stream, watch, state, result));
    CHECK(result == CO_E_OBJNOTCONNECTED);
    JobWatchPtr late;
    CHECK(pump.open_watch(stream, false, late) == CO_E_OBJNOTCONNECTED);
}
