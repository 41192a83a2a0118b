// SPDX-License-Identifier: MIT
// url.cpp - see url.hpp.

#include "engine/url.hpp"

#include "engine/path.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

namespace bitscb3 {

namespace {

struct Freer {
    void operator()(CURLU* handle) const noexcept { curl_url_cleanup(handle); }
    void operator()(char* text) const noexcept { curl_free(text); }
};

std::string part(CURLU* handle, CURLUPart which, unsigned flags = 0) {
    char* text = nullptr;
    if (curl_url_get(handle, which, &text, flags) != CURLUE_OK) return {};
    const std::unique_ptr<char, Freer> owned(text);
    return text;
}

bool is_plain(const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte > 0x20 && byte < 0x7F;
    });
}

/// The name of the file that a file:// URL with this path means.
std::string local_path(std::string path) {
#if defined(_WIN32) // C:/x or /C:/x of a drive, //server/share/x of a server
    if (path.size() > 2 && path[0] == '/' && path[2] == ':') path.erase(0, 1);
    std::replace(path.begin(), path.end(), '/', '\\');
#endif
    return path;
}

} // namespace

Url parse_url(const std::string& text) {
    Url url;
    const std::unique_ptr<CURLU, Freer> handle(curl_url());
    if (!is_plain(text)) {
        url.problem = "it has a space, a control character or a character outside ASCII; "
                      "encode it as %XX";
        return url;
    }
    const CURLUcode code =
        curl_url_set(handle.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME);
    if (code != CURLUE_OK) {
        url.problem = std::string("it is not a URL (") + curl_url_strerror(code) + ")";
        return url;
    }
    const std::string scheme = part(handle.get(), CURLUPART_SCHEME);
    const std::string host = part(handle.get(), CURLUPART_HOST);
    if (scheme == "http") {
        url.scheme = Url::Scheme::kHttp;
    } else if (scheme == "https") {
        url.scheme = Url::Scheme::kHttps;
    } else if (scheme == "file") {
        url.scheme = Url::Scheme::kFile;
    } else {
        url.problem = "only http, https and file can be transferred, not " + scheme;
        return url;
    }
    if (!part(handle.get(), CURLUPART_USER).empty() ||
        !part(handle.get(), CURLUPART_PASSWORD).empty()) {
        url.problem = "it carries a user name or password, which would be stored in clear";
        return url;
    }
    url.host = host;
    url.redacted = scheme + "://" + host;
    if (url.is_http()) {
        const std::string port = part(handle.get(), CURLUPART_PORT);
        if (!port.empty()) url.redacted += ":" + port;
        url.origin =
            scheme + "://" + host + ":" + part(handle.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
    }
    url.redacted += part(handle.get(), CURLUPART_PATH);
    if (!url.is_http()) {
        url.path = local_path(part(handle.get(), CURLUPART_PATH, CURLU_URLDECODE));
        if (!is_absolute(url.path)) url.problem = "it names no file of a drive or a server";
    }
    return url;
}

std::string redirected(const std::string& base, const std::string& reference) {
    const std::unique_ptr<CURLU, Freer> handle(curl_url());
    constexpr unsigned kFlags = CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE;
    const bool good =
        curl_url_set(handle.get(), CURLUPART_URL, base.c_str(), 0) == CURLUE_OK &&
        curl_url_set(handle.get(), CURLUPART_URL, reference.c_str(), kFlags) == CURLUE_OK &&
        curl_url_set(handle.get(), CURLUPART_USER, nullptr, 0) == CURLUE_OK &&
        curl_url_set(handle.get(), CURLUPART_PASSWORD, nullptr, 0) == CURLUE_OK;
    return good ? part(handle.get(), CURLUPART_URL) : std::string();
}

bool is_http_url(std::string_view text) noexcept {
    return !text.empty() && (text.front() == 'h' || text.front() == 'H');
}

} // namespace bitscb3
