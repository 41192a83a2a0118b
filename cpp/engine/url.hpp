// SPDX-License-Identifier: MIT
// url.hpp - what the engine needs to know of a remote name before it uses it.
// Source: RFC 3986; the parser is libcurl's.

#pragma once

#include <string>
#include <string_view>

namespace bitscb3 {

struct Url {
    enum class Scheme { kHttp, kHttps, kFile };

    Scheme scheme = Scheme::kHttp;
    std::string origin; // "https://host:443": what connection limits and habits are kept by
    std::string host;
    std::string path;     // of file://, decoded
    std::string redacted; // for messages: no query, no fragment, no user info
    std::string problem;  // why it cannot be used; empty when it can

    [[nodiscard]] bool usable() const noexcept { return problem.empty(); }
    [[nodiscard]] bool is_http() const noexcept { return scheme != Scheme::kFile; }
};

[[nodiscard]] Url parse_url(const std::string& text);
/// Where the header `Location: reference` of a response from `base` leads, absolute; a login in it
/// is left out. Empty when it is no address.
[[nodiscard]] std::string redirected(const std::string& base, const std::string& reference);
/// Whether a usable URL is http or https; by its first letters, so it costs nothing.
[[nodiscard]] bool is_http_url(std::string_view text) noexcept;

} // namespace bitscb3
