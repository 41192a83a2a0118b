// SPDX-License-Identifier: MIT
// embedded_bits.hpp - the embedded BITS in a folder of its own, with a clock the test drives and
// callbacks made of functions. Threads: as the engine's; the clock from any.

#pragma once

#include "base/clock.hpp"
#include "base/com_object.hpp"
#include "base/utf16.hpp"
#include "engine/entry.hpp"
#include "temporary_folder.hpp"

#include <bitscb3/bits.h>
#include <bitscb3/engine.h>

#include <doctest/doctest.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <string>

namespace bitscb3 {

/// Lets threads wait for something that was counted, at most ten seconds.
class Tally {
  public:
    void add() {
        const std::lock_guard lock(mutex_);
        ++count_;
        changed_.notify_all();
    }
    [[nodiscard]] bool reaches(int count) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return count_ >= count; });
    }
    [[nodiscard]] int count() {
        const std::lock_guard lock(mutex_);
        return count_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int count_ = 0;
};

/// A callback whose slots are functions; those that are not set answer S_OK.
class Slots final : public ComObject<IBackgroundCopyCallback3> {
  public:
    std::function<HRESULT()> transferred = [] { return S_OK; };
    std::function<HRESULT()> failed = [] { return S_OK; };
    std::function<HRESULT()> modified = [] { return S_OK; };
    std::function<HRESULT()> file_transferred = [] { return S_OK; };

    HRESULT STDMETHODCALLTYPE JobTransferred(IBackgroundCopyJob*) noexcept override {
        return transferred();
    }
    HRESULT STDMETHODCALLTYPE JobError(IBackgroundCopyJob*,
                                       IBackgroundCopyError*) noexcept override {
        return failed();
    }
    HRESULT STDMETHODCALLTYPE JobModification(IBackgroundCopyJob*, DWORD) noexcept override {
        return modified();
    }
    HRESULT STDMETHODCALLTYPE FileTransferred(IBackgroundCopyJob*,
                                              IBackgroundCopyFile*) noexcept override {
        return file_transferred();
    }
    HRESULT STDMETHODCALLTYPE FileRangesTransferred(IBackgroundCopyJob*, IBackgroundCopyFile*,
                                                    DWORD, const BG_FILE_RANGE*) noexcept override {
        return S_OK;
    }
};

class EmbeddedBits {
  public:
    EmbeddedBits() {
        store_ = (folder / "store").string();
        manager = open();
    }
    EmbeddedBits(const EmbeddedBits&) = delete;
    EmbeddedBits& operator=(const EmbeddedBits&) = delete;
    ~EmbeddedBits() {
        close();
        manager.reset();
    }

    /// Another manager on the same store.
    [[nodiscard]] ComPtr<IBackgroundCopyManager> open() {
        bitscb3_settings settings = {};
        bitscb3_settings_default(&settings);
        settings.no_progress_timeout_s = 0; // the first error is final
        bitscb3_options options = {};
        options.size = sizeof options;
        options.store = store_.c_str();
        options.settings = &settings;
        Error error;
        auto made = make_manager(options, clock, error);
        REQUIRE(made);
        return made;
    }

    /// End every callback. A test whose slots use its own variables calls it before these go.
    void close() { bitscb3_close_manager(manager.get()); }

    /// A job that copies a small file of this machine to `name`, told to `slots`.
    [[nodiscard]] ComPtr<IBackgroundCopyJob> job(const std::string& name, Slots& slots,
                                                 ULONG flags) {
        std::ofstream(folder / ("source-" + name)) << "content of " << name;
        return job_of("source-" + name, name, slots, flags);
    }
    /// A job that fails, since its file is not there.
    [[nodiscard]] ComPtr<IBackgroundCopyJob> missing_source(Slots& slots, ULONG flags) {
        return job_of("no-source", "none", slots, flags);
    }

  private:
    const TemporaryFolder temporary_;

  public:
    const std::filesystem::path& folder = temporary_.path;
    DrivenClock clock;
    ComPtr<IBackgroundCopyManager> manager;

  private:
    [[nodiscard]] ComPtr<IBackgroundCopyJob>
    job_of(const std::string& source, const std::string& name, Slots& slots, ULONG flags) {
        GUID id = {};
        ComPtr<IBackgroundCopyJob> made;
        REQUIRE(manager->CreateJob(to_utf16(name).c_str(), BG_JOB_TYPE_DOWNLOAD, &id, made.put()) ==
                S_OK);
        const WideString url = to_utf16(file_url(folder / source));
        const WideString path = to_utf16((folder / name).string());
        REQUIRE(made->AddFile(url.c_str(), path.c_str()) == S_OK);
        REQUIRE(made->SetNotifyInterface(slots.identity()) == S_OK);
        REQUIRE(made->SetNotifyFlags(flags) == S_OK);
        return made;
    }

    std::string store_;
};

} // namespace bitscb3
