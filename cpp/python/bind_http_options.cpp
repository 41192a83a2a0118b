// SPDX-License-Identifier: MIT
// bind_http_options.cpp - how a job's requests are made: IBackgroundCopyJobHttpOptions to
// HttpOptions3, and the proxy and the logins, which are methods of the job itself.

#include "base/utf16.hpp"
#include "client/strings.hpp"
#include "python/common.hpp"

namespace bitscb3 {

namespace {

constexpr char kSince15[] = "BITS 1.5 (Windows Server 2003)";
constexpr char kSince25[] = "BITS 2.5 (Windows Vista)";
constexpr char kSince5[] = "BITS 5.0 (Windows 8)";
constexpr char kSince102[] = "BITS 10.2 (Windows 10 version 1809)";
constexpr char kSince103[] = "BITS 10.3 (Windows 10 version 1903)";

using Options = IBackgroundCopyJobHttpOptions;
using Options2 = IBackgroundCopyJobHttpOptions2;
using Options3 = IBackgroundCopyJobHttpOptions3;
using MaybeText = std::optional<std::string>;

struct HttpHandle {
    ServicePtr service;
    Held<IBackgroundCopyJob> job;
};

/// A text of the service, freed; nothing for a null pointer.
MaybeText taken(LPWSTR text) {
    if (text == nullptr) return std::nullopt;
    std::string out = to_utf8(text);
    CoTaskMemFree(text);
    return out;
}

const WCHAR* pointer_of(const std::optional<WideString>& text) noexcept {
    return text ? text->c_str() : nullptr;
}

std::optional<WideString> widened(const MaybeText& text) {
    return text ? std::optional(to_utf16(*text)) : std::nullopt;
}

MaybeText headers(const HttpHandle& self) {
    const auto http = need<Options>(self.job, kSince25);
    LPWSTR text = nullptr;
    check(call_service([&] { return http->GetCustomHeaders(&text); }));
    return taken(text);
}

void set_headers(const HttpHandle& self, const MaybeText& text) {
    const auto http = need<Options>(self.job, kSince25);
    const auto wide = widened(text);
    check(call_service([&] { return http->SetCustomHeaders(pointer_of(wide)); }));
}

std::string method(const HttpHandle& self) {
    const auto http = need<Options2>(self.job, kSince102);
    LPWSTR text = nullptr;
    check(call_service([&] { return http->GetHttpMethod(&text); }));
    return taken(text).value_or("");
}

void set_method(const HttpHandle& self, const std::string& text) {
    const auto http = need<Options2>(self.job, kSince102);
    const WideString wide = to_utf16(text);
    check(call_service([&] { return http->SetHttpMethod(wide.c_str()); }));
}

ULONG security_flags(const HttpHandle& self) {
    const auto http = need<Options>(self.job, kSince25);
    ULONG flags = 0;
    check(call_service([&] { return http->GetSecurityFlags(&flags); }));
    return flags;
}

void set_security_flags(const HttpHandle& self, ULONG flags) {
    const auto http = need<Options>(self.job, kSince25);
    check(call_service([&] { return http->SetSecurityFlags(flags); }));
}

py::tuple proxy(const HttpHandle& self) {
    BG_JOB_PROXY_USAGE usage = BG_JOB_PROXY_USAGE_PRECONFIG;
    LPWSTR list = nullptr;
    LPWSTR bypass = nullptr;
    check(call_service([&] { return self.job->GetProxySettings(&usage, &list, &bypass); }));
    return py::make_tuple(static_cast<int>(usage), taken(list), taken(bypass));
}

void set_proxy(const HttpHandle& self, int usage, const MaybeText& list, const MaybeText& bypass) {
    const auto first = widened(list);
    const auto second = widened(bypass);
    check(call_service([&] {
        return self.job->SetProxySettings(static_cast<BG_JOB_PROXY_USAGE>(usage), pointer_of(first),
                                          pointer_of(second));
    }));
}

void set_credentials(const HttpHandle& self, int target, int scheme, const MaybeText& user,
                     const MaybeText& password) {
    const auto job = need<IBackgroundCopyJob2>(self.job, kSince15);
    auto first = widened(user);
    auto second = widened(password);
    BG_AUTH_CREDENTIALS given = {};
    given.Target = static_cast<BG_AUTH_TARGET>(target);
    given.Scheme = static_cast<BG_AUTH_SCHEME>(scheme);
    given.Credentials.Basic.UserName = const_cast<LPWSTR>(pointer_of(first));
    given.Credentials.Basic.Password = const_cast<LPWSTR>(pointer_of(second));
    check(call_service([&] { return job->SetCredentials(&given); }));
}

/// Whether there were any.
bool remove_credentials(const HttpHandle& self, int target, int scheme) {
    const auto job = need<IBackgroundCopyJob2>(self.job, kSince15);
    const HRESULT result = call_service([&] {
        return job->RemoveCredentials(static_cast<BG_AUTH_TARGET>(target),
                                      static_cast<BG_AUTH_SCHEME>(scheme));
    });
    check(result);
    return result == S_OK;
}

void use_stored_credentials(const HttpHandle& self, int target) {
    const auto job = need<IBackgroundCopyJob5>(self.job, kSince5);
    BITS_JOB_PROPERTY_VALUE value = {};
    value.Target = static_cast<BG_AUTH_TARGET>(target);
    check(call_service(
        [&] { return job->SetProperty(BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS, value); }));
}

void set_client_certificate(const HttpHandle& self, int location, const std::string& store,
                            const std::string& subject) {
    const auto http = need<Options>(self.job, kSince25);
    const WideString name = to_utf16(store);
    const WideString part = to_utf16(subject);
    check(call_service([&] {
        return http->SetClientCertificateByName(static_cast<BG_CERT_STORE_LOCATION>(location),
                                                name.c_str(), part.c_str());
    }));
}

/// Location, store, subject and SHA-1 hash; None when there is none.
py::object client_certificate(const HttpHandle& self) {
    constexpr HRESULT kNone = BITSCB3_WIN32_RPC_X_BAD_STUB_DATA;
    const auto http = need<Options>(self.job, kSince25);
    BG_CERT_STORE_LOCATION location = BG_CERT_STORE_LOCATION_CURRENT_USER;
    LPWSTR store = nullptr;
    LPWSTR subject = nullptr;
    byte* hash = nullptr;
    const HRESULT got = call_service(
        [&] { return http->GetClientCertificate(&location, &store, &hash, &subject); });
    if (got == kNone) return py::none();
    check(got);
    const py::bytes digest(reinterpret_cast<const char*>(hash), hash != nullptr ? 20u : 0u);
    CoTaskMemFree(hash);
    return py::make_tuple(static_cast<int>(location), taken(store), taken(subject), digest);
}

/// Whether there was one.
bool remove_client_certificate(const HttpHandle& self) {
    const auto http = need<Options>(self.job, kSince25);
    const HRESULT result = call_service([&] { return http->RemoveClientCertificate(); });
    check(result);
    return result == S_OK;
}

/// The manager's judge decides about server certificates, or nobody does.
void judge_certificates(const HttpHandle& self, bool on) {
    const auto http = need<Options3>(self.job, kSince103);
    IUnknown* judge = on ? self.service->judge->identity() : nullptr;
    check(call_service([&] { return http->SetServerCertificateValidationInterface(judge); }));
}

} // namespace

void bind_http_options(py::module_& module) {
    Bound<HttpHandle>(module, "HttpOptions", py::is_final())
        .def(py::init([](const JobHandle& job) { return HttpHandle{job.service, job.job}; }),
             py::arg("job"))
        .def_property("headers", &headers, &set_headers)
        .def("make_headers_write_only",
             [](const HttpHandle& self) {
                 const auto http = need<Options3>(self.job, kSince103);
                 check(call_service([&] { return http->MakeCustomHeadersWriteOnly(); }));
             })
        .def_property("method", &method, &set_method)
        .def_property("security_flags", &security_flags, &set_security_flags)
        .def_property_readonly("proxy", &proxy)
        .def("set_proxy", &set_proxy, py::arg("usage"), py::arg("proxies"), py::arg("bypass"))
        .def("set_credentials", &set_credentials, py::arg("target"), py::arg("scheme"),
             py::arg("user"), py::arg("password"))
        .def("remove_credentials", &remove_credentials, py::arg("target"), py::arg("scheme"))
        .def("use_stored_credentials", &use_stored_credentials, py::arg("target"))
        .def_property_readonly("client_certificate", &client_certificate)
        .def("set_client_certificate", &set_client_certificate, py::arg("location"),
             py::arg("store"), py::arg("subject"))
        .def("remove_client_certificate", &remove_client_certificate)
        .def("judge_certificates", &judge_certificates, py::arg("on"));
}

} // namespace bitscb3
