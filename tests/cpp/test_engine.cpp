// SPDX-License-Identifier: MIT
// test_engine.cpp - one owner for a job, and ends that are told and kept, also when calls meet.

#include "embedded_bits.hpp"
#include "engine/engine.hpp"
#include "engine/manager_adapter.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <thread>
#include <vector>

#if !defined(_WIN32)
#include <unistd.h>
#endif

using namespace bitscb3;
using namespace std::chrono_literals;

namespace {

constexpr ULONG kEnd = BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR;

bool reaches(const ComPtr<IBackgroundCopyJob>& job, BG_JOB_STATE wanted) {
    BG_JOB_STATE state = BG_JOB_STATE_SUSPENDED;
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (job->GetState(&state) == S_OK && state != wanted &&
           std::chrono::steady_clock::now() < deadline) {
        std::this_thread::yield();
    }
    return state == wanted;
}

} // namespace

#if !defined(_WIN32)
namespace {
std::atomic<bool> disk_fails{false};
} // namespace

// The C library's, but for downloads on a disk that fails when the test says so. Not on Windows,
// where a program cannot put itself in front of the system's function.
extern "C" int fdatasync(int descriptor) {
    const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
    std::error_code none;
    const auto path = std::filesystem::read_symlink(link, none);
    if (!disk_fails || path.extension() != ".tmp") return fsync(descriptor);
    errno = EIO;
    return -1;
}
#endif

// Threads of one engine that adopt a job at once hold it once, and another engine is kept out.
TEST_CASE_FIXTURE(EmbeddedBits, "adopted by two threads") {
    const auto slots = make_com<Slots>();
    std::vector<GUID> ids(50);
    for (GUID& id : ids) REQUIRE(job("a", *slots, kEnd)->GetId(&id) == S_OK);
    close();
    const auto here = open();
    const auto there = open();
    for (const GUID& id : ids) {
        std::array<ComPtr<IBackgroundCopyJob>, 2> both;
        std::array<std::thread, 2> threads;
        std::atomic<int> ready{0};
        for (auto& one : both) REQUIRE(here->GetJob(id, one.put()) == S_OK);
        for (std::size_t i = 0; i < 2; ++i) {
            threads[i] = std::thread([&ready, &one = both[i]] {
                ++ready;
                while (ready < 2) std::this_thread::yield();
                CHECK(one->SetDescription(to_utf16("mine").c_str()) == S_OK);
            });
        }
        for (std::thread& thread : threads) thread.join();
        ComPtr<IBackgroundCopyJob> other;
        REQUIRE(there->GetJob(id, other.put()) == S_OK);
        CHECK(FAILED(other->SetDescription(to_utf16("theirs").c_str())));
    }
    ComPtr<IEnumBackgroundCopyJobs> all;
    ULONG count = 0;
    REQUIRE(here->EnumJobs(0, all.put()) == S_OK);
    REQUIRE(all->GetCount(&count) == S_OK);
    CHECK(count == ids.size());
    bitscb3_close_manager(here.get());
    bitscb3_close_manager(there.get());
}

// close() from a callback, from another callback and from outside at once: each returns.
TEST_CASE_FIXTURE(EmbeddedBits, "closed from everywhere") {
    Tally inside;
    const auto slots = make_com<Slots>();
    slots->transferred = [&] {
        inside.add();
        (void)inside.reaches(3);
        close();
        return S_OK;
    };
    const std::array jobs = {job("a", *slots, kEnd), job("b", *slots, kEnd)};
    for (const auto& one : jobs) REQUIRE(one->Resume() == S_OK);
    CHECK(inside.reaches(2));
    inside.add();
    close();
    CHECK(jobs[0]->Suspend() == CO_E_OBJNOTCONNECTED);
}

// A job that is resumed inside JobError and fails again tells that again.
TEST_CASE_FIXTURE(EmbeddedBits, "resumed inside JobError") {
    Tally failures;
    const auto slots = make_com<Slots>();
    const auto one = missing_source(*slots, kEnd);
    slots->failed = [&] {
        failures.add();
        if (failures.count() == 1) {
            CHECK(one->Resume() == S_OK);
            CHECK(reaches(one, BG_JOB_STATE_ERROR)); // before this call answers
        }
        return S_OK;
    };
    REQUIRE(one->Resume() == S_OK);
    CHECK(failures.reaches(2));
    close();
    CHECK(failures.count() == 2);
}

// A callback object set while the former one hears of the end hears of it, too.
TEST_CASE_FIXTURE(EmbeddedBits, "replaced inside JobError") {
    Tally first;
    Tally second;
    const auto slots = make_com<Slots>();
    const auto next = make_com<Slots>();
    const auto one = missing_source(*slots, kEnd);
    next->failed = [&] {
        second.add();
        return S_OK;
    };
    slots->failed = [&] {
        first.add();
        CHECK(one->SetNotifyInterface(next->identity()) == S_OK);
        return S_OK;
    };
    REQUIRE(one->Resume() == S_OK);
    CHECK(second.reaches(1));
    close();
    CHECK(first.count() == 1);
    CHECK(second.count() == 1);
}

// What is the embedded BITS' own is refused for objects that are not its, and null pointers.
TEST_CASE_FIXTURE(EmbeddedBits, "limits and numbers") {
    const auto slots = make_com<Slots>();
    const auto one = job("a", *slots, kEnd);
    std::uint64_t number = 7;
    CHECK(bitscb3_get_rate_limit(manager.get(), &number) == S_OK);
    CHECK(number == BITSCB3_NO_LIMIT);
    CHECK(bitscb3_set_rate_limit(manager.get(), UINT64_MAX) == S_OK);
    CHECK(bitscb3_get_rate_limit(manager.get(), &number) == S_OK);
    CHECK(number == UINT64_MAX);
    CHECK(bitscb3_set_job_rate_limit(one.get(), 5) == S_OK);
    CHECK(bitscb3_get_job_rate_limit(one.get(), &number) == S_OK);
    CHECK(number == 5);
    CHECK(bitscb3_get_job_received(one.get(), &number) == S_OK);
    CHECK(number == 0);
    CHECK(bitscb3_get_rate_limit(manager.get(), nullptr) == E_INVALIDARG);
    CHECK(bitscb3_get_job_rate_limit(one.get(), nullptr) == E_INVALIDARG);
    CHECK(bitscb3_get_job_received(one.get(), nullptr) == E_INVALIDARG);
    CHECK(bitscb3_set_rate_limit(nullptr, 1) == E_NOINTERFACE);
    CHECK(bitscb3_set_job_rate_limit(nullptr, 1) == E_NOINTERFACE);
    CHECK(bitscb3_get_job_rate_limit(nullptr, &number) == E_NOINTERFACE);
    CHECK(bitscb3_get_job_received(nullptr, &number) == E_NOINTERFACE);
    CHECK(bitscb3_get_file_received(nullptr, &number) == E_NOINTERFACE);

    bitscb3_statistics found = {};
    CHECK(bitscb3_get_statistics(manager.get(), &found) == E_INVALIDARG); // no size
    CHECK(bitscb3_get_statistics(manager.get(), nullptr) == E_INVALIDARG);
    found.size = sizeof found;
    CHECK(bitscb3_get_statistics(nullptr, &found) == E_NOINTERFACE);
    CHECK(bitscb3_get_statistics(manager.get(), &found) == S_OK);
    CHECK(found.size == sizeof found);
    CHECK(found.jobs == 1);
    REQUIRE(one->Resume() == S_OK);
    REQUIRE(reaches(one, BG_JOB_STATE_TRANSFERRED)); // files of this machine are not limited
    CHECK(bitscb3_get_job_received(one.get(), &number) == S_OK);
    CHECK(number == std::string("content of a").size());
    ComPtr<IEnumBackgroundCopyFiles> files;
    ComPtr<IBackgroundCopyFile> file;
    REQUIRE(one->EnumFiles(files.put()) == S_OK);
    REQUIRE(files->Next(1, file.put(), nullptr) == S_OK);
    CHECK(bitscb3_get_file_received(file.get(), nullptr) == E_INVALIDARG);
    CHECK(bitscb3_get_file_received(file.get(), &number) == S_OK);
    CHECK(number == std::string("content of a").size());
    CHECK(bitscb3_get_statistics(manager.get(), &found) == S_OK);
    CHECK(found.bytes_written == number);
}

#if !defined(_WIN32)
// When the disk does not keep what was written, the job fails, and goes on once the disk does.
TEST_CASE_FIXTURE(EmbeddedBits, "a disk that fails") {
    const auto slots = make_com<Slots>();
    const auto one = job("a", *slots, kEnd);
    disk_fails = true;
    REQUIRE(one->Resume() == S_OK);
    CHECK(reaches(one, BG_JOB_STATE_ERROR));
    disk_fails = false;
    REQUIRE(one->Resume() == S_OK);
    CHECK(reaches(one, BG_JOB_STATE_TRANSFERRED));
    CHECK(one->Complete() == S_OK);
    CHECK(std::filesystem::file_size(folder / "a") == std::string("content of a").size());
}

// Ranges are taken back of files that have some, of jobs that have not ended.
TEST_CASE_FIXTURE(EmbeddedBits, "ranges taken back") {
    const auto slots = make_com<Slots>();
    const auto one = job("a", *slots, kEnd);
    REQUIRE(one->AddFile(to_utf16("http://127.0.0.1:1/f").c_str(),
                         to_utf16((folder / "f").string()).c_str()) == S_OK);
    ComPtr<IEnumBackgroundCopyFiles> all;
    REQUIRE(one->EnumFiles(all.put()) == S_OK);
    ComPtr<IBackgroundCopyFile> local;
    ComPtr<IBackgroundCopyFile> remote;
    REQUIRE(all->Next(1, local.put(), nullptr) == S_OK);
    REQUIRE(all->Next(1, remote.put(), nullptr) == S_OK);
    const BG_FILE_RANGE ranges[] = {{0, 10}, {100, BG_LENGTH_TO_EOF}};
    CHECK(remote.query<IBackgroundCopyFile6>()->RequestFileRanges(2, ranges) == S_OK);
    CHECK(bitscb3_cancel_ranges(remote.get(), 2, ranges) == S_OK);
    CHECK(bitscb3_cancel_ranges(remote.get(), 2, ranges) == S_OK); // there is nothing left
    CHECK(bitscb3_cancel_ranges(remote.get(), 0, ranges) == E_INVALIDARG);
    CHECK(bitscb3_cancel_ranges(remote.get(), 1, nullptr) == E_INVALIDARG);
    CHECK(bitscb3_cancel_ranges(nullptr, 1, ranges) == E_NOINTERFACE);
    CHECK(bitscb3_cancel_ranges(local.get(), 1, ranges) == BG_E_RANDOM_ACCESS_NOT_SUPPORTED);
    CHECK(one->Cancel() == S_OK);
    CHECK(bitscb3_cancel_ranges(remote.get(), 1, ranges) == BG_E_INVALID_STATE);
}

// However many jobs come and go, the engine remembers no more than a few that are gone.
TEST_CASE_FIXTURE(EmbeddedBits, "jobs that are gone") {
    for (int i = 0; i < 300; ++i) {
        GUID id = {};
        ComPtr<IBackgroundCopyJob> one;
        REQUIRE(manager->CreateJob(to_utf16("a").c_str(), BG_JOB_TYPE_DOWNLOAD, &id, one.put()) ==
                S_OK);
        REQUIRE(one->Cancel() == S_OK);
    }
    const auto engine = engine_of(manager.get());
    const Lock held = engine->lock();
    CHECK(engine->model().known.size() < 200);
}

// A time before the machine started, as that of a job left long ago, is a time like others.
TEST_CASE("times before the clock began") {
    CHECK(later(Instant(-48h), 49h) == Instant(1h));
    CHECK(later(Instant(-48h), Duration::max()) < kForever);
    CHECK(later(Instant(1h), Duration::max()) == kForever);
    CHECK(later(kForever, 1h) == kForever);
}

// When the disk fails inside Complete, Complete says so and nothing is lost.
TEST_CASE_FIXTURE(EmbeddedBits, "a disk that fails late") {
    const auto slots = make_com<Slots>();
    ComPtr<IBackgroundCopyJob> one;
    std::string name;
    HRESULT end = S_OK;
    for (int i = 0; end == S_OK && i < 20;
         ++i) { // until Complete comes before the store's own sync
        name = "a" + std::to_string(i);
        one = job(name, *slots, kEnd);
        REQUIRE(one->Resume() == S_OK);
        REQUIRE(reaches(one, BG_JOB_STATE_TRANSFERRED));
        disk_fails = true;
        end = one->Complete();
        disk_fails = false;
    }
    CHECK(end == HRESULT_FROM_WIN32(1117u /* ERROR_IO_DEVICE */));
    CHECK_FALSE(std::filesystem::exists(folder / name));
    REQUIRE(one->Resume() == S_OK);
    CHECK(reaches(one, BG_JOB_STATE_TRANSFERRED));
    CHECK(one->Complete() == S_OK);
    CHECK(std::filesystem::exists(folder / name));
}
#endif
