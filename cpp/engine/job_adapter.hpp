// SPDX-License-Identifier: MIT
// job_adapter.hpp - a job of the model as IBackgroundCopyJob to Job5, HttpOptions to HttpOptions3
// and IBitsTokenOptions.

#pragma once

#include "base/com_object.hpp"
#include "engine/job_object.hpp"

namespace bitscb3 {

/// Empty when `engine` is null.
[[nodiscard]] ComPtr<IBackgroundCopyJob> make_job_object(EnginePtr engine, const JobPtr& job);

class JobAdapter;
/// The adapter behind a job; empty when the job is not the embedded BITS'.
[[nodiscard]] ComPtr<JobAdapter> own_job(IBackgroundCopyJob* job);

class JobAdapter final
    : public ComObject<IBackgroundCopyJob5, IBackgroundCopyJobHttpOptions3, IBitsTokenOptions>,
      private JobObject {
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
    HRESULT STDMETHODCALLTYPE SetNotifyCmdLine(LPCWSTR program,
                                               LPCWSTR parameters) noexcept override;
    HRESULT STDMETHODCALLTYPE GetNotifyCmdLine(LPWSTR* program,
                                               LPWSTR* parameters) noexcept override;
    HRESULT STDMETHODCALLTYPE GetReplyProgress(BG_JOB_REPLY_PROGRESS*) noexcept override;
    HRESULT STDMETHODCALLTYPE GetReplyData(byte** buffer, UINT64* length) noexcept override;
    HRESULT STDMETHODCALLTYPE SetReplyFileName(LPCWSTR) noexcept override;
    HRESULT STDMETHODCALLTYPE GetReplyFileName(LPWSTR* out) noexcept override;
    HRESULT STDMETHODCALLTYPE SetCredentials(BG_AUTH_CREDENTIALS* given) noexcept override;
    HRESULT STDMETHODCALLTYPE RemoveCredentials(BG_AUTH_TARGET target,
                                                BG_AUTH_SCHEME scheme) noexcept override;
    HRESULT STDMETHODCALLTYPE ReplaceRemotePrefix(LPCWSTR before, LPCWSTR after) noexcept override;
    HRESULT STDMETHODCALLTYPE AddFileWithRanges(LPCWSTR remote, LPCWSTR local, DWORD count,
                                                BG_FILE_RANGE* ranges) noexcept override;
    HRESULT STDMETHODCALLTYPE SetFileACLFlags(DWORD flags) noexcept override;
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

    // IBackgroundCopyJobHttpOptions to HttpOptions3 (job_adapter_http.cpp)
    HRESULT STDMETHODCALLTYPE SetClientCertificateByID(BG_CERT_STORE_LOCATION location,
                                                       LPCWSTR store, byte* hash) noexcept override;
    HRESULT STDMETHODCALLTYPE SetClientCertificateByName(BG_CERT_STORE_LOCATION location,
                                                         LPCWSTR store,
                                                         LPCWSTR subject) noexcept override;
    HRESULT STDMETHODCALLTYPE RemoveClientCertificate() noexcept override;
    HRESULT STDMETHODCALLTYPE GetClientCertificate(BG_CERT_STORE_LOCATION* location, LPWSTR* store,
                                                   byte** hash, LPWSTR* subject) noexcept override;
    HRESULT STDMETHODCALLTYPE SetCustomHeaders(LPCWSTR headers) noexcept override;
    HRESULT STDMETHODCALLTYPE GetCustomHeaders(LPWSTR* out) noexcept override;
    HRESULT STDMETHODCALLTYPE SetSecurityFlags(ULONG flags) noexcept override;
    HRESULT STDMETHODCALLTYPE GetSecurityFlags(ULONG* out) noexcept override;
    HRESULT STDMETHODCALLTYPE SetHttpMethod(LPCWSTR method) noexcept override;
    HRESULT STDMETHODCALLTYPE GetHttpMethod(LPWSTR* out) noexcept override;
    HRESULT STDMETHODCALLTYPE
    SetServerCertificateValidationInterface(IUnknown* object) noexcept override;
    HRESULT STDMETHODCALLTYPE MakeCustomHeadersWriteOnly() noexcept override;

    // IBitsTokenOptions (job_adapter_http.cpp)
    HRESULT STDMETHODCALLTYPE SetHelperTokenFlags(DWORD flags) noexcept override;
    HRESULT STDMETHODCALLTYPE GetHelperTokenFlags(DWORD* out) noexcept override;
    HRESULT STDMETHODCALLTYPE SetHelperToken() noexcept override;
    HRESULT STDMETHODCALLTYPE ClearHelperToken() noexcept override;
    HRESULT STDMETHODCALLTYPE GetHelperTokenSid(LPWSTR* out) noexcept override;

    // Of the embedded BITS alone, see bitscb3/engine.h (job_adapter_own.cpp)
    [[nodiscard]] HRESULT SetRateLimit(std::uint64_t rate) noexcept;
    [[nodiscard]] HRESULT GetRateLimit(std::uint64_t* out) const noexcept;
    [[nodiscard]] HRESULT GetReceived(std::uint64_t* out) const noexcept;
    /// Also answers to kOwnId, with itself and no more than that: it stays inside the engine.
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** out) noexcept override;

    // 0f2f1c0d-6f4e-4a62-9f0b-57f3f0f1b7c2
    static constexpr IID kOwnId = {
        0x0f2f1c0d, 0x6f4e, 0x4a62, {0x9f, 0x0b, 0x57, 0xf3, 0xf0, 0xf1, 0xb7, 0xc2}};

  private:
    [[nodiscard]] HRESULT set_certificate(ClientCertificate wanted) noexcept;
    [[nodiscard]] HRESULT set_notify(NotifyPtr next) noexcept;
};

} // namespace bitscb3
