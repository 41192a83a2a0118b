// SPDX-License-Identifier: MIT
// test_callback.cpp - the callback object: slots that look, copy, push, ring and return.

#include "client/callback.hpp"
#include "fake_service.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <new>

using namespace bitscb3;

namespace {

std::atomic<int> allocations{0};

} // namespace

// noinline: the compiler must not match a call of ours with the library's counterpart.
[[gnu::noinline]] void* operator new(std::size_t bytes) {
    ++allocations;
    if (void* block = std::malloc(bytes)) return block;
    throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* block) noexcept {
    std::free(block);
}
[[gnu::noinline]] void operator delete(void* block, std::size_t) noexcept {
    std::free(block);
}

namespace {

struct Fixture {
    std::shared_ptr<ManagerInbox> inbox = std::make_shared<ManagerInbox>(4);
    ComPtr<Callback> callback = make_com<Callback>(inbox, 7u, true, std::vector<Callback::Tap>{});
    fake::FileState state;
    ComPtr<IBackgroundCopyFile> file =
        ComPtr<IBackgroundCopyFile>::adopt(new fake::FileObject(state));

    [[nodiscard]] std::vector<SignalStack::Signal> signals() const {
        std::vector<SignalStack::Signal> out;
        inbox->signals.take(out);
        return out;
    }
    /// References of the file but the one asked with.
    [[nodiscard]] ULONG references() const {
        const ULONG all = file->AddRef();
        file->Release();
        return all - 1;
    }
};

} // namespace

// The ranges of a call arrive in the queue, with one reference of the file for the whole call.
TEST_CASE_FIXTURE(Fixture, "ranges are copied") {
    const BG_FILE_RANGE ranges[] = {{0, 10}, {20, 5}};
    CHECK(callback->FileRangesTransferred(nullptr, file.get(), 2, ranges) == S_OK);
    CHECK(references() == 2);
    std::vector<RangeRecord> records;
    inbox->ranges.queue().drain(records);
    REQUIRE(records.size() == 2);
    CHECK(records[0].job == 7);
    CHECK(records[1].offset == 20);
    for (const RangeRecord& record : records) Inbox::release(record);
    CHECK(references() == 1);
}

// What does not fit is counted, raises the bit, and keeps no reference.
TEST_CASE_FIXTURE(Fixture, "a full queue") {
    const BG_FILE_RANGE ranges[] = {{0, 1}, {2, 1}, {4, 1}};
    CHECK(callback->FileRangesTransferred(nullptr, file.get(), 3, ranges) == S_OK);
    CHECK(signals().empty());
    CHECK(callback->FileRangesTransferred(nullptr, file.get(), 3, ranges) == S_OK);
    CHECK(inbox->ranges.was_lost() == 2);
    CHECK(callback->FileRangesTransferred(nullptr, file.get(), 3, ranges) == S_OK);
    CHECK(inbox->ranges.was_lost() == 5);
    CHECK(references() == 3); // ours and the two calls of which something fitted
    const auto raised = signals();
    REQUIRE(raised.size() == 1);
    CHECK(raised[0].bits == JobBits::kRangesLost);
}

// Bits of one job merge until they are taken, and a callback is on the stack once.
TEST_CASE_FIXTURE(Fixture, "bits merge") {
    CHECK(callback->JobModification(nullptr, 0) == S_OK);
    CHECK(callback->JobModification(nullptr, 0) == S_OK);
    CHECK(callback->FileTransferred(nullptr, file.get()) == S_OK);
    CHECK(callback->JobTransferred(nullptr) == S_OK);
    const auto raised = signals();
    REQUIRE(raised.size() == 1);
    CHECK(raised[0].job == 7);
    CHECK(raised[0].bits ==
          (JobBits::kModified | JobBits::kFileTransferred | JobBits::kTransferred));
    CHECK(signals().empty());
    CHECK(callback->JobError(nullptr, nullptr) == S_OK);
    CHECK(signals().size() == 1);
}

// No slot allocates.
TEST_CASE_FIXTURE(Fixture, "no allocation in a slot") {
    const BG_FILE_RANGE range = {0, 1};
    const int before = allocations;
    for (int i = 0; i < 10; ++i) {
        (void)callback->FileRangesTransferred(nullptr, file.get(), 1, &range);
        (void)callback->JobModification(nullptr, 0);
        (void)callback->FileTransferred(nullptr, file.get());
    }
    CHECK(allocations == before);
    (void)signals();
}

// Nonsense from a service is refused and harms nothing.
TEST_CASE_FIXTURE(Fixture, "nonsense") {
    CHECK(callback->FileRangesTransferred(nullptr, nullptr, 1, nullptr) == E_INVALIDARG);
    CHECK(callback->FileRangesTransferred(nullptr, file.get(), 1, nullptr) == E_INVALIDARG);
    CHECK(callback->FileRangesTransferred(nullptr, file.get(), 0, nullptr) == S_OK);
    std::vector<RangeRecord> records;
    CHECK_FALSE(inbox->ranges.queue().drain(records));
}

// Records nobody drained give their references back with the queue.
TEST_CASE("undrained records") {
    fake::FileState state;
    const auto file = ComPtr<IBackgroundCopyFile>::adopt(new fake::FileObject(state));
    {
        Inbox inbox(8);
        const BG_FILE_RANGE ranges[] = {{0, 1}, {2, 1}};
        CHECK(inbox.on_ranges(0, file.get(), 2, ranges));
    }
    CHECK(file->AddRef() == 2);
    file->Release();
}
