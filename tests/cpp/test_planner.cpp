// SPDX-License-Identifier: MIT
// test_planner.cpp - what is asked for after requests were withdrawn.

#include "engine/file_life.hpp"
#include "engine/planner.hpp"

#include <doctest/doctest.h>

using namespace bitscb3;

namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;
constexpr std::uint64_t kGiB = 1024 * kMiB;

bitscb3_settings numbers(std::uint32_t connections_per_file, std::uint32_t gap) {
    bitscb3_settings settings = {};
    bitscb3_settings_default(&settings);
    settings.connections_per_file = connections_per_file;
    settings.merge_gap_bytes = gap;
    return settings;
}

/// A job of one file of 20 GiB, and what is asked of the server for it.
struct Planned {
    explicit Planned(bool on_demand, std::uint32_t connections_per_file = 1, std::uint32_t gap = 0)
        : model(numbers(connections_per_file, gap), clock) {
        model.wake_loop = [] {};
        model.wake_notifier = [](const JobPtr&) {};
        model.wake_committer = [](const JobPtr&) {};
        model.hurry_committer = [] {};
        job->on_demand = on_demand;
        job->files.push_back(std::make_unique<File>());
        file().validator.size = 20 * kGiB;
        file().range_support = RangeSupport::kYes;
    }

    [[nodiscard]] File& file() const { return *job->files.front(); }
    void ask_for(const RangeList& ranges) { request(model, job, file(), ranges); }
    void take_back(const RangeList& ranges) { withdraw(model, job, file(), ranges); }
    /// The next request, as the scheduler begins it.
    [[nodiscard]] std::optional<Ask> next() {
        auto ask = plan(model.settings, *job, file(), habits);
        if (ask) ask->withdrawn = file().withdrawn;
        return ask;
    }
    [[nodiscard]] bool stops(Ask& ask) const { return is_idle_work(*job, file(), ask); }

    DrivenClock clock;
    Model model;
    JobPtr job = std::make_shared<Job>();
    HostHabits habits;
};

} // namespace

// What is withdrawn is not requested, not asked for, and its request is stopped.
TEST_CASE("withdrawn altogether") {
    Planned planned(true);
    planned.ask_for({{0, 10 * kGiB}});
    auto ask = planned.next();
    REQUIRE(ask);
    CHECK_FALSE(planned.stops(*ask));
    planned.file().filled.insert({0, kMiB});
    planned.take_back({{0, 10 * kGiB}});
    CHECK(planned.file().requested.ranges() == RangeList{{0, kMiB}}); // it is here
    CHECK(planned.file().dirty);
    CHECK(planned.stops(*ask));
    give_back(planned.file(), *ask);
    CHECK(planned.file().in_flight.empty());
    CHECK(planned.file().requests_filled());
    CHECK_FALSE(planned.next());
}

// What waits in a queue is not asked for once it is withdrawn, and the rest keeps its order.
TEST_CASE("withdrawn before it was asked for") {
    Planned planned(true);
    planned.ask_for({{kGiB, 100}, {0, 100}});
    planned.ask_for({{500, 100}, {100, 500}});
    planned.take_back({{50, 500}});
    const auto first = planned.next();
    REQUIRE(first);
    CHECK(first->ranges == RangeList{{kGiB, 100}});
    const auto second = planned.next();
    REQUIRE(second);
    CHECK(second->ranges == RangeList{{0, 50}});
    CHECK(planned.file().requested.ranges() == RangeList{{0, 50}, {550, 50}, {kGiB, 100}});
}

// A request of which something far off is still wanted is stopped, and that is asked for instead.
TEST_CASE("withdrawn but for the end") {
    Planned planned(true);
    planned.ask_for({{0, 10 * kGiB}});
    auto ask = planned.next();
    REQUIRE(ask);
    planned.take_back({{0, 9 * kGiB}});
    CHECK(planned.stops(*ask));
    CHECK_FALSE(planned.stops(*ask)); // it is looked at once
    give_back(planned.file(), *ask);
    const auto next = planned.next();
    REQUIRE(next);
    CHECK(next->ranges == RangeList{{9 * kGiB, kGiB}});
}

// A request of which little was withdrawn goes on.
TEST_CASE("little withdrawn") {
    Planned planned(true);
    planned.ask_for({{0, 10 * kMiB}});
    auto ask = planned.next();
    REQUIRE(ask);
    planned.take_back({{10 * kMiB - 1000, 1000}});
    CHECK_FALSE(planned.stops(*ask));
    planned.file().filled.insert({0, 10 * kMiB - 1000});
    planned.take_back({{kGiB, 1}});
    CHECK(planned.stops(*ask)); // nothing else is left
}

// What lies between ranges that share a request is no reason to stop it, as the next one would
// bring it, too.
TEST_CASE("withdrawn beside merged ranges") {
    Planned planned(true, 1, kMiB);
    planned.ask_for({{0, 10}, {kMiB, 10}, {2 * kMiB, 10}, {kGiB, 1000}});
    auto ask = planned.next();
    REQUIRE(ask);
    CHECK(ask->ranges == RangeList{{0, 2 * kMiB + 10}});
    planned.take_back({{kGiB, 1000}});
    CHECK_FALSE(planned.stops(*ask));
    planned.take_back({{2 * kMiB, 10}});
    CHECK_FALSE(planned.stops(*ask));
    planned.take_back({{0, 2 * kMiB}});
    CHECK(planned.stops(*ask)); // nothing else is left
}

// Of a job for the whole file the bytes go on, and make room for the next request.
TEST_CASE("withdrawn from a job for the whole file") {
    Planned planned(false);
    planned.ask_for({{0, 10 * kGiB}});
    auto ask = planned.next();
    REQUIRE(ask);
    CHECK_FALSE(ask->is_replaceable());
    planned.take_back({{0, 10 * kGiB}});
    CHECK_FALSE(planned.stops(*ask));
    CHECK(ask->is_replaceable());
    give_back(planned.file(), *ask);
    CHECK(planned.file().urgent.empty());
    const auto next = planned.next();
    REQUIRE(next);
    CHECK_FALSE(next->urgent);
    CHECK(next->ranges == RangeList{{0, 20 * kGiB}});
}

// A whole body that is read through for an on-demand job is stopped when nothing of it is wanted.
TEST_CASE("withdrawn from a whole body") {
    Planned planned(true);
    planned.file().range_support = RangeSupport::kNo;
    planned.ask_for({{0, kGiB}, {2 * kGiB, 10}});
    auto ask = planned.next();
    REQUIRE(ask);
    CHECK(ask->whole);
    planned.take_back({{0, kGiB}});
    CHECK_FALSE(planned.stops(*ask));
    planned.take_back({{2 * kGiB, 10}});
    CHECK(planned.stops(*ask));
}

// A range to the end of a file whose size is not known yet can be withdrawn.
TEST_CASE("withdrawn before the size is known") {
    Planned planned(true);
    planned.file().validator.size.reset();
    planned.ask_for({{5, Ask::kToEnd - 5}});
    auto ask = planned.next();
    REQUIRE(ask);
    planned.take_back({{5, Ask::kToEnd - 5}});
    CHECK(planned.file().requested.empty());
    CHECK(planned.stops(*ask));
    give_back(planned.file(), *ask);
    CHECK(planned.file().urgent.empty());
}
