// SPDX-License-Identifier: MIT
// job_adapter.cpp - IBackgroundCopyJob; see job_adapter.hpp.

#include "engine/job_adapter.hpp"

#include "engine/enumerator.hpp"
#include "engine/error_adapter.hpp"
#include "engine/file_adapter.hpp"
#include "engine/new_file.hpp"

#include <algorithm>
#include <utility>

namespace bitscb3 {

namespace {

constexpr std::size_t kMostNameChars = 256;
constexpr std::size_t kMostDescriptionChars = 1024;
constexpr std::size_t kMostProxyChars = 4000; // of either list
constexpr ULONG kAllNotifyFlags = BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR |
                                  BG_NOTIFY_DISABLE | BG_NOTIFY_JOB_MODIFICATION |
                                  BG_NOTIFY_FILE_TRANSFERRED | BG_NOTIFY_FILE_RANGES_TRANSFERRED;
constexpr ULONG kLeastRetryDelay = 5; // seconds

FILETIME to_filetime(FileTime ticks) noexcept {
    return {static_cast<DWORD>(ticks), static_cast<DWORD>(ticks >> 32)};
}

} // namespace

ComPtr<IBackgroundCopyJob> make_job_object(EnginePtr engine, const JobPtr& job) {
    if (!engine) return {};
    return ComPtr<IBackgroundCopyJob>::adopt(make_com<JobAdapter>(std::move(engine), job).detach());
}

HRESULT JobAdapter::AddFileSet(ULONG count, BG_FILE_INFO* files) noexcept {
    if (count == 0 || files == nullptr) return E_INVALIDARG;
    const bitscb3_settings& settings = engine_->model().settings;
    return guarded([&] {
        std::vector<NewFile> checked(count);
        std::string folder;
        for (ULONG i = 0; i < count; ++i) {
            const HRESULT good = check_new_file(settings, files[i].RemoteName, files[i].LocalName,
                                                checked[i], folder);
            if (FAILED(good)) return good;
        }
        return change(Call::kAddFile,
                      [&](Job&) { return add_files(engine_->model(), job_, std::move(checked)); });
    });
}

HRESULT JobAdapter::AddFile(LPCWSTR remote, LPCWSTR local) noexcept {
    BG_FILE_INFO info = {const_cast<LPWSTR>(remote), const_cast<LPWSTR>(local)};
    return AddFileSet(1, &info);
}

HRESULT JobAdapter::EnumFiles(IEnumBackgroundCopyFiles** out) noexcept {
    if (out == nullptr) return E_INVALIDARG;
    *out = nullptr;
    std::size_t count = 0;
    const HRESULT result = read([&](const Job& job) {
        count = job.files.size();
        return S_OK;
    });
    if (FAILED(result)) return result;
    return guarded([&] {
        using Files = Enumerator<IEnumBackgroundCopyFiles, IBackgroundCopyFile>;
        const auto make = [engine = engine_, job = job_](std::size_t i) {
            return make_file_object(engine, job, static_cast<std::uint32_t>(i));
        };
        *out = make_com<Files>(count, make).detach();
        return S_OK;
    });
}

HRESULT JobAdapter::Suspend() noexcept {
    return change(Call::kSuspend, [this](Job&) { return suspend(engine_->model(), job_); });
}

HRESULT JobAdapter::Resume() noexcept {
    return guarded([this] { return engine_->resume_job(job_); });
}

HRESULT JobAdapter::Cancel() noexcept {
    return guarded([this] {
        const HRESULT leased = engine_->lease(job_);
        return FAILED(leased) ? leased : engine_->cancel(job_);
    });
}

HRESULT JobAdapter::Complete() noexcept {
    return guarded([this] {
        const HRESULT leased = engine_->lease(job_);
        return FAILED(leased) ? leased : engine_->complete(job_);
    });
}

HRESULT JobAdapter::GetId(GUID* out) noexcept {
    if (out == nullptr) return E_INVALIDARG;
    *out = job_->id;
    return S_OK;
}

HRESULT JobAdapter::GetType(BG_JOB_TYPE* out) noexcept {
    return get(out, [](const Job& job) { return job.type; });
}

HRESULT JobAdapter::GetProgress(BG_JOB_PROGRESS* out) noexcept {
    return get(out, [](const Job& job) {
        BG_JOB_PROGRESS progress = {};
        progress.FilesTotal = static_cast<ULONG>(job.files.size());
        bool known = true;
        for (const auto& file : job.files) {
            known = known && file->size_known();
            progress.BytesTotal += file->wanted_bytes();
            progress.BytesTransferred += file->filled.bytes();
            if (file->complete()) ++progress.FilesTransferred;
        }
        if (!known) progress.BytesTotal = BG_SIZE_UNKNOWN;
        return progress;
    });
}

HRESULT JobAdapter::GetTimes(BG_JOB_TIMES* out) noexcept {
    return get(out, [](const Job& job) {
        return BG_JOB_TIMES{to_filetime(job.created), to_filetime(job.modified),
                            to_filetime(job.transferred)};
    });
}

HRESULT JobAdapter::GetState(BG_JOB_STATE* out) noexcept {
    return get(out, [](const Job& job) { return job.state; });
}

HRESULT JobAdapter::GetError(IBackgroundCopyError** out) noexcept {
    if (out == nullptr) return E_INVALIDARG;
    *out = nullptr;
    ErrorRecord error;
    const HRESULT result = read([&error](const Job& job) -> HRESULT {
        if (!job.error || job.state == BG_JOB_STATE_TRANSFERRING) {
            return BG_E_ERROR_INFORMATION_UNAVAILABLE;
        }
        error = job.error_record();
        return S_OK;
    });
    if (FAILED(result)) return result;
    return guarded([&] {
        *out = make_error_object(engine_, job_, std::move(error)).detach();
        return S_OK;
    });
}

HRESULT JobAdapter::GetOwner(LPWSTR* out) noexcept {
    return get_text(out, &JobRecord::owner);
}

HRESULT JobAdapter::SetDisplayName(LPCWSTR text) noexcept {
    if (text == nullptr) return E_INVALIDARG;
    if (length_of(text) > kMostNameChars) return BG_E_STRING_TOO_LONG;
    return set([&](Job& job) { job.name = to_utf8(text); });
}

HRESULT JobAdapter::GetDisplayName(LPWSTR* out) noexcept {
    return get_text(out, &JobRecord::name);
}

HRESULT JobAdapter::SetDescription(LPCWSTR text) noexcept {
    if (text == nullptr) return E_INVALIDARG;
    if (length_of(text) > kMostDescriptionChars) return BG_E_STRING_TOO_LONG;
    return set([&](Job& job) { job.description = to_utf8(text); });
}

HRESULT JobAdapter::GetDescription(LPWSTR* out) noexcept {
    return get_text(out, &JobRecord::description);
}

HRESULT JobAdapter::SetPriority(BG_JOB_PRIORITY value) noexcept {
    const auto number = static_cast<unsigned>(value);
    if (number > static_cast<unsigned>(BG_JOB_PRIORITY_LOW)) return E_NOTIMPL;
    return change(Call::kSet, [&](Job& job) {
        // A method of the client's own holds the job in the foreground.
        if (!job.http->method.empty() && value != BG_JOB_PRIORITY_FOREGROUND) {
            return BG_E_NOT_SUPPORTED_WITH_CUSTOM_HTTP_METHOD;
        }
        job.priority = value;
        touch(engine_->model(), job_);
        engine_->model().wake_loop();
        return S_OK;
    });
}

HRESULT JobAdapter::GetPriority(BG_JOB_PRIORITY* out) noexcept {
    return get(out, [](const Job& job) { return job.priority; });
}

HRESULT JobAdapter::SetNotifyFlags(ULONG flags) noexcept {
    if ((flags & ~kAllNotifyFlags) != 0) return E_NOTIMPL;
    return change(Call::kSet, [&](Job& job) {
        job.notify_flags = flags;
        if (!job.wants_ranges()) {
            for (auto& file : job.files) file->pending.clear();
        }
        touch(engine_->model(), job_, false);
        finish_settling(engine_->model(), job_);
        return S_OK;
    });
}

HRESULT JobAdapter::GetNotifyFlags(ULONG* out) noexcept {
    return get(out, [](const Job& job) { return static_cast<ULONG>(job.notify_flags); });
}

HRESULT JobAdapter::set_notify(NotifyPtr next) noexcept {
    // `next` leaves with the former object, which is released after the mutex.
    return change(Call::kSet, [&](Job& job) {
        std::swap(job.notify, next);
        job.end_delivered = false;
        job.method_failed = false;
        ++job.end_number;
        job.notify_not_before = {};
        job.notify_backoff = {};
        if (!job.wants_ranges()) {
            for (auto& file : job.files) file->pending.clear();
        }
        engine_->model().wake_notifier(job_);
        finish_settling(engine_->model(), job_);
        return S_OK;
    });
}

HRESULT JobAdapter::SetNotifyInterface(IUnknown* object) noexcept {
    NotifyInterface next;
    next.object = ComPtr<IUnknown>::share(object);
    next.callback3 = next.object.query<IBackgroundCopyCallback3>();
    next.callback2 = next.object.query<IBackgroundCopyCallback2>();
    next.callback = next.object.query<IBackgroundCopyCallback>();
    if (object != nullptr && !next.callback) return E_NOINTERFACE;
    return guarded([&] { return set_notify(std::make_shared<NotifyInterface>(std::move(next))); });
}

HRESULT JobAdapter::GetNotifyInterface(IUnknown** out) noexcept {
    if (out == nullptr) return E_INVALIDARG;
    NotifyPtr notify;
    const HRESULT result = read([&](const Job& job) {
        notify = job.notify;
        return S_OK;
    });
    *out = notify ? ComPtr<IUnknown>(notify->object).detach() : nullptr;
    return result;
}

HRESULT JobAdapter::SetMinimumRetryDelay(ULONG seconds) noexcept {
    return set([&](Job& job) { job.minimum_retry_delay_s = std::max(seconds, kLeastRetryDelay); });
}

HRESULT JobAdapter::GetMinimumRetryDelay(ULONG* out) noexcept {
    return get(out, [](const Job& job) { return ULONG{job.minimum_retry_delay_s}; });
}

HRESULT JobAdapter::SetNoProgressTimeout(ULONG seconds) noexcept {
    return set([&](Job& job) {
        job.no_progress_timeout_s = seconds;
        engine_->model().wake_loop();
    });
}

HRESULT JobAdapter::GetNoProgressTimeout(ULONG* out) noexcept {
    return get(out, [](const Job& job) { return ULONG{job.no_progress_timeout_s}; });
}

HRESULT JobAdapter::GetErrorCount(ULONG* out) noexcept {
    return get(out, [](const Job& job) { return ULONG{job.error_count}; });
}

HRESULT JobAdapter::SetProxySettings(BG_JOB_PROXY_USAGE usage, const WCHAR* list,
                                     const WCHAR* bypass) noexcept {
    const auto number = static_cast<unsigned>(usage);
    if (number > static_cast<unsigned>(BG_JOB_PROXY_USAGE_AUTODETECT)) return E_NOTIMPL;
    const bool overrides = usage == BG_JOB_PROXY_USAGE_OVERRIDE;
    if (overrides ? list == nullptr : list != nullptr || bypass != nullptr) return E_INVALIDARG;
    if (overrides && length_of(list) > kMostProxyChars) return BG_E_PROXY_LIST_TOO_LARGE;
    if (bypass != nullptr && length_of(bypass) > kMostProxyChars) {
        return BG_E_PROXY_BYPASS_LIST_TOO_LARGE;
    }
    return set_http([&](HttpOptions& options) {
        options.proxy_usage = usage;
        options.proxy_list = list != nullptr ? to_utf8(list) : "";
        options.proxy_bypass = bypass != nullptr ? to_utf8(bypass) : "";
    });
}

HRESULT JobAdapter::GetProxySettings(BG_JOB_PROXY_USAGE* usage, LPWSTR* list,
                                     LPWSTR* bypass) noexcept {
    if (usage == nullptr || list == nullptr || bypass == nullptr) return E_INVALIDARG;
    *list = nullptr;
    *bypass = nullptr;
    return read([&](const Job& job) {
        const HttpOptions& options = *job.http;
        *usage = options.proxy_usage;
        if (options.proxy_usage != BG_JOB_PROXY_USAGE_OVERRIDE) return S_OK;
        *list = to_task_string(options.proxy_list);
        if (*list == nullptr) return E_OUTOFMEMORY;
        if (options.proxy_bypass.empty()) return S_OK;
        *bypass = to_task_string(options.proxy_bypass);
        if (*bypass != nullptr) return S_OK;
        CoTaskMemFree(std::exchange(*list, nullptr));
        return E_OUTOFMEMORY;
    });
}

HRESULT JobAdapter::TakeOwnership() noexcept {
    return guarded([this] { return engine_->take_ownership(job_); });
}

} // namespace bitscb3
