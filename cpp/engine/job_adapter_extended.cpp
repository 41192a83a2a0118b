// SPDX-License-Identifier: MIT
// job_adapter_extended.cpp - IBackgroundCopyJob2 to Job5; see job_adapter.hpp.

#include "engine/job_adapter.hpp"

#include <algorithm>

namespace bitscb3 {

namespace {

HRESULT give_empty(LPWSTR* out) noexcept {
    if (out == nullptr) return E_INVALIDARG;
    *out = to_task_string("");
    return *out != nullptr ? S_OK : E_OUTOFMEMORY;
}

} // namespace

// ---- IBackgroundCopyJob2 ----

HRESULT JobAdapter::SetNotifyCmdLine(LPCWSTR, LPCWSTR) noexcept {
    return E_NOTIMPL;
}

HRESULT JobAdapter::GetNotifyCmdLine(LPWSTR* program, LPWSTR* parameters) noexcept {
    const HRESULT first = give_empty(program);
    return FAILED(first) ? first : give_empty(parameters);
}

// Replies belong to upload-reply jobs; a download job answers E_NOTIMPL.
HRESULT JobAdapter::GetReplyProgress(BG_JOB_REPLY_PROGRESS*) noexcept {
    return E_NOTIMPL;
}

HRESULT JobAdapter::GetReplyData(byte** buffer, UINT64* length) noexcept {
    if (buffer != nullptr) *buffer = nullptr;
    if (length != nullptr) *length = 0;
    return E_NOTIMPL;
}

HRESULT JobAdapter::SetReplyFileName(LPCWSTR) noexcept {
    return E_NOTIMPL;
}

HRESULT JobAdapter::GetReplyFileName(LPWSTR* out) noexcept {
    if (out != nullptr) *out = nullptr;
    return E_NOTIMPL;
}

HRESULT JobAdapter::SetCredentials(BG_AUTH_CREDENTIALS*) noexcept {
    return E_NOTIMPL;
}

HRESULT JobAdapter::RemoveCredentials(BG_AUTH_TARGET, BG_AUTH_SCHEME) noexcept {
    return change([](Job&) { return S_FALSE; }); // none is ever set
}

// ---- IBackgroundCopyJob3 ----

HRESULT JobAdapter::ReplaceRemotePrefix(LPCWSTR, LPCWSTR) noexcept {
    return E_NOTIMPL;
}

HRESULT JobAdapter::AddFileWithRanges(LPCWSTR, LPCWSTR, DWORD, BG_FILE_RANGE*) noexcept {
    return E_NOTIMPL;
}

HRESULT JobAdapter::SetFileACLFlags(DWORD) noexcept {
    return E_NOTIMPL;
}

HRESULT JobAdapter::GetFileACLFlags(DWORD* out) noexcept {
    return get(out, [](const Job&) { return DWORD{0}; });
}

// ---- IBackgroundCopyJob4 ----

HRESULT JobAdapter::SetPeerCachingFlags(DWORD flags) noexcept {
    return flags == 0 ? S_OK : E_NOTIMPL;
}

HRESULT JobAdapter::GetPeerCachingFlags(DWORD* out) noexcept {
    return get(out, [](const Job&) { return DWORD{0}; });
}

HRESULT JobAdapter::GetOwnerIntegrityLevel(ULONG* out) noexcept {
    constexpr ULONG kMedium = 0x2000; // SECURITY_MANDATORY_MEDIUM_RID
    constexpr ULONG kHigh = 0x3000;   // SECURITY_MANDATORY_HIGH_RID
    return get(out, [=](const Job& job) { return job.owner == "0" ? kHigh : kMedium; });
}

HRESULT JobAdapter::GetOwnerElevationState(BOOL* out) noexcept {
    return get(out, [](const Job& job) { return BOOL{job.owner == "0"}; });
}

HRESULT JobAdapter::SetMaximumDownloadTime(ULONG seconds) noexcept {
    return set([&](Job& job) {
        job.maximum_download_time_s = seconds;
        engine_->model().wake_loop();
    });
}

HRESULT JobAdapter::GetMaximumDownloadTime(ULONG* out) noexcept {
    return get(out, [](const Job& job) { return ULONG{job.maximum_download_time_s}; });
}

// ---- IBackgroundCopyJob5 ----

HRESULT JobAdapter::SetProperty(BITS_JOB_PROPERTY_ID id, BITS_JOB_PROPERTY_VALUE value) noexcept {
    switch (id) {
    case BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS:
        return set([&](Job& job) { job.notification_interval_ms = value.Dword; });
    case BITS_JOB_PROPERTY_ON_DEMAND_MODE:
        return set([&](Job& job) {
            job.on_demand = value.Enable != 0;
            engine_->model().wake_loop();
        });
    case BITS_JOB_PROPERTY_ID_COST_FLAGS:
    case BITS_JOB_PROPERTY_NOTIFICATION_CLSID:
    case BITS_JOB_PROPERTY_DYNAMIC_CONTENT:
    case BITS_JOB_PROPERTY_HIGH_PERFORMANCE:
    case BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE:
    case BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS:
        return E_NOTIMPL;
    }
    return BG_E_UNKNOWN_PROPERTY_ID;
}

HRESULT JobAdapter::GetProperty(BITS_JOB_PROPERTY_ID id, BITS_JOB_PROPERTY_VALUE* out) noexcept {
    return get(out, [id](const Job& job) {
        BITS_JOB_PROPERTY_VALUE value = {};
        if (id == BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS) {
            value.Dword = job.notification_interval_ms;
        } else if (id == BITS_JOB_PROPERTY_ON_DEMAND_MODE) {
            value.Enable = job.on_demand ? 1 : 0;
        } else if (id == BITS_JOB_PROPERTY_ID_COST_FLAGS) {
            value.Dword = BITS_JOB_TRANSFER_POLICY_ALWAYS;
        }
        return value; // the others have their default, which is zero
    });
}

} // namespace bitscb3
