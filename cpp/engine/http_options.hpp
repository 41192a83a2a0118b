// SPDX-License-Identifier: MIT
// http_options.hpp - what a client set of a job's HTTP: method, headers, redirects, TLS, proxies
// and logins.
// Threads: a job's options are one immutable value, replaced as a whole; who has the pointer reads
//          without a lock.
// Secrets: headers and passwords leave the process only through the sealed form (see seal.hpp) and
//          the connection.

#pragma once

#include <bitscb3/bits.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bitscb3 {

struct Credentials {
    BG_AUTH_TARGET target = BG_AUTH_TARGET_SERVER;
    BG_AUTH_SCHEME scheme = BG_AUTH_SCHEME_BASIC;
    bool implicit = false; // of the user who runs this (NTLM, Negotiate)
    std::string user;
    std::string password;
    friend bool operator==(const Credentials&, const Credentials&) = default;
};

/// A certificate with its key in a PEM file, which stands for a store of Windows.
struct ClientCertificate {
    BG_CERT_STORE_LOCATION location = BG_CERT_STORE_LOCATION_CURRENT_USER;
    std::string store;   // absolute path
    std::string subject; // RFC 2253
    std::string hash;    // SHA-1 of the certificate, 20 bytes
    friend bool operator==(const ClientCertificate&, const ClientCertificate&) = default;
};

struct HttpOptions {
    std::string method;  // empty: GET
    std::string headers; // lines that end in CRLF
    bool headers_write_only = false;
    std::uint32_t security_flags = 0; // BG_SSL_*, BG_HTTP_REDIRECT_*
    BG_JOB_PROXY_USAGE proxy_usage = BG_JOB_PROXY_USAGE_PRECONFIG;
    std::string proxy_list;
    std::string proxy_bypass;
    bool stored_proxy_credentials = false;
    std::vector<Credentials> credentials; // one for each target and scheme
    std::optional<ClientCertificate> certificate;
    bool asks_certificate = false; // the client wants to judge server certificates

    friend bool operator==(const HttpOptions&, const HttpOptions&) = default;

    [[nodiscard]] std::uint32_t redirect_policy() const noexcept {
        return security_flags & BG_HTTP_REDIRECT_POLICY_MASK;
    }
    /// What these options let pass must not be used by jobs that have others.
    [[nodiscard]] bool needs_own_connections() const noexcept {
        constexpr std::uint32_t kTls = 0x1F; // all BG_SSL_*
        return asks_certificate || (security_flags & kTls) != 0;
    }
    /// Nothing set; shared by all jobs that are so.
    [[nodiscard]] static std::shared_ptr<const HttpOptions> none();
};

/// The options as bytes, and back; nothing when `bytes` is not what to_bytes() made.
[[nodiscard]] std::string to_bytes(const HttpOptions& options);
[[nodiscard]] std::optional<HttpOptions> from_bytes(std::string_view bytes);

} // namespace bitscb3
