// SPDX-License-Identifier: MIT
// fuzz_state.cpp - any sequence of calls on a job while it runs, with files of this machine,
// sources that are missing and a server that is not there; the clock and the network change
// meanwhile. Laws: a job that ended stays so and refuses every change; a suspended one stays
// suspended until it
//       is resumed; what is transferred is whole; files that were completed are right; a job leaves
//       nothing else behind.

#include "base/com_object.hpp"
#include "engine_run.hpp"

#include <atomic>
#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

using namespace bitscb3;

namespace {

constexpr std::size_t kSizes[] = {0, 1, 70'000};

std::string content_of(std::size_t size) {
    std::string out(size, '\0');
    for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * 31 >> 3);
    return out;
}

/// The remote names a job may have; the first ones are files that are there.
const std::vector<std::string>& sources() {
    static const std::vector<std::string> all = [] {
        std::vector<std::string> out;
        std::filesystem::create_directory(run().folder / "sources");
        for (const std::size_t size : kSizes) {
            const auto path = run().folder / "sources" / std::to_string(size);
            std::ofstream(path, std::ios::binary) << content_of(size);
            out.push_back(file_url(path));
        }
        out.push_back(file_url(run().folder / "sources" / "missing"));
        out.emplace_back("http://127.0.0.1:1/refused");
        return out;
    }();
    return all;
}

/// Counts what it is told; refuses some of it.
class Listener final : public ComObject<IBackgroundCopyCallback3> {
  public:
    std::atomic<int> ends{0}; // partner: itself, a count
    std::atomic<bool> refuses{false};

    HRESULT STDMETHODCALLTYPE JobTransferred(IBackgroundCopyJob*) noexcept override {
        return end();
    }
    HRESULT STDMETHODCALLTYPE JobError(IBackgroundCopyJob*,
                                       IBackgroundCopyError* error) noexcept override {
        BG_ERROR_CONTEXT context = BG_ERROR_CONTEXT_NONE;
        HRESULT code = S_OK;
        LAW(error->GetError(&context, &code) == S_OK && FAILED(code));
        return end();
    }
    HRESULT STDMETHODCALLTYPE JobModification(IBackgroundCopyJob*, DWORD) noexcept override {
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE FileTransferred(IBackgroundCopyJob*,
                                              IBackgroundCopyFile*) noexcept override {
        return answer();
    }
    HRESULT STDMETHODCALLTYPE FileRangesTransferred(IBackgroundCopyJob*, IBackgroundCopyFile*,
                                                    DWORD count,
                                                    const BG_FILE_RANGE* ranges) noexcept override {
        for (DWORD i = 0; i < count; ++i) {
            LAW(ranges[i].Length > 0 && ranges[i].InitialOffset + ranges[i].Length <= 70'000);
        }
        return answer();
    }

  private:
    HRESULT end() noexcept {
        ends.fetch_add(1, std::memory_order_relaxed);
        return answer();
    }
    HRESULT answer() const noexcept {
        return refuses.load(std::memory_order_relaxed) ? E_FAIL : S_OK;
    }
};

class Life {
  public:
    explicit Life(Bytes& bytes) : bytes_(bytes), listener_(make_com<Listener>()) {
        std::filesystem::create_directory(folder_);
        GUID id = {};
        LAW(run().manager->CreateJob(u"job", BG_JOB_TYPE_DOWNLOAD, &id, job_.put()) == S_OK);
        LAW(job_->SetNotifyInterface(listener_->identity()) == S_OK);
    }
    Life(const Life&) = delete;
    Life& operator=(const Life&) = delete;
    ~Life() {
        if (!final_) {
            const HRESULT cancelled = job_->Cancel();
            LAW(cancelled == S_OK);
        }
        check_folder();
        std::filesystem::remove_all(folder_);
    }

    void step() {
        const BG_JOB_STATE before = state();
        call(bytes_.choice(16));
        check(before);
    }

  private:
    struct Added {
        std::size_t source;
        std::filesystem::path local;
    };

    void call(unsigned what) {
        switch (what) {
        case 0:
        case 1:
            return add_file();
        case 2:
        case 3: {
            const HRESULT result = job_->Resume();
            expect_change(result, result == BG_E_EMPTY && added_.empty());
            if (result == S_OK) suspended_ = false;
            return;
        }
        case 4: {
            const HRESULT result = job_->Suspend();
            expect_change(result, false);
            if (result == S_OK) suspended_ = true;
            return;
        }
        case 5:
            return complete();
        case 6:
            if (bytes_.choice(4) != 0) return;
            expect_change(job_->Cancel(), false);
            final_ = true;
            return;
        case 7:
            return settle();
        case 8:
            return bitscb3_clock_moves();
        case 9:
            LAW(bitscb3_set_network(run().manager.get(), bytes_.choice(3) == 0 ? 0 : 1) == S_OK);
            return;
        case 10:
            return expect_change(job_->SetPriority(static_cast<BG_JOB_PRIORITY>(bytes_.choice(4))),
                                 false);
        case 11:
            return expect_change(job_->SetNotifyFlags(bytes_.byte() & 0x3Fu), false);
        case 12:
            listener_->refuses.store(bytes_.choice(2) != 0, std::memory_order_relaxed);
            return;
        case 13:
            return property();
        case 14:
            return file_call();
        default:
            (void)bitscb3_set_job_rate_limit(job_.get(), bytes_.choice(3) * 100'000);
        }
    }

    /// A change is taken, unless the job ended or `refused` for a reason of its own.
    void expect_change(HRESULT result, bool refused) {
        LAW(final_ ? result == BG_E_INVALID_STATE : SUCCEEDED(result) || refused);
    }

    void add_file() {
        const std::size_t source = bytes_.choice(static_cast<unsigned>(sources().size()));
        const auto local = folder_ / std::to_string(added_.size());
        const HRESULT result =
            job_->AddFile(to_utf16(sources()[source]).c_str(), to_utf16(local.string()).c_str());
        expect_change(result, false);
        if (result == S_OK) added_.push_back({source, local});
    }

    void complete() {
        const HRESULT result = job_->Complete();
        if (final_) LAW(result == BG_E_INVALID_STATE);
        if (FAILED(result)) return; // a file is gone, or another has its place
        LAW(result == S_OK || result == BG_S_PARTIAL_COMPLETE);
        final_ = true;
        LAW(state() == BG_JOB_STATE_ACKNOWLEDGED);
        for (const Added& file : added_) {
            if (!std::filesystem::exists(file.local)) {
                LAW(result == BG_S_PARTIAL_COMPLETE);
                continue;
            }
            LAW(file.source < std::size(kSizes));
            std::ifstream in(file.local, std::ios::binary);
            LAW(std::string(std::istreambuf_iterator<char>(in), {}) ==
                content_of(kSizes[file.source]));
        }
    }

    /// Waits until the job does not run by itself.
    void settle() {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        for (;;) {
            const BG_JOB_STATE now = state();
            const bool runs = now == BG_JOB_STATE_QUEUED || now == BG_JOB_STATE_CONNECTING ||
                              now == BG_JOB_STATE_TRANSFERRING;
            if (!runs) return;
            LAW(std::chrono::steady_clock::now() < end);
            run().clock.advance(std::chrono::milliseconds(100)); // rate limits and turns go on
            std::this_thread::sleep_for(std::chrono::microseconds(200));
        }
    }

    void bitscb3_clock_moves() {
        constexpr std::chrono::seconds kSpans[] = {
            std::chrono::seconds(1), std::chrono::minutes(11), std::chrono::hours(24 * 20)};
        run().clock.advance(kSpans[bytes_.choice(3)]);
    }

    void property() {
        constexpr BITS_JOB_PROPERTY_ID kIds[] = {
            BITS_JOB_PROPERTY_ON_DEMAND_MODE, BITS_JOB_PROPERTY_DYNAMIC_CONTENT,
            BITS_JOB_PROPERTY_ID_COST_FLAGS, BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS,
            BITS_JOB_PROPERTY_HIGH_PERFORMANCE};
        const BITS_JOB_PROPERTY_ID id = kIds[bytes_.choice(4)];
        BITS_JOB_PROPERTY_VALUE value = {};
        value.Dword = bytes_.choice(2);
        const HRESULT result = job_.query<IBackgroundCopyJob5>()->SetProperty(id, value);
        if (final_) LAW(result == BG_E_INVALID_STATE);
    }

    void file_call() {
        if (added_.empty()) return;
        ComPtr<IEnumBackgroundCopyFiles> files;
        ComPtr<IBackgroundCopyFile> file;
        ULONG got = 0;
        LAW(job_->EnumFiles(files.put()) == S_OK);
        LAW(files->Skip(bytes_.choice(static_cast<unsigned>(added_.size()))) == S_OK);
        LAW(files->Next(1, file.put(), &got) == S_OK);
        const auto own = file.query<IBackgroundCopyFile6>();
        HRESULT result = S_OK;
        const BG_FILE_RANGE range = {bytes_.byte(), 1u + bytes_.byte()};
        switch (bytes_.choice(4)) {
        case 0:
            result = own->SetValidationState(bytes_.choice(2) != 0 ? 1 : 0);
            break;
        case 1:
            result = own->RequestFileRanges(1, &range);
            break;
        case 2:
            result = bitscb3_cancel_ranges(own.get(), 1, &range);
            break;
        default:
            result = own->UpdateDownloadPosition(bytes_.byte());
        }
        if (final_) LAW(result == BG_E_INVALID_STATE);
        BG_FILE_PROGRESS progress = {};
        LAW(own->GetProgress(&progress) == S_OK);
        LAW(progress.BytesTransferred <= progress.BytesTotal);
    }

    [[nodiscard]] BG_JOB_STATE state() {
        BG_JOB_STATE out = BG_JOB_STATE_QUEUED;
        LAW(job_->GetState(&out) == S_OK);
        LAW(out <= BG_JOB_STATE_CANCELLED);
        return out;
    }

    void check(BG_JOB_STATE before) {
        const BG_JOB_STATE now = state();
        const bool ended = now == BG_JOB_STATE_ACKNOWLEDGED || now == BG_JOB_STATE_CANCELLED;
        const bool had_ended =
            before == BG_JOB_STATE_ACKNOWLEDGED || before == BG_JOB_STATE_CANCELLED;
        LAW(!had_ended || now == before);
        LAW(ended == final_);
        if (suspended_ && !ended && now != BG_JOB_STATE_ERROR) { // a file was declared invalid
            LAW(now == BG_JOB_STATE_SUSPENDED);
        }
        BG_JOB_PROGRESS progress = {};
        LAW(job_->GetProgress(&progress) == S_OK);
        LAW(progress.FilesTotal == added_.size() && progress.FilesTransferred <= added_.size());
        LAW(progress.BytesTransferred <= progress.BytesTotal);
        ULONG errors = 0;
        LAW(job_->GetErrorCount(&errors) == S_OK);
    }

    /// Nothing but files that were completed.
    void check_folder() {
        for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
            bool known = false;
            for (const Added& file : added_) known = known || entry.path() == file.local;
            LAW(known);
        }
    }

    Bytes& bytes_;
    const std::filesystem::path folder_ = run().folder / "job";
    ComPtr<Listener> listener_;
    ComPtr<IBackgroundCopyJob> job_;
    std::vector<Added> added_;
    bool final_ = false;
    bool suspended_ = true; // as it is born
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Bytes bytes(data, size);
    LAW(bitscb3_set_network(run().manager.get(), 1) == S_OK);
    Life life(bytes);
    for (int i = 0; i < 32 && !bytes.empty(); ++i) life.step();
    return 0;
}
