// SPDX-License-Identifier: MIT
// job_adapter.hpp - IBackgroundCopyJob to Job5 over a job of the model.

#pragma once

#include "base/com_object.hpp"
#include "engine/job_object.hpp"

namespace bitscb3 {

/// Empty when `engine` is null.
[[nodiscard]] ComPtr<IBackgroundCopyJob> make_job_object(EnginePtr engine, const JobPtr& job);

class JobAdapter final : public ComObject<IBackgroundCopyJob5>, private JobObject {
  public:
    using JobObject::JobObject;

    // IBackgroundCopyJob (job_adapter.cpp)
    HRESULT STDMETHODCALLTYPE AddFileSet(ULONG count, BG_FILE_INFO* files) noexcept override;
    HRESULT STDMETHODCALLTYPE AddFile(LPCWSTR remote, LPCWSTR local) noexcept override;
    HRESULT STDMETHODCALLTYPE EnumFiles(IEnumBackgroundCopyFiles** out) noexcept override;
    HRESULT STDMETHODCALLTYPE Suspend() noexcept override;
    HRESULT STDMETHODCALLTYPE Resume() noexcept override;
    HRESULT STDMETHODCALLTYPE Cancel() noexcept override;
    HRESULT STDMETHODCALLTYPE Complete() noexcept override;
    HRESULT STDMETHODCALLTYPE GetId(GUID* out) noexcept override;
    HRESULT STDMETHODCALLTYPE GetType(BG_JOB_TYPE* out) noexcept override;
    HRESULT STDMETHODCALLTYPE GetProgress(BG_JOB_PROGRESS* out) noexcept override;
    HRESULT STDMETHODCALLTYPE GetTimes(BG_JOB_TIMES* out) noexcept override;
    HRESULT STDMETHODCALLTYPE GetState(BG_JOB_STATE* out) noexcept override;
    HRESULT STDMETHODCALLTYPE GetError(IBackgroundCopyError** out) noexcept override;
    HRESULT STDMETHODCALLTYPE GetOwner(LPWSTR* out) noexcept override;
    HRESULT STDMETHODCALLTYPE SetDisplayName(LPCWSTR text) noexcept override;
    HRESULT STDMETHODCALLTYPE GetDisplayName(LPWSTR* out) noexcept override;
    HRESULT STDMETHODCALLTYPE SetDescription(LPCWSTR text) noexcept override;
    HRESULT STDMETHODCALLTYPE GetDescription(LPWSTR* out) noexcept override;
    HRESULT STDMETHODCALLTYPE SetPriority(BG_JOB_PRIORITY value) noexcept override;
    HRESULT STDMETHODCALLTYPE GetPriority(BG_JOB_PRIORITY* out) noexcept override;
    HRESULT STDMETHODCALLTYPE SetNotifyFlags(ULONG flags) noexcept override;
    HRESULT STDMETHODCALLTYPE GetNotifyFlags(ULONG* out) noexcept override;
    HRESULT STDMETHODCALLTYPE SetNotifyInterface(IUnknown* object) noexcept override;
    HRESULT STDMETHODCALLTYPE GetNotifyInterface(IUnknown** out) noexcept override;
    HRESULT STDMETHODCALLTYPE SetMinimumRetryDelay(ULONG seconds) noexcept override;
    HRESULT STDMETHODCALLTYPE GetMinimumRetryDelay(ULONG* out) noexcept override;
    HRESULT STDMETHODCALLTYPE SetNoProgressTimeout(ULONG seconds) noexcept override;
    HRESULT STDMETHODCALLTYPE GetNoProgressTimeout(ULONG* out) noexcept override;
    HRESULT STDMETHODCALLTYPE GetErrorCount(ULONG* out) noexcept override;
    HRESULT STDMETHODCALLTYPE SetProxySettings(BG_JOB_PROXY_USAGE usage, const WCHAR* list,
                                               const WCHAR* bypass) noexcept override;
    HRESULT STDMETHODCALLTYPE GetProxySettings(BG_JOB_PROXY_USAGE* usage, LPWSTR* list,
                                               LPWSTR* bypass) noexcept override;
    HRESULT STDMETHODCALLTYPE TakeOwnership() noexcept override;

    // IBackgroundCopyJob2 to Job5 (job_adapter_extended.cpp)
    HRESULT STDMETHODCALLTYPE SetNotifyCmdLine(LPCWSTR, LPCWSTR) noexcept override;
    HRESULT STDMETHODCALLTYPE GetNotifyCmdLine(LPWSTR* program,
                                               LPWSTR* parameters) noexcept override;
    HRESULT STDMETHODCALLTYPE GetReplyProgress(BG_JOB_REPLY_PROGRESS*) noexcept override;
    HRESULT STDMETHODCALLTYPE GetReplyData(byte** buffer, UINT64* length) noexcept override;
    HRESULT STDMETHODCALLTYPE SetReplyFileName(LPCWSTR) noexcept override;
    HRESULT STDMETHODCALLTYPE GetReplyFileName(LPWSTR* out) noexcept override;
    HRESULT STDMETHODCALLTYPE SetCredentials(BG_AUTH_CREDENTIALS*) noexcept override;
    HRESULT STDMETHODCALLTYPE RemoveCredentials(BG_AUTH_TARGET, BG_AUTH_SCHEME) noexcept override;
    HRESULT STDMETHODCALLTYPE ReplaceRemotePrefix(LPCWSTR, LPCWSTR) noexcept override;
    HRESULT STDMETHODCALLTYPE AddFileWithRanges(LPCWSTR, LPCWSTR, DWORD,
                                                BG_FILE_RANGE*) noexcept override;
    HRESULT STDMETHODCALLTYPE SetFileACLFlags(DWORD) noexcept override;
    HRESULT STDMETHODCALLTYPE GetFileACLFlags(DWORD* out) noexcept override;
    HRESULT STDMETHODCALLTYPE SetPeerCachingFlags(DWORD flags) noexcept override;
    HRESULT STDMETHODCALLTYPE GetPeerCachingFlags(DWORD* out) noexcept override;
    HRESULT STDMETHODCALLTYPE GetOwnerIntegrityLevel(ULONG* out) noexcept override;
    HRESULT STDMETHODCALLTYPE GetOwnerElevationState(BOOL* out) noexcept override;
    HRESULT STDMETHODCALLTYPE SetMaximumDownloadTime(ULONG seconds) noexcept override;
    HRESULT STDMETHODCALLTYPE GetMaximumDownloadTime(ULONG* out) noexcept override;
    HRESULT STDMETHODCALLTYPE SetProperty(BITS_JOB_PROPERTY_ID id,
                                          BITS_JOB_PROPERTY_VALUE value) noexcept override;
    HRESULT STDMETHODCALLTYPE GetProperty(BITS_JOB_PROPERTY_ID id,
                                          BITS_JOB_PROPERTY_VALUE* out) noexcept override;

  private:
    [[nodiscard]] HRESULT set_notify(NotifyPtr next) noexcept;
};

} // namespace bitscb3
