// SPDX-License-Identifier: MIT
// test_rate_limit.cpp - token buckets, and turns of several transfers, with a clock the test moves.

#include "engine/rate_limit.hpp"
#include "engine/throttle.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstdlib>

using namespace bitscb3;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kMega = 1'000'000;
constexpr auto kSecond = std::chrono::duration_cast<Duration>(1s);

/// Take whole turns from `begin` on for `span`, looking every millisecond; how many bytes that
/// were.
std::uint64_t taken(RateLimit& limit, Instant begin, Duration span) {
    std::uint64_t bytes = 0;
    for (Instant now = begin; now < begin + span; now += 1ms) {
        while (limit.ready_at() <= now) {
            limit.spend(limit.turn(), now);
            bytes += limit.turn();
        }
    }
    return bytes;
}

/// The transfer that has its turn next at `now`; null when none may.
Share* next_of(Throttle& throttle, std::array<Share*, 3> shares, Instant now) {
    Share* next = nullptr;
    for (Share* share : shares) {
        if (share->ticket == 0 || throttle.ready_at(*share) > now) continue;
        if (next == nullptr || Throttle::goes_before(*share, *next)) next = share;
    }
    return next;
}

} // namespace

// In each second after the first moment no more than the rate comes, and no less.
TEST_CASE("a rate is held") {
    for (const std::uint64_t rate : {2'000ull, 50'000ull, 3'000'000ull, 900'000'000ull}) {
        RateLimit limit;
        const Instant begin = Instant{} + 1h;
        limit.set(rate, begin);
        const std::uint64_t bytes = taken(limit, begin, 10s);
        const std::uint64_t least = 10 * rate - limit.turn();
        CHECK(bytes >= least - least / 100);
        CHECK(bytes <= 10 * rate + limit.turn());
    }
}

// The first burst is one turn, a thirtieth of a second's bytes; after a pause a tenth more.
TEST_CASE("bursts are small") {
    RateLimit limit;
    const Instant begin = Instant{} + 1h;
    limit.set(32 * kMega, begin);
    CHECK(limit.turn() == kMega);
    CHECK(taken(limit, begin, 1ms) == kMega);
    CHECK(limit.ready_at() > begin);
    const std::uint64_t later = taken(limit, begin + 1h, 1ms);
    CHECK(later >= 3 * kMega);
    CHECK(later <= 5 * kMega);
}

// What was taken beyond a turn is waited for.
TEST_CASE("debts") {
    RateLimit limit;
    const Instant now = Instant{} + 1h;
    limit.set(kMega, now);
    limit.spend(5 * kMega, now);
    CHECK(limit.ready_at() > now + 4s);
    CHECK(limit.ready_at() <= now + 5s);
    limit.give_back(4 * kMega);
    CHECK(limit.ready_at() <= now + 1s);
}

// A new rate acts at once, on debts as well; without a limit every time is right.
TEST_CASE("another rate") {
    RateLimit limit;
    const Instant now = Instant{} + 1h;
    CHECK(limit.ready_at() <= now);
    limit.spend(kMega, now); // nothing to pay for
    limit.set(1, now);
    CHECK(limit.ready_at() <= now);
    limit.spend(1000, now);
    CHECK(limit.ready_at() > now + 990s);
    limit.set(1000, now);
    CHECK(limit.ready_at() <= now + kSecond);
    CHECK(limit.ready_at() > now + 800ms);
    const Instant before = limit.ready_at();
    limit.set(10, now); // what came under the former one is not paid for at this one
    CHECK(limit.ready_at() <= before);
    CHECK(limit.ready_at() > now + 800ms);
    limit.set(0, now);
    CHECK(limit.ready_at() <= now);
    limit.set(UINT64_MAX, now);
    limit.spend(kMega, now);
    CHECK(limit.ready_at() <= now);
}

// Without a limit nothing waits.
TEST_CASE("no limit") {
    Throttle throttle;
    JobPace job;
    Share share{&job};
    for (int i = 0; i < 1000; ++i) CHECK(throttle.admits(share, 1 << 20));
    CHECK_FALSE(throttle.has_waiting());
    CHECK(throttle.lowest_rate(job) == 0);
}

// Of a limit for all, a job with two transfers gets as much as a job with one.
TEST_CASE("jobs share evenly") {
    Throttle throttle;
    throttle.set_rate(32 * kMega);
    JobPace wide;
    JobPace narrow;
    Share first{&wide};
    Share second{&wide};
    Share third{&narrow};
    std::array<Share*, 3> shares{&first, &second, &third};
    std::array<int, 3> turns{};
    Instant now = std::chrono::steady_clock::now();
    for (Share* share : shares) CHECK_FALSE(throttle.admits(*share, 1000));
    CHECK(throttle.has_waiting());
    for (int i = 0; i < 400; ++i) {
        now += 32ms;
        while (Share* next = next_of(throttle, shares, now)) {
            throttle.begin_turn(*next, now);
            CHECK(throttle.admits(*next, kMega));
            CHECK_FALSE(throttle.admits(*next, kMega)); // it waits again
            for (std::size_t n = 0; n < 3; ++n) turns[n] += next == shares[n] ? 1 : 0;
        }
    }
    CHECK(turns[0] + turns[1] + turns[2] >= 400);
    CHECK(std::abs(turns[0] + turns[1] - turns[2]) <= 2);
    CHECK(std::abs(turns[0] - turns[1]) <= 2);
}

// A job's own limit holds besides that of all, and leaves the rest to others.
TEST_CASE("two limits") {
    Throttle throttle;
    throttle.set_rate(32 * kMega);
    JobPace slow;
    JobPace fast;
    Throttle::set_rate(slow, kMega);
    CHECK(throttle.lowest_rate(slow) == kMega);
    CHECK(throttle.lowest_rate(fast) == 32 * kMega);
    Share first{&slow};
    Share second{&fast};
    Share none{&fast};
    std::array<Share*, 3> shares{&first, &second, &none};
    std::array<std::uint64_t, 3> bytes{};
    Instant now = std::chrono::steady_clock::now();
    CHECK_FALSE(throttle.admits(first, 1000));
    CHECK_FALSE(throttle.admits(second, 1000));
    for (int i = 0; i < 10'000; ++i) {
        now += 1ms;
        while (Share* next = next_of(throttle, shares, now)) {
            throttle.begin_turn(*next, now);
            const std::uint64_t turn = next->left;
            CHECK(throttle.admits(*next, turn));
            CHECK_FALSE(throttle.admits(*next, turn));
            for (std::size_t n = 0; n < 3; ++n) bytes[n] += next == shares[n] ? turn : 0;
        }
    }
    CHECK(bytes[0] <= 10 * kMega + kMega / 2);
    CHECK(bytes[0] >= 9 * kMega);
    CHECK(bytes[0] + bytes[1] <= 325 * kMega);
    CHECK(bytes[0] + bytes[1] >= 310 * kMega);
}

// What a transfer leaves of its turn is there for the next one.
TEST_CASE("the rest of a turn") {
    Throttle throttle;
    throttle.set_rate(32 * kMega);
    JobPace job;
    Share share{&job};
    const Instant now = std::chrono::steady_clock::now() + 1h;
    CHECK_FALSE(throttle.admits(share, 1000));
    throttle.begin_turn(share, now);
    CHECK(throttle.ready_at(share) > now - RateLimit::kSaved + 30ms);
    throttle.end(share);
    CHECK(throttle.ready_at(share) <= now - RateLimit::kSaved);
    CHECK(share.ticket == 0);
}
