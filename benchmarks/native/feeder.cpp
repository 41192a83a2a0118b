// SPDX-License-Identifier: MIT
// feeder.cpp - plays a BITS service: calls the callback that a job of Python has registered, from a
// thread of its own, as fast as it can. Loaded by benchmarks/feeder.py; times are nanoseconds of
// CLOCK_MONOTONIC, which is Python's time.monotonic_ns().

#include "base/com_ptr.hpp"

#include <bitscb3/bits.h>

#include <chrono>
#include <cstdint>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace bitscb3;

namespace {

std::int64_t now_ns() {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
}

struct Feeder {
    ComPtr<IBackgroundCopyJob> job;
    ComPtr<IBackgroundCopyCallback3> callback;
    std::vector<ComPtr<IBackgroundCopyFile>> files;
    std::uint64_t next = 0; // offset of the next range
};

constexpr std::uint64_t kLength = 4096; // of each range
constexpr std::uint64_t kApart = 8192;  // so that no two touch

template<class Work>
void in_thread(Work&& work) {
    std::thread(std::forward<Work>(work)).join();
}

} // namespace

extern "C" __attribute__((visibility("default"))) Feeder* feeder_open(void* job) {
    auto* feeder = new Feeder;
    feeder->job = ComPtr<IBackgroundCopyJob>::share(static_cast<IBackgroundCopyJob*>(job));
    ComPtr<IUnknown> object;
    if (feeder->job->GetNotifyInterface(object.put()) == S_OK && object) {
        feeder->callback = object.query<IBackgroundCopyCallback3>();
    }
    ComPtr<IEnumBackgroundCopyFiles> all;
    if (feeder->job->EnumFiles(all.put()) == S_OK) {
        ComPtr<IBackgroundCopyFile> file;
        while (all->Next(1, file.put(), nullptr) == S_OK) feeder->files.push_back(std::move(file));
    }
    if (feeder->callback && !feeder->files.empty()) return feeder;
    delete feeder;
    return nullptr;
}

extern "C" __attribute__((visibility("default"))) void feeder_close(Feeder* feeder) {
    delete feeder;
}

/// `calls` of the slot with `count` new ranges each, the files in turn. Returns how long it took.
extern "C" __attribute__((visibility("default"))) std::int64_t
feeder_feed(Feeder* feeder, std::uint64_t calls, std::uint32_t count) {
    std::int64_t spent = 0;
    in_thread([&] {
        std::vector<BG_FILE_RANGE> ranges(count);
        const std::int64_t began = now_ns();
        for (std::uint64_t call = 0; call < calls; ++call) {
            for (BG_FILE_RANGE& range : ranges) {
                range = {feeder->next, kLength};
                feeder->next += kApart;
            }
            IBackgroundCopyFile* file = feeder->files[call % feeder->files.size()].get();
            feeder->callback->FileRangesTransferred(feeder->job.get(), file, count, ranges.data());
        }
        spent = now_ns() - began;
    });
    return spent;
}

/// One call of the slot after `pause_us`, in which the reader falls asleep, and as long a pause
/// after it. Returns when the call began.
extern "C" __attribute__((visibility("default"))) std::int64_t feeder_ring(Feeder* feeder,
                                                                           std::uint32_t pause_us) {
    const std::chrono::microseconds pause(pause_us);
    std::int64_t began = 0;
    in_thread([&] {
        const BG_FILE_RANGE range{feeder->next, kLength};
        feeder->next += kApart;
        std::this_thread::sleep_for(pause);
        began = now_ns();
        feeder->callback->FileRangesTransferred(feeder->job.get(), feeder->files[0].get(), 1,
                                                &range);
        std::this_thread::sleep_for(pause);
    });
    return began;
}

/// The same for a bare eventfd.
extern "C" __attribute__((visibility("default"))) std::int64_t
write_eventfd(int descriptor, std::uint32_t pause_us) {
    const std::chrono::microseconds pause(pause_us);
    std::int64_t began = 0;
    in_thread([&] {
        const std::uint64_t one = 1;
        std::this_thread::sleep_for(pause);
        began = now_ns();
        if (write(descriptor, &one, sizeof one) < 0) began = -1;
        std::this_thread::sleep_for(pause);
    });
    return began;
}
