// SPDX-License-Identifier: MIT
// fake_service.hpp - a job of one file behind the contract, whose bytes arrive when the test says
// so. Threads: any; a mutex guards it and is not held while the callback runs.

#pragma once

#include "base/com_object.hpp"
#include "base/range_set.hpp"
#include "base/utf16.hpp"

#include <atomic>
#include <cstring>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace bitscb3::fake {

inline std::atomic<int> live_files{0}; // FileObjects alive

inline HRESULT text(LPWSTR* out, const std::string& value) {
    *out = to_task_string(value);
    return S_OK;
}

/// What the file's objects show.
struct FileState {
    std::mutex mutex;
    std::uint64_t size = 1000;
    RangeSet filled;
    std::string headers = "HTTP/1.1 206 Partial Content\r\nETag: \"1\"\r\n\r\n";
    RangeSet requested;
    bool is_old = false; // older than BITS 10.1: no File6, no flag for range events
};

class FileObject final : public ComObject<IBackgroundCopyFile6> {
  public:
    explicit FileObject(FileState& state) : state_(state) { ++live_files; }
    ~FileObject() override { --live_files; }

    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** out) noexcept override {
        const std::lock_guard lock(state_.mutex);
        const bool hidden = state_.is_old && same_iid(iid, IID_IBackgroundCopyFile6);
        return hidden ? E_NOINTERFACE : ComObject::QueryInterface(iid, out);
    }

    HRESULT STDMETHODCALLTYPE GetRemoteName(LPWSTR* out) noexcept override {
        return text(out, "http://h/f");
    }
    HRESULT STDMETHODCALLTYPE GetLocalName(LPWSTR* out) noexcept override {
        return text(out, "/f");
    }
    HRESULT STDMETHODCALLTYPE GetProgress(BG_FILE_PROGRESS* out) noexcept override {
        const std::lock_guard lock(state_.mutex);
        *out = {state_.size, state_.filled.bytes(), 0};
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE GetFileRanges(DWORD* count, BG_FILE_RANGE** out) noexcept override {
        *count = 0;
        *out = nullptr;
        return S_FALSE;
    }
    HRESULT STDMETHODCALLTYPE SetRemoteName(LPCWSTR) noexcept override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE GetTemporaryName(LPWSTR* out) noexcept override {
        return text(out, "/t");
    }
    HRESULT STDMETHODCALLTYPE SetValidationState(BOOL) noexcept override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE GetValidationState(BOOL*) noexcept override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE IsDownloadedFromPeer(BOOL*) noexcept override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE GetPeerDownloadStats(UINT64*, UINT64*) noexcept override {
        return E_NOTIMPL;
    }
    HRESULT STDMETHODCALLTYPE SetProperty(BITS_FILE_PROPERTY_ID,
                                          BITS_FILE_PROPERTY_VALUE) noexcept override {
        return E_NOTIMPL;
    }
    HRESULT STDMETHODCALLTYPE GetProperty(BITS_FILE_PROPERTY_ID,
                                          BITS_FILE_PROPERTY_VALUE* out) noexcept override {
        const std::lock_guard lock(state_.mutex);
        return text(&out->String, state_.headers);
    }
    HRESULT STDMETHODCALLTYPE UpdateDownloadPosition(UINT64) noexcept override { return S_OK; }
    HRESULT STDMETHODCALLTYPE RequestFileRanges(DWORD count,
                                                const BG_FILE_RANGE* ranges) noexcept override {
        const std::lock_guard lock(state_.mutex);
        for (DWORD i = 0; i < count; ++i)
            state_.requested.insert({ranges[i].InitialOffset, ranges[i].Length});
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE GetFilledFileRanges(DWORD* count,
                                                  BG_FILE_RANGE** out) noexcept override {
        const std::lock_guard lock(state_.mutex);
        const RangeList ranges = state_.filled.ranges();
        *count = static_cast<DWORD>(ranges.size());
        *out =
            static_cast<BG_FILE_RANGE*>(CoTaskMemAlloc(ranges.size() * sizeof(BG_FILE_RANGE) + 1));
        if (!ranges.empty())
            std::memcpy(*out, ranges.data(), ranges.size() * sizeof(BG_FILE_RANGE));
        return S_OK;
    }

    /// As bitscb3_cancel_ranges().
    static HRESULT withdraw(IBackgroundCopyFile* file, DWORD count,
                            const BG_FILE_RANGE* ranges) noexcept {
        FileState& state = static_cast<FileObject*>(file)->state_;
        const std::lock_guard lock(state.mutex);
        for (DWORD i = 0; i < count; ++i)
            state.requested.erase({ranges[i].InitialOffset, ranges[i].Length});
        return S_OK;
    }

  private:
    FileState& state_;
};

class FileList final : public ComObject<IEnumBackgroundCopyFiles> {
  public:
    explicit FileList(ComPtr<IBackgroundCopyFile> file) : file_(std::move(file)) {}
    HRESULT STDMETHODCALLTYPE Next(ULONG, IBackgroundCopyFile** out,
                                   ULONG* fetched) noexcept override {
        *out = file_.detach();
        if (fetched != nullptr) *fetched = *out != nullptr ? 1 : 0;
        return *out != nullptr ? S_OK : S_FALSE;
    }
    HRESULT STDMETHODCALLTYPE Skip(ULONG) noexcept override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE Reset() noexcept override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE Clone(IEnumBackgroundCopyFiles**) noexcept override {
        return E_NOTIMPL;
    }
    HRESULT STDMETHODCALLTYPE GetCount(ULONG* out) noexcept override {
        *out = 1;
        return S_OK;
    }

  private:
    ComPtr<IBackgroundCopyFile> file_;
};

class Job final : public ComObject<IBackgroundCopyJob> {
  public:
    FileState state;
    std::atomic<BG_JOB_STATE> job_state{BG_JOB_STATE_TRANSFERRING};
    std::atomic<ULONG> flags{3};
    std::atomic<int> resumed{0};
    std::atomic<HRESULT> answer{S_OK};       // of GetState()
    std::function<void()> on_resume = [] {}; // what Resume does besides counting

    Job() : file_(ComPtr<IBackgroundCopyFile>::adopt(new FileObject(state))) {}

    /// Bytes reach the disk, and the callback hears of it.
    void arrive(Range range) {
        {
            const std::lock_guard lock(state.mutex);
            state.filled.insert(range);
        }
        const BG_FILE_RANGE reported = {range.offset, range.length};
        const auto [callback, file] = target();
        if (callback) callback->FileRangesTransferred(this, file.get(), 1, &reported);
    }
    /// Bytes reach the disk and nobody is told.
    void arrive_unheard(Range range) {
        const std::lock_guard lock(state.mutex);
        state.filled.insert(range);
    }
    void modified() {
        if (const auto callback = target().first) callback->JobModification(this, 0);
    }
    [[nodiscard]] ComPtr<IBackgroundCopyCallback3> callback() { return target().first; }
    /// The remote file changed: another version, another file object.
    void restart() {
        const std::lock_guard lock(state.mutex);
        state.filled.clear();
        const std::string etag = std::to_string(++version_);
        state.headers = "HTTP/1.1 206 Partial Content\r\nETag: \"" + etag + "\"\r\n\r\n";
        file_ = ComPtr<IBackgroundCopyFile>::adopt(new FileObject(state));
    }
    /// The same version of the remote file, another object for it.
    void renew_file() {
        const std::lock_guard lock(state.mutex);
        file_ = ComPtr<IBackgroundCopyFile>::adopt(new FileObject(state));
    }
    void finish() {
        job_state = BG_JOB_STATE_TRANSFERRED;
        const auto [callback, file] = target();
        if (!callback) return;
        callback->FileTransferred(this, file.get());
        callback->JobTransferred(this);
    }

    HRESULT STDMETHODCALLTYPE EnumFiles(IEnumBackgroundCopyFiles** out) noexcept override {
        *out = make_com<FileList>(target().second).detach();
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Resume() noexcept override {
        ++resumed;
        on_resume();
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Suspend() noexcept override {
        job_state = BG_JOB_STATE_SUSPENDED;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE GetState(BG_JOB_STATE* out) noexcept override {
        *out = job_state;
        return answer;
    }
    HRESULT STDMETHODCALLTYPE SetNotifyFlags(ULONG value) noexcept override {
        const std::lock_guard lock(state.mutex);
        if (state.is_old && (value & BG_NOTIFY_FILE_RANGES_TRANSFERRED) != 0) return E_NOTIMPL;
        flags = value;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE SetNotifyInterface(IUnknown* object) noexcept override {
        ComPtr<IBackgroundCopyCallback3> next =
            ComPtr<IUnknown>::share(object).query<IBackgroundCopyCallback3>();
        const std::lock_guard lock(state.mutex);
        std::swap(callback_, next);
        return S_OK;
    }

    HRESULT STDMETHODCALLTYPE GetProgress(BG_JOB_PROGRESS* out) noexcept override {
        const std::lock_guard lock(state.mutex);
        const ULONG done = job_state == BG_JOB_STATE_TRANSFERRED ? 1 : 0;
        *out = {state.size, state.filled.bytes(), 1, done};
        return S_OK;
    }

    // Not part of the play.
    HRESULT STDMETHODCALLTYPE AddFileSet(ULONG, BG_FILE_INFO*) noexcept override {
        return E_NOTIMPL;
    }
    HRESULT STDMETHODCALLTYPE AddFile(LPCWSTR, LPCWSTR) noexcept override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE Cancel() noexcept override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE Complete() noexcept override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE GetId(GUID*) noexcept override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE GetType(BG_JOB_TYPE*) noexcept override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE GetTimes(BG_JOB_TIMES*) noexcept override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE GetError(IBackgroundCopyError**) noexcept override {
        return E_NOTIMPL;
    }
    HRESULT STDMETHODCALLTYPE GetOwner(LPWSTR*) noexcept override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE SetDisplayName(LPCWSTR) noexcept override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE GetDisplayName(LPWSTR*) noexcept override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE SetDescription(LPCWSTR) noexcept override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE GetDescription(LPWSTR*) noexcept override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE SetPriority(BG_JOB_PRIORITY) noexcept override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE GetPriority(BG_JOB_PRIORITY*) noexcept override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE GetNotifyFlags(ULONG*) noexcept override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE GetNotifyInterface(IUnknown**) noexcept override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE SetMinimumRetryDelay(ULONG) noexcept override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE GetMinimumRetryDelay(ULONG*) noexcept override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE SetNoProgressTimeout(ULONG) noexcept override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE GetNoProgressTimeout(ULONG*) noexcept override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE GetErrorCount(ULONG*) noexcept override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE SetProxySettings(BG_JOB_PROXY_USAGE, const WCHAR*,
                                               const WCHAR*) noexcept override {
        return E_NOTIMPL;
    }
    HRESULT STDMETHODCALLTYPE GetProxySettings(BG_JOB_PROXY_USAGE*, LPWSTR*,
                                               LPWSTR*) noexcept override {
        return E_NOTIMPL;
    }
    HRESULT STDMETHODCALLTYPE TakeOwnership() noexcept override { return E_NOTIMPL; }

  private:
    [[nodiscard]] std::pair<ComPtr<IBackgroundCopyCallback3>, ComPtr<IBackgroundCopyFile>>
    target() {
        const std::lock_guard lock(state.mutex);
        return {callback_, file_};
    }

    int version_ = 1; // of the remote file
    ComPtr<IBackgroundCopyCallback3> callback_;
    ComPtr<IBackgroundCopyFile> file_;
};

} // namespace bitscb3::fake
