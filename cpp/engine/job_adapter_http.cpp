// SPDX-License-Identifier: MIT
// job_adapter_http.cpp - IBackgroundCopyJobHttpOptions to HttpOptions3 and IBitsTokenOptions; see
// job_adapter.hpp.

#include "engine/certificate.hpp"
#include "engine/file_life.hpp"
#include "engine/http_setup.hpp"
#include "engine/job_adapter.hpp"
#include "engine/url.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace bitscb3 {

namespace {

constexpr HRESULT kNullPointer = static_cast<HRESULT>(0x800706F4u); // RPC_X_NULL_REF_POINTER
constexpr HRESULT kBadStub = static_cast<HRESULT>(0x800706F7u);     // RPC_X_BAD_STUB_DATA
constexpr std::size_t kMostHeaderChars = 16'384;                    // with the NUL
constexpr std::size_t kMostSubjectChars = 256;
constexpr std::size_t kHashBytes = 20; // SHA-1
constexpr char kDefaultMethod[] = "GET";

bool is_method(const std::string& text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
    });
}

} // namespace

// Certificates come from a PEM file, whose path stands for the name of a store.

HRESULT JobAdapter::set_certificate(ClientCertificate wanted) noexcept {
    return guarded([&] {
        const auto number = static_cast<unsigned>(wanted.location);
        if (number > BG_CERT_STORE_LOCATION_LOCAL_MACHINE_ENTERPRISE) return E_NOTIMPL;
        if (const HRESULT found = find_certificate(wanted); FAILED(found)) return found;
        return set_http([&](HttpOptions& options) { options.certificate = std::move(wanted); });
    });
}

HRESULT JobAdapter::SetClientCertificateByID(BG_CERT_STORE_LOCATION location, LPCWSTR store,
                                             byte* hash) noexcept {
    if (store == nullptr || hash == nullptr) return kNullPointer;
    return guarded([&] {
        const std::string bytes(reinterpret_cast<const char*>(hash), kHashBytes);
        return set_certificate({location, to_utf8(store), "", bytes});
    });
}

HRESULT JobAdapter::SetClientCertificateByName(BG_CERT_STORE_LOCATION location, LPCWSTR store,
                                               LPCWSTR subject) noexcept {
    if (store == nullptr || subject == nullptr) return kNullPointer;
    if (length_of(subject) > kMostSubjectChars) return BG_E_STRING_TOO_LONG;
    return guarded(
        [&] { return set_certificate({location, to_utf8(store), to_utf8(subject), ""}); });
}

HRESULT JobAdapter::RemoveClientCertificate() noexcept {
    bool found = false;
    const HRESULT result = set_http([&](HttpOptions& options) {
        found = options.certificate.has_value();
        options.certificate.reset();
    });
    return result == S_OK && !found ? S_FALSE : result;
}

HRESULT JobAdapter::GetClientCertificate(BG_CERT_STORE_LOCATION* location, LPWSTR* store,
                                         byte** hash, LPWSTR* subject) noexcept {
    if (location == nullptr || store == nullptr || hash == nullptr || subject == nullptr) {
        return kNullPointer;
    }
    *store = nullptr;
    *hash = nullptr;
    *subject = nullptr;
    return read([&](const Job& job) {
        if (!job.http->certificate) return kBadStub;
        const ClientCertificate& certificate = *job.http->certificate;
        *location = certificate.location;
        *store = to_task_string(certificate.store);
        *subject = to_task_string(certificate.subject);
        *hash = static_cast<byte*>(CoTaskMemAlloc(kHashBytes));
        if (*store != nullptr && *subject != nullptr && *hash != nullptr) {
            std::memcpy(*hash, certificate.hash.data(), kHashBytes);
            return S_OK;
        }
        CoTaskMemFree(std::exchange(*store, nullptr));
        CoTaskMemFree(std::exchange(*subject, nullptr));
        CoTaskMemFree(std::exchange(*hash, nullptr));
        return E_OUTOFMEMORY;
    });
}

HRESULT JobAdapter::SetCustomHeaders(LPCWSTR headers) noexcept {
    if (headers != nullptr && length_of(headers) >= kMostHeaderChars) return BG_E_STRING_TOO_LONG;
    return guarded([&] {
        std::string text = headers != nullptr ? to_utf8(headers) : "";
        if (const HRESULT good = check_custom_headers(text); FAILED(good)) return good;
        return set_http([&](HttpOptions& options) { options.headers = std::move(text); });
    });
}

HRESULT JobAdapter::GetCustomHeaders(LPWSTR* out) noexcept {
    if (out == nullptr) return kNullPointer;
    *out = nullptr;
    return read([&](const Job& job) {
        if (job.http->headers_write_only || !engine_->is_owner(job)) return E_ACCESSDENIED;
        if (job.http->headers.empty()) return S_FALSE;
        *out = to_task_string(job.http->headers);
        return *out != nullptr ? S_OK : E_OUTOFMEMORY;
    });
}

HRESULT JobAdapter::SetSecurityFlags(ULONG flags) noexcept {
    const ULONG policy = flags & BG_HTTP_REDIRECT_POLICY_MASK;
    const bool one = (policy & (policy - 1)) == 0; // or none
    if ((flags & ~known_security_flags()) != 0 || !one) return E_NOTIMPL;
    return change(Call::kSet, [&](Job& job) {
        const bool checks = (flags & ~job.http->security_flags & BG_SSL_ENABLE_CRL_CHECK) != 0;
        change_http(job, [&](HttpOptions& options) { options.security_flags = flags; });
        // BITS: what came from a server that was not checked begins anew.
        for (const auto& file : job.files) {
            const bool secure = parse_url(file->remote).scheme == Url::Scheme::kHttps;
            const bool begun = !file->filled.empty() && !file->complete();
            if (checks && secure && begun) restart(engine_->model(), job_, *file);
        }
        touch(engine_->model(), job_);
        return S_OK;
    });
}

HRESULT JobAdapter::GetSecurityFlags(ULONG* out) noexcept {
    if (out == nullptr) return kNullPointer;
    return get(out, [](const Job& job) { return ULONG{job.http->security_flags}; });
}

HRESULT JobAdapter::SetHttpMethod(LPCWSTR method) noexcept {
    if (method == nullptr) return E_INVALIDARG;
    return change(Call::kSet, [&](Job& job) {
        std::string text = to_utf8(method);
        if (!is_method(text)) return E_INVALIDARG;
        if (text == kDefaultMethod) text.clear();
        if (text == job.http->method) return S_OK;
        if (job.resumed) return BG_E_READ_ONLY_PROPERTY_AFTER_RESUME;
        const bool pieces = std::any_of(job.files.begin(), job.files.end(),
                                        [](const auto& file) { return !file->pieces.empty(); });
        if (job.dynamic_content || job.on_demand || pieces) {
            return BG_E_NOT_SUPPORTED_WITH_CUSTOM_HTTP_METHOD;
        }
        change_http(job, [&](HttpOptions& options) { options.method = std::move(text); });
        if (!job.http->method.empty()) job.priority = BG_JOB_PRIORITY_FOREGROUND;
        touch(engine_->model(), job_);
        return S_OK;
    });
}

HRESULT JobAdapter::GetHttpMethod(LPWSTR* out) noexcept {
    if (out == nullptr) return kNullPointer;
    *out = nullptr;
    return read([&](const Job& job) {
        const std::string& method = job.http->method;
        *out = to_task_string(method.empty() ? kDefaultMethod : method);
        return *out != nullptr ? S_OK : E_OUTOFMEMORY;
    });
}

HRESULT JobAdapter::SetServerCertificateValidationInterface(IUnknown* object) noexcept {
    using Judge = IBackgroundCopyServerCertificateValidationCallback;
    auto judge = ComPtr<IUnknown>::share(object).query<Judge>();
    if (object != nullptr && !judge) return E_NOINTERFACE;
    JudgePtr next;
    const HRESULT made = guarded([&] {
        if (judge) next = std::make_shared<const ComPtr<Judge>>(std::move(judge));
        return S_OK;
    });
    if (FAILED(made)) return made;
    // `next` leaves with the former object, which is released after the mutex.
    return change(Call::kSetCertificateCallback, [&](Job& job) {
        change_http(job, [&](HttpOptions& options) { options.asks_certificate = next != nullptr; });
        std::swap(job.certificates.callback, next);
        job.certificates.accepted = std::make_shared<const CertificateSet>();
        job.certificates.asking = false;
        touch(engine_->model(), job_);
        return S_OK;
    });
}

HRESULT JobAdapter::MakeCustomHeadersWriteOnly() noexcept {
    (void)set_http([](HttpOptions& options) { options.headers_write_only = true; });
    return S_OK; // BITS: always
}

// Helper tokens are Windows': here a job runs as the user whose process runs it, so the flags are
// kept and there is no token.

HRESULT JobAdapter::SetHelperTokenFlags(DWORD flags) noexcept {
    if ((flags & ~DWORD{BG_TOKEN_LOCAL_FILE | BG_TOKEN_NETWORK}) != 0) return E_INVALIDARG;
    return set([&](Job& job) { job.helper_token_flags = flags; });
}

HRESULT JobAdapter::GetHelperTokenFlags(DWORD* out) noexcept {
    return get(out, [](const Job& job) { return DWORD{job.helper_token_flags}; });
}

HRESULT JobAdapter::SetHelperToken() noexcept {
    return E_NOTIMPL;
}

HRESULT JobAdapter::ClearHelperToken() noexcept {
    return set([](Job&) {}); // there is none
}

HRESULT JobAdapter::GetHelperTokenSid(LPWSTR* out) noexcept {
    if (out == nullptr) return E_INVALIDARG;
    *out = nullptr;
    return BG_E_NOT_FOUND;
}

} // namespace bitscb3
