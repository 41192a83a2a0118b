// SPDX-License-Identifier: MIT
// fuzz_url.cpp - any text as a remote name, and as a list of proxies for it.
// Laws: what is shown of a URL is a URL of the same file's place, without query, fragment and user;
//       a URL with a user or a password is refused; a proxy is one of the list.

#include "engine/path.hpp"
#include "engine/proxy.hpp"
#include "engine/url.hpp"
#include "fuzz.hpp"

#include <algorithm>

using namespace bitscb3;

namespace {

void check_url(const std::string& text) {
    const Url url = parse_url(text);
    if (!url.usable()) return;
    LAW(is_http_url(text) == url.is_http());
    LAW(url.redacted.find_first_of("?#") == std::string::npos);
    if (url.is_http()) {
        LAW(!url.host.empty() && url.host.find('@') == std::string::npos);
        LAW(url.origin.find("://" + url.host + ":") != std::string::npos);
    } else {
        LAW(is_absolute(url.path));
        return; // what is shown of it is decoded no further than it was given
    }
    const bool ascii = std::all_of(url.host.begin(), url.host.end(),
                                   [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (!ascii) return; // libcurl's to encode, and what is shown may be no URL
    const Url shown = parse_url(url.redacted);
    LAW(shown.usable());
    LAW(shown.scheme == url.scheme && shown.origin == url.origin && shown.host == url.host);
    LAW(shown.redacted == url.redacted);
}

void check_proxies(const std::string& list, const std::string& bypass) {
    const Url url = parse_url("http://host.test/f");
    const auto proxy = proxy_for(url, list, bypass);
    if (!proxy || proxy->empty()) return;
    LAW(list.find(*proxy) != std::string::npos);
    LAW(proxy->find_first_of(" ;\t\r\n@") == std::string::npos);
    LAW(proxy_for(url, *proxy, "") == proxy);
    LAW(proxy_for(url, list, bypass + " host.test") == "");
    LAW(proxy_for(url, list, bypass + ";*") == "");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Bytes bytes(data, size);
    const std::string text(bytes.text());
    check_url(text);
    for (const char* scheme : {"http://", "https://", "file://"}) check_url(scheme + text);
    if (!text.empty() && text.find_first_of("/?#@\\") == std::string::npos) {
        LAW(text == ":" || !parse_url("http://" + text + "@host/").usable());
        LAW(!parse_url("http://:" + text + "@host/").usable());
    }
    check_proxies(text, std::string(bytes.text()));
    return 0;
}
