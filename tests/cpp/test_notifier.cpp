// SPDX-License-Identifier: MIT
// test_notifier.cpp - how the embedded BITS calls its clients.

#include "embedded_bits.hpp"

#include <vector>

using namespace bitscb3;
using namespace std::chrono_literals;

namespace {

constexpr ULONG kEnd = BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR;
constexpr ULONG kAll = kEnd | BG_NOTIFY_JOB_MODIFICATION | BG_NOTIFY_FILE_TRANSFERRED;

BG_JOB_STATE state_of(const ComPtr<IBackgroundCopyJob>& job) {
    BG_JOB_STATE state = BG_JOB_STATE_SUSPENDED;
    REQUIRE(job->GetState(&state) == S_OK);
    return state;
}

/// A slot that sleeps until the test wakes it.
struct Sleeper {
    Tally asleep;
    Tally woken;
    HRESULT sleep() {
        asleep.add();
        (void)woken.reaches(1);
        return S_OK;
    }
};

} // namespace

// While three jobs' slots sleep, these jobs are transferred and another job is told everything.
TEST_CASE_FIXTURE(EmbeddedBits, "slots that sleep") {
    Sleeper sleeper;
    const auto sleeping = make_com<Slots>();
    sleeping->modified = [&] { return sleeper.sleep(); };
    sleeping->transferred = sleeping->modified;
    std::vector<ComPtr<IBackgroundCopyJob>> jobs;
    for (const char* name : {"a", "b", "c"}) jobs.push_back(job(name, *sleeping, kAll));
    for (const auto& one : jobs) REQUIRE(one->Resume() == S_OK);
    CHECK(sleeper.asleep.reaches(3));

    Tally ends;
    Tally files;
    const auto awake = make_com<Slots>();
    awake->transferred = [&] {
        ends.add();
        return S_OK;
    };
    awake->file_transferred = [&] {
        files.add();
        return S_OK;
    };
    const auto other = job("d", *awake, kAll);
    REQUIRE(other->Resume() == S_OK);
    CHECK(ends.reaches(1));
    CHECK(files.count() == 1);

    CHECK(sleeper.asleep.count() == 3);
    for (const auto& one : jobs) {
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        while (state_of(one) != BG_JOB_STATE_TRANSFERRED &&
               std::chrono::steady_clock::now() < deadline) {
            std::this_thread::yield();
        }
        CHECK(state_of(one) == BG_JOB_STATE_TRANSFERRED);
    }
    sleeper.woken.add();
    close();
}

// Four callbacks at most are in flight; the fifth job is told when one of them returns.
TEST_CASE_FIXTURE(EmbeddedBits, "four in flight") {
    Sleeper sleeper;
    const auto sleeping = make_com<Slots>();
    sleeping->transferred = [&] { return sleeper.sleep(); };
    std::vector<ComPtr<IBackgroundCopyJob>> jobs;
    for (const char* name : {"a", "b", "c", "d"}) jobs.push_back(job(name, *sleeping, kEnd));
    for (const auto& one : jobs) REQUIRE(one->Resume() == S_OK);
    CHECK(sleeper.asleep.reaches(4));
    Tally ends;
    const auto awake = make_com<Slots>();
    awake->transferred = [&] {
        ends.add();
        return S_OK;
    };
    const auto fifth = job("e", *awake, kEnd);
    REQUIRE(fifth->Resume() == S_OK);
    CHECK(ends.count() == 0);
    sleeper.woken.add();
    CHECK(ends.reaches(1));
    close();
}

// A JobTransferred that does not answer S_OK is repeated, later each time, until it does.
TEST_CASE_FIXTURE(EmbeddedBits, "repeated until S_OK") {
    Tally calls;
    std::vector<Instant> times; // by the one callback thread of the job
    const auto refusing = make_com<Slots>();
    refusing->transferred = [&] {
        times.push_back(clock.now());
        calls.add();
        return times.size() < 3 ? E_FAIL : S_OK;
    };
    const auto one = job("a", *refusing, kEnd);
    REQUIRE(one->Resume() == S_OK);
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (calls.count() < 3 && std::chrono::steady_clock::now() < deadline) {
        clock.advance(100ms);
        std::this_thread::yield();
    }
    clock.advance(1h);
    close();
    REQUIRE(times.size() == 3);
    CHECK(times[1] - times[0] >= 1s);
    CHECK(times[2] - times[1] >= 2s);
}
