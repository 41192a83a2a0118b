// SPDX-License-Identifier: MIT
// job_adapter_extended.cpp - IBackgroundCopyJob2 to Job5; see job_adapter.hpp.

#include "engine/file_life.hpp"
#include "engine/http_setup.hpp"
#include "engine/job_adapter.hpp"
#include "engine/job_property.hpp"
#include "engine/new_file.hpp"
#include "engine/path.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace bitscb3 {

namespace {

constexpr std::size_t kMostProgramChars = 260;
constexpr std::size_t kMostParameterChars = 4000;
constexpr std::size_t kMostUserChars = 300;
constexpr std::size_t kMostPasswordChars = 65'536;
constexpr DWORD kAllPeerCaching = BG_JOB_ENABLE_PEERCACHING_CLIENT |
                                  BG_JOB_ENABLE_PEERCACHING_SERVER | BG_JOB_DISABLE_BRANCH_CACHE;

/// Two texts of the job, both or none.
HRESULT give_both(const std::string& first, LPWSTR* out_first, const std::string& second,
                  LPWSTR* out_second) {
    *out_first = to_task_string(first);
    *out_second = to_task_string(second);
    if (*out_first != nullptr && *out_second != nullptr) return S_OK;
    CoTaskMemFree(std::exchange(*out_first, nullptr));
    CoTaskMemFree(std::exchange(*out_second, nullptr));
    return E_OUTOFMEMORY;
}

HRESULT check_kind(BG_AUTH_TARGET target, BG_AUTH_SCHEME scheme) noexcept {
    if (target != BG_AUTH_TARGET_SERVER && target != BG_AUTH_TARGET_PROXY) {
        return BG_E_INVALID_AUTH_TARGET;
    }
    const bool known = scheme >= BG_AUTH_SCHEME_BASIC && scheme <= BG_AUTH_SCHEME_PASSPORT;
    return known ? S_OK : BG_E_INVALID_AUTH_SCHEME;
}

/// Basic, Digest and Passport have to be told who; the others may be who runs this.
HRESULT check_credentials(const BG_AUTH_CREDENTIALS& given) noexcept {
    if (const HRESULT good = check_kind(given.Target, given.Scheme); FAILED(good)) return good;
    const BG_BASIC_CREDENTIALS& login = given.Credentials.Basic;
    const bool implicit = login.UserName == nullptr && login.Password == nullptr;
    const bool may_be =
        given.Scheme == BG_AUTH_SCHEME_NTLM || given.Scheme == BG_AUTH_SCHEME_NEGOTIATE;
    if (implicit && !may_be) return E_INVALIDARG;
    // libcurl does not speak Passport, which no server asks for any more, and not always Kerberos.
    const HRESULT spoken = is_known_scheme(given.Scheme) ? S_OK : E_NOTIMPL;
    if (implicit) return spoken;
    if (login.UserName == nullptr || login.Password == nullptr) return E_INVALIDARG;
    if (length_of(login.UserName) > kMostUserChars) return BG_E_USERNAME_TOO_LARGE;
    if (length_of(login.Password) > kMostPasswordChars) return BG_E_PASSWORD_TOO_LARGE;
    return spoken;
}

std::size_t forget(HttpOptions& options, BG_AUTH_TARGET target, BG_AUTH_SCHEME scheme) {
    return std::erase_if(options.credentials, [&](const Credentials& item) {
        return item.target == target && item.scheme == scheme;
    });
}

} // namespace

// ---- IBackgroundCopyJob2 ----

HRESULT JobAdapter::SetNotifyCmdLine(LPCWSTR program, LPCWSTR parameters) noexcept {
    if (program == nullptr && parameters != nullptr) return E_INVALIDARG;
    if (program != nullptr && length_of(program) > kMostProgramChars) return BG_E_STRING_TOO_LONG;
    if (parameters != nullptr && length_of(parameters) > kMostParameterChars) {
        return BG_E_STRING_TOO_LONG;
    }
    Model& model = engine_->model();
    // A program that a stored job starts is a way in, so the settings have to allow it.
    if (program != nullptr && model.settings.command_lines == 0) return E_ACCESSDENIED;
    return guarded([&] {
        const std::string path = to_utf8(program);
        if (program != nullptr && !is_absolute(path)) return E_INVALIDARG;
        return set([&](Job& job) {
            job.command_program = path;
            job.command_parameters = to_utf8(parameters);
            job.notify_not_before = {};
        });
    });
}

HRESULT JobAdapter::GetNotifyCmdLine(LPWSTR* program, LPWSTR* parameters) noexcept {
    if (program == nullptr || parameters == nullptr) return E_INVALIDARG;
    *program = nullptr;
    *parameters = nullptr;
    return read([&](const Job& job) {
        return give_both(job.command_program, program, job.command_parameters, parameters);
    });
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

HRESULT JobAdapter::SetCredentials(BG_AUTH_CREDENTIALS* given) noexcept {
    if (given == nullptr) return E_INVALIDARG;
    if (const HRESULT good = check_credentials(*given); FAILED(good)) return good;
    const BG_BASIC_CREDENTIALS& login = given->Credentials.Basic;
    return set_http([&](HttpOptions& options) {
        forget(options, given->Target, given->Scheme);
        Credentials& item = options.credentials.emplace_back();
        item.target = given->Target;
        item.scheme = given->Scheme;
        item.implicit = login.UserName == nullptr;
        if (item.implicit) return;
        item.user = to_utf8(login.UserName);
        item.password = to_utf8(login.Password);
    });
}

HRESULT JobAdapter::RemoveCredentials(BG_AUTH_TARGET target, BG_AUTH_SCHEME scheme) noexcept {
    if (const HRESULT good = check_kind(target, scheme); FAILED(good)) return good;
    bool found = false;
    const HRESULT result =
        set_http([&](HttpOptions& options) { found = forget(options, target, scheme) > 0; });
    return result == S_OK && !found ? S_FALSE : result;
}

// ---- IBackgroundCopyJob3 ----

HRESULT JobAdapter::ReplaceRemotePrefix(LPCWSTR before, LPCWSTR after) noexcept {
    if (before == nullptr || after == nullptr || *before == 0 || *after == 0) return E_INVALIDARG;
    Model& model = engine_->model();
    return change(Call::kSet, [&](Job& job) {
        const std::string from = to_utf8(before);
        const std::string to = to_utf8(after);
        bool found = false;
        std::vector<std::pair<File*, std::string>> changes; // all of them or none
        for (const auto& file : job.files) {
            if (file->remote.compare(0, from.size(), from) != 0) continue;
            std::string remote;
            const WideString next = to_utf16(to + file->remote.substr(from.size()));
            const HRESULT good = check_remote(model.settings, next.c_str(), remote);
            if (FAILED(good)) return good;
            found = true;
            if (file->complete()) continue; // what is here is not affected
            changes.emplace_back(file.get(), std::move(remote));
        }
        for (auto& [file, remote] : changes) {
            change_source(model, job_, *file, std::move(remote));
        }
        return found ? S_OK : S_FALSE;
    });
}

HRESULT JobAdapter::AddFileWithRanges(LPCWSTR remote, LPCWSTR local, DWORD count,
                                      BG_FILE_RANGE* ranges) noexcept {
    const bitscb3_settings& settings = engine_->model().settings;
    return guarded([&] {
        std::vector<NewFile> checked(1);
        HRESULT good = check_pieces(settings, count, ranges, checked.front().pieces);
        std::string folder;
        if (SUCCEEDED(good)) {
            good = check_new_file(settings, remote, local, checked.front(), folder);
        }
        if (FAILED(good)) return good;
        if (!checked.front().http) return E_INVALIDARG; // BITS: http and https only
        return change(Call::kAddFile, [&](Job& job) {
            if (job.is_unranged()) return BG_E_UNSUPPORTED_JOB_CONFIGURATION;
            return add_files(engine_->model(), job_, std::move(checked));
        });
    });
}

// Access rights are copied from SMB servers only; the flags are kept, as on any HTTP job of BITS.
HRESULT JobAdapter::SetFileACLFlags(DWORD flags) noexcept {
    if ((flags & ~DWORD{BG_COPY_FILE_ALL}) != 0) return E_INVALIDARG;
    return change(Call::kSetFileAcls, [&](Job& job) {
        job.file_acl_flags = flags;
        touch(engine_->model(), job_);
        return S_OK;
    });
}

HRESULT JobAdapter::GetFileACLFlags(DWORD* out) noexcept {
    return get(out, [](const Job& job) { return DWORD{job.file_acl_flags}; });
}

// ---- IBackgroundCopyJob4 ----

HRESULT JobAdapter::SetPeerCachingFlags(DWORD flags) noexcept {
    if ((flags & ~kAllPeerCaching) != 0) return E_NOTIMPL;
    return set([&](Job& job) { job.peer_caching_flags = flags; });
}

HRESULT JobAdapter::GetPeerCachingFlags(DWORD* out) noexcept {
    return get(out, [](const Job& job) { return DWORD{job.peer_caching_flags}; });
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
    return change(Call::kSet,
                  [&](Job&) { return set_property(engine_->model(), job_, id, value); });
}

HRESULT JobAdapter::GetProperty(BITS_JOB_PROPERTY_ID id, BITS_JOB_PROPERTY_VALUE* out) noexcept {
    if (out == nullptr) return E_INVALIDARG;
    return read([&](const Job& job) { return get_property(job, id, *out); });
}

} // namespace bitscb3
