// SPDX-License-Identifier: MIT
// test_range_queue.cpp - the lock-free queue: what goes in comes out, or is counted.

#include "client/range_queue.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

using namespace bitscb3;

namespace {

std::size_t push(RangeQueue& queue, std::uint64_t first, std::size_t count, std::uint32_t job = 0) {
    std::vector<BG_FILE_RANGE> ranges;
    for (std::size_t i = 0; i < count; ++i) ranges.push_back({first + i, 1});
    return queue.try_push(job, nullptr, count, ranges.data()).count;
}

std::vector<std::uint64_t> drain(RangeQueue& queue) {
    std::vector<RangeRecord> records;
    queue.drain(records);
    std::vector<std::uint64_t> out;
    for (const RangeRecord& record : records) out.push_back(record.offset);
    return out;
}

} // namespace

// Records come out in the order they went in, once.
TEST_CASE("order") {
    RangeQueue queue(8);
    CHECK(drain(queue).empty());
    CHECK(push(queue, 1, 3) == 3);
    CHECK(push(queue, 4, 2) == 2);
    CHECK(drain(queue) == std::vector<std::uint64_t>{1, 2, 3, 4, 5});
    CHECK(drain(queue).empty());
}

// A queue holds exactly its capacity: a full one takes nothing, a nearly full one what fits.
TEST_CASE("capacity") {
    for (const std::size_t capacity :
         {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{5}}) {
        RangeQueue queue(capacity);
        for (int lap = 0; lap < 10; ++lap) {
            CHECK(push(queue, 0, capacity + 3) == capacity);
            CHECK(push(queue, 0, 1) == 0);
            CHECK(drain(queue).size() == capacity);
        }
    }
}

// Room that the reader has made is found by every push, also by one of several records.
TEST_CASE("room") {
    RangeQueue queue(8);
    for (std::uint64_t lap = 0; lap < 100; ++lap) {
        CHECK(push(queue, 0, 1 + lap % 8) == 1 + lap % 8);
        CHECK(drain(queue).size() == 1 + lap % 8);
    }
}

// Each push that finds the reader asleep, and only the first one, is told to wake it.
TEST_CASE("the sleeper") {
    RangeQueue queue(8);
    const BG_FILE_RANGE range{0, 1};
    CHECK_FALSE(queue.try_push(0, nullptr, 1, &range).wakes);
    queue.begin_sleep();
    CHECK(queue.try_push(0, nullptr, 1, &range).wakes);
    CHECK_FALSE(queue.try_push(0, nullptr, 1, &range).wakes);
    queue.begin_sleep();
    CHECK(queue.end_sleep());
    CHECK_FALSE(queue.end_sleep());
    CHECK(drain(queue).size() == 3);
}

// The last record that fits carries the reference, also when the call did not fit whole.
TEST_CASE("the owner of the reference") {
    RangeQueue queue(2);
    CHECK(push(queue, 0, 5) == 2);
    std::vector<RangeRecord> records;
    queue.drain(records);
    CHECK_FALSE(records[0].owns_file);
    CHECK(records[1].owns_file);
}

// With four producers and a reader at work, what went in is what came out plus what was refused,
// and each producer's records stay in order.
TEST_CASE("conservation") {
    constexpr std::uint32_t kProducers = 4;
    constexpr std::uint64_t kCalls = 20'000;
    RangeQueue queue(64);
    std::atomic<std::uint64_t> fitted{0};
    std::atomic<std::uint32_t> running{kProducers};
    std::vector<std::thread> producers;
    for (std::uint32_t job = 0; job < kProducers; ++job) {
        producers.emplace_back([&, job] {
            std::uint64_t next = 0;
            for (std::uint64_t i = 0; i < kCalls; ++i) {
                const std::size_t took = push(queue, next, 1 + i % 7, job);
                next += took;
                fitted.fetch_add(took, std::memory_order_relaxed);
            }
            running.fetch_sub(1, std::memory_order_release); // pairs with the acquire below
        });
    }
    std::vector<std::uint64_t> expected(kProducers, 0);
    std::uint64_t read = 0;
    std::vector<RangeRecord> records;
    for (bool last = false; !last;) {
        last = running.load(std::memory_order_acquire) == 0;
        records.clear();
        queue.drain(records);
        for (const RangeRecord& record : records) {
            REQUIRE(record.offset == expected[record.job]++);
            ++read;
        }
        if (records.empty()) std::this_thread::yield();
    }
    for (std::thread& producer : producers) producer.join();
    CHECK(read == fitted.load());
    CHECK(drain(queue).empty());
}
