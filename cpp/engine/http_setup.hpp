// SPDX-License-Identifier: MIT
// http_setup.hpp - a job's HTTP options, put on a libcurl handle: redirects, TLS, proxy, login.
// Threads: engine thread. What is set points into `options`, which outlives the request.
// Source:  libcurl's API pages.

#pragma once

#include "engine/authorities.hpp"
#include "engine/error.hpp"
#include "engine/http_options.hpp"
#include "engine/url.hpp"

#include <curl/curl.h>

#include <string>

namespace bitscb3 {

/// What the engine verifies servers with, for every job.
struct TlsFiles {
    Authorities authorities;
    std::string revoked; // PEM; empty: none
};

/// `at_home`: whether `url` is of the host the client named. What it entrusted to the job, logins
/// and a certificate, is for that one alone. Redirects are not followed.
/// An error is the job's: a malformed proxy list, revocation to be checked without a list, a server
/// to be verified where nobody is trusted.
[[nodiscard]] Error set_http_options(CURL* easy, const HttpOptions& options, const Url& url,
                                     bool at_home, const TlsFiles& files);

/// Append the client's own header lines to `list`; for another host than the client named those
/// that cannot be secrets.
void add_custom_headers(curl_slist*& list, const std::string& headers, bool at_home);

/// S_OK, or E_INVALIDARG: `headers` is no list of `Name: value` lines ended by CRLF, or has one
/// that is the engine's to send.
[[nodiscard]] HRESULT check_custom_headers(const std::string& headers);

/// Whether this libcurl can log in so.
[[nodiscard]] bool is_known_scheme(BG_AUTH_SCHEME scheme);

/// The security flags that this libcurl can honour.
[[nodiscard]] std::uint32_t known_security_flags();

} // namespace bitscb3
