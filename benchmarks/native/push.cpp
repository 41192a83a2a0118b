// SPDX-License-Identifier: MIT
// push.cpp - what it costs to publish ranges: our slot beside a push of the same record, and one
// AddRef, into queues that are known to be fast.
//
// A producer publishes in bursts that fit the queue; only the bursts are timed. The reader, on
// another core, is "busy" with the burst before and takes this one afterwards, or it is "polling",
// taking each record as soon as it is there. Contenders take turns; the medians are printed as
// JSON, nanoseconds a range: {"busy": {"1": {contender: ns}, "64": …}, "polling": …}; the number is
// ranges a call.

#include "client/callback.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#if __has_include(<concurrentqueue/concurrentqueue.h>)
#include <concurrentqueue/concurrentqueue.h>
#define HAS_MOODYCAMEL 1
#endif
#if __has_include(<rigtorp/MPMCQueue.h>)
#include <rigtorp/MPMCQueue.h>
#define HAS_RIGTORP 1
#endif
#if __has_include(<atomic_queue/atomic_queue.h>)
#include <atomic_queue/atomic_queue.h>
#define HAS_ATOMIC_QUEUE 1
#endif

using namespace bitscb3;

namespace {

constexpr std::size_t kCapacity = 1 << 16; // records
constexpr std::size_t kBurst = 1 << 12;    // ranges
constexpr int kBursts = 200;               // in a run
constexpr int kRuns = 9;                   // of each contender

/// Counts its references as any COM object does, and nothing else.
class CountedFile final : public ComObject<IBackgroundCopyFile> {
  public:
    HRESULT STDMETHODCALLTYPE GetRemoteName(LPWSTR*) noexcept override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE GetLocalName(LPWSTR*) noexcept override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE GetProgress(BG_FILE_PROGRESS*) noexcept override { return E_NOTIMPL; }
};

/// One way to carry records: `push` publishes `batch` ranges, `take` removes what there is.
struct Contender {
    std::string name;
    std::function<void(const BG_FILE_RANGE* ranges, std::size_t bursts_calls)> push_all;
    std::function<std::size_t()> take;
    std::vector<double> ns = {};
};

using Seconds = std::chrono::duration<double>;

double run(Contender& contender, const std::vector<BG_FILE_RANGE>& ranges, bool polling) {
    std::atomic<std::size_t> taken{0};
    std::atomic<std::size_t> published{0};
    std::atomic<bool> stop{false};
    std::thread reader([&] {
        while (!stop.load(std::memory_order_relaxed)) {
            const std::size_t seen = taken.load(std::memory_order_relaxed);
            if (!polling && published.load(std::memory_order_acquire) == seen) continue;
            const std::size_t count = contender.take();
            if (count > 0) taken.fetch_add(count, std::memory_order_release);
        }
    });
    Seconds spent{};
    for (int burst = 1; burst <= kBursts; ++burst) {
        const auto began = std::chrono::steady_clock::now();
        contender.push_all(ranges.data(), ranges.size());
        spent += std::chrono::steady_clock::now() - began;
        published.store(burst * ranges.size(), std::memory_order_release);
        while (taken.load(std::memory_order_acquire) < burst * ranges.size()) {
        }
    }
    stop = true;
    reader.join();
    return spent.count() * 1e9 / (static_cast<double>(kBursts) * static_cast<double>(kBurst));
}

std::vector<Contender> contenders(std::size_t batch, IBackgroundCopyFile* file) {
    std::vector<Contender> all;
    const auto inbox = std::make_shared<ManagerInbox>(kCapacity);
    const auto callback = std::make_shared<ComPtr<Callback>>(
        make_com<Callback>(inbox, 0u, true, std::vector<Callback::Tap>()));
    all.push_back({"FileRangesTransferred",
                   [callback, batch, file](const BG_FILE_RANGE* ranges, std::size_t count) {
                       IBackgroundCopyCallback3* slot = callback->get();
                       for (std::size_t i = 0; i < count; i += batch) {
                           slot->FileRangesTransferred(nullptr, file, static_cast<DWORD>(batch),
                                                       ranges + i);
                       }
                   },
                   [inbox, records = std::make_shared<std::vector<RangeRecord>>()] {
                       records->clear();
                       inbox->ranges.queue().drain(*records);
                       for (const RangeRecord& record : *records) Inbox::release(record);
                       return records->size();
                   }});
    [[maybe_unused]] const auto record_of = [file, batch](const BG_FILE_RANGE* range,
                                                          std::size_t i) {
        const bool last = i % batch + 1 == batch;
        return RangeRecord{file, range[i].InitialOffset, range[i].Length, 0, last};
    };
#ifdef HAS_MOODYCAMEL
    using Moody = moodycamel::ConcurrentQueue<RangeRecord>;
    const auto moody = std::make_shared<Moody>(kCapacity);
    const auto token = std::make_shared<moodycamel::ProducerToken>(*moody);
    const auto take_moody = [moody, bulk = std::make_shared<std::vector<RangeRecord>>(256)] {
        const std::size_t count = moody->try_dequeue_bulk(bulk->data(), bulk->size());
        for (std::size_t i = 0; i < count; ++i) Inbox::release((*bulk)[i]);
        return count;
    };
    // With a token the thread is known and has a queue of its own; a service's threads are not.
    for (const bool known : {false, true}) {
        all.push_back({known ? "moodycamel with a token" : "moodycamel::ConcurrentQueue",
                       [moody, token, batch, file, record_of, known](const BG_FILE_RANGE* ranges,
                                                                     std::size_t count) {
                           std::vector<RangeRecord> bulk(batch);
                           for (std::size_t i = 0; i < count; i += batch) {
                               file->AddRef();
                               if (batch == 1 && known) {
                                   moody->enqueue(*token, record_of(ranges, i));
                                   continue;
                               }
                               if (batch == 1) {
                                   moody->enqueue(record_of(ranges, i));
                                   continue;
                               }
                               for (std::size_t k = 0; k < batch; ++k) {
                                   bulk[k] = record_of(ranges, i + k);
                               }
                               if (known) {
                                   moody->enqueue_bulk(*token, bulk.data(), batch);
                               } else {
                                   moody->enqueue_bulk(bulk.data(), batch);
                               }
                           }
                       },
                       take_moody});
    }
#endif
#ifdef HAS_RIGTORP
    const auto rigtorp = std::make_shared<rigtorp::MPMCQueue<RangeRecord>>(kCapacity);
    all.push_back(
        {"rigtorp::MPMCQueue",
         [rigtorp, batch, file, record_of](const BG_FILE_RANGE* ranges, std::size_t count) {
             for (std::size_t i = 0; i < count; ++i) {
                 if (i % batch == 0) file->AddRef();
                 rigtorp->push(record_of(ranges, i));
             }
         },
         [rigtorp] {
             RangeRecord record{};
             std::size_t count = 0;
             for (; rigtorp->try_pop(record); ++count) Inbox::release(record);
             return count;
         }});
#endif
#ifdef HAS_ATOMIC_QUEUE
    using Ring = atomic_queue::AtomicQueue2<RangeRecord, kCapacity>;
    const auto ring = std::make_shared<Ring>();
    all.push_back({"atomic_queue::AtomicQueue2",
                   [ring, batch, file, record_of](const BG_FILE_RANGE* ranges, std::size_t count) {
                       for (std::size_t i = 0; i < count; ++i) {
                           if (i % batch == 0) file->AddRef();
                           ring->push(record_of(ranges, i));
                       }
                   },
                   [ring] {
                       RangeRecord record{};
                       std::size_t count = 0;
                       for (; ring->try_pop(record); ++count) Inbox::release(record);
                       return count;
                   }});
#endif
    return all;
}

double median(std::vector<double> values) {
    std::nth_element(values.begin(),
                     values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
    return values[values.size() / 2];
}

} // namespace

int main() {
    const auto file = make_com<CountedFile>();
    const std::vector<BG_FILE_RANGE> ranges(kBurst, {4096, 4096});
    std::printf("{");
    for (const bool polling : {false, true}) {
        std::printf("%s: {", polling ? ", \"polling\"" : "\"busy\"");
        for (const std::size_t batch : {std::size_t{1}, std::size_t{64}}) {
            std::vector<Contender> all = contenders(batch, file.get());
            for (int turn = 0; turn <= kRuns; ++turn) {
                for (Contender& contender : all) {
                    const double ns = run(contender, ranges, polling);
                    if (turn > 0) contender.ns.push_back(ns); // the first one warms up
                }
            }
            std::printf("%s\"%zu\": {", batch == 1 ? "" : ", ", batch);
            for (std::size_t i = 0; i < all.size(); ++i) {
                std::printf("%s\"%s\": %.2f", i == 0 ? "" : ", ", all[i].name.c_str(),
                            median(all[i].ns));
            }
            std::printf("}");
        }
        std::printf("}");
    }
    std::printf("}\n");
}
