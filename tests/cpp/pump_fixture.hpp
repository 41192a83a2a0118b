// SPDX-License-Identifier: MIT
// pump_fixture.hpp - a pump, a job of a service whose bytes arrive when the test says so, and a
// subscription to all of its events. Threads: as the pump's and the service's.

#pragma once

#include "client/pump.hpp"
#include "fake_service.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <mutex>
#include <utility>
#include <vector>

namespace bitscb3 {

#if defined(_WIN32)
inline constexpr std::uint64_t kMany = 2'000; // each of its calls is a hop to the gate's thread
#else
inline constexpr std::uint64_t kMany = 20'000;
#endif
inline constexpr std::uint32_t kAllFlags = 0x3B;

inline Instant soon(std::chrono::milliseconds span = std::chrono::seconds(10)) {
    return std::chrono::steady_clock::now() + span;
}

struct PumpFixture {
    explicit PumpFixture(std::size_t capacity = 1024, Range filled_before = {})
        : pump(capacity, false, {}, &fake::FileObject::withdraw) {
        job->arrive_unheard(filled_before);
        stream = pump.stream("job", ComPtr<IBackgroundCopyJob>::share(job.get()));
        REQUIRE(pump.want(stream, kAllFlags) == S_OK);
        subscription = pump.subscribe(stream);
        settle();
    }
    ~PumpFixture() {
        pump.end_callbacks();
        pump.close();
    }

    /// Drain until nothing is left to do.
    void settle() {
        Pump::Work work;
        while (pump.dispatch(std::chrono::steady_clock::now(), work) == WaitResult::kDone) {
        }
    }
    std::vector<Event> take() {
        settle();
        return pump.take(subscription);
    }
    [[nodiscard]] ComPtr<IBackgroundCopyFile> file() const {
        ComPtr<IEnumBackgroundCopyFiles> all;
        (void)job->EnumFiles(all.put());
        ComPtr<IBackgroundCopyFile> out;
        (void)all->Next(1, out.put(), nullptr);
        return out;
    }
    void set_size(std::uint64_t bytes) const {
        const std::lock_guard lock(job->state.mutex);
        job->state.size = bytes;
    }
    RequestPtr ask(RangeList ranges) { return pump.request(stream, 0, file(), std::move(ranges)); }

    ComPtr<fake::Job> job = make_com<fake::Job>();
    Pump pump;
    JobStreamPtr stream;
    SubscriptionPtr subscription;
};

inline RangeList ranges_of(const std::vector<Event>& events) {
    RangeList out;
    for (const Event& event : events) {
        out.insert(out.end(), event.ranges.begin(), event.ranges.end());
    }
    return out;
}

inline std::vector<EventKind> kinds_of(const std::vector<Event>& events) {
    std::vector<EventKind> out;
    for (const Event& event : events) out.push_back(event.kind);
    return out;
}

} // namespace bitscb3
