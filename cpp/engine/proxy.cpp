// SPDX-License-Identifier: MIT
// proxy.cpp - see proxy.hpp.

#include "engine/proxy.hpp"

#include "engine/http_range.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <vector>

namespace bitscb3 {

namespace {

struct Freer {
    void operator()(CURLU* handle) const noexcept { curl_url_cleanup(handle); }
};

std::vector<std::string_view> words_of(std::string_view list) {
    constexpr std::string_view kSeparators = " ;\t\r\n";
    std::vector<std::string_view> words;
    while (true) {
        const std::size_t begin = list.find_first_not_of(kSeparators);
        if (begin == std::string_view::npos) return words;
        list.remove_prefix(begin);
        const std::size_t end = std::min(list.find_first_of(kSeparators), list.size());
        words.push_back(list.substr(0, end));
        list.remove_prefix(end);
    }
}

/// Whether libcurl can use `proxy`, without a user name: that would be stored in clear.
bool is_usable(const std::string& proxy) {
    const std::unique_ptr<CURLU, Freer> handle(curl_url());
    return proxy.find('@') == std::string::npos &&
           curl_url_set(handle.get(), CURLUPART_URL, proxy.c_str(),
                        CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;
}

bool matches(std::string_view host, std::string_view pattern) {
    if (same_text(pattern, "<local>")) return host.find('.') == std::string_view::npos;
    if (pattern.empty() || pattern.front() != '*') return same_text(host, pattern);
    pattern.remove_prefix(1);
    return host.size() >= pattern.size() &&
           same_text(host.substr(host.size() - pattern.size()), pattern);
}

} // namespace

std::optional<std::string> proxy_for(const Url& url, const std::string& list,
                                     const std::string& bypass) {
    const std::string_view scheme = url.scheme == Url::Scheme::kHttps ? "https" : "http";
    std::optional<std::string> chosen;
    const std::vector<std::string_view> entries = words_of(list);
    for (std::string_view entry : entries) {
        const std::size_t equals = entry.find('=');
        const bool applies =
            equals == std::string_view::npos || same_text(entry.substr(0, equals), scheme);
        if (equals != std::string_view::npos) entry.remove_prefix(equals + 1);
        std::string proxy(entry);
        if (!is_usable(proxy)) return std::nullopt;
        if (applies && !chosen) chosen = std::move(proxy);
    }
    if (entries.empty()) return std::nullopt;
    for (const std::string_view pattern : words_of(bypass)) {
        if (matches(url.host, pattern)) return std::string();
    }
    return chosen.value_or(std::string());
}

} // namespace bitscb3
