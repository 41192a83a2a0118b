// SPDX-License-Identifier: MIT
// http_setup.cpp - see http_setup.hpp.

#include "engine/http_setup.hpp"

#include "engine/certificate.hpp"
#include "engine/http_range.hpp"
#include "engine/outcome.hpp"
#include "engine/proxy.hpp"
#include "engine/tls_watch.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>

#ifndef _WIN32
#include <sys/socket.h>
#endif

namespace bitscb3 {

namespace {

struct Scheme {
    BG_AUTH_SCHEME scheme;
    unsigned long curl;
    int needs; // of libcurl: CURL_VERSION_*; 0: nothing
};

// The strongest first: its user is the one that is used.
constexpr Scheme kSchemes[] = {
    {BG_AUTH_SCHEME_NEGOTIATE, CURLAUTH_NEGOTIATE, CURL_VERSION_SPNEGO},
    {BG_AUTH_SCHEME_NTLM, CURLAUTH_NTLM, CURL_VERSION_NTLM},
    {BG_AUTH_SCHEME_DIGEST, CURLAUTH_DIGEST, 0},
    {BG_AUTH_SCHEME_BASIC, CURLAUTH_BASIC, 0},
};

struct Login {
    CURLoption user;
    CURLoption password;
    CURLoption schemes;
};

/// libcurl has one user for a target: the schemes set with that same user are offered together.
void set_login(CURL* easy, const HttpOptions& options, BG_AUTH_TARGET target, const Login& login) {
    const Credentials* chosen = nullptr;
    unsigned long schemes = 0;
    for (const Scheme& row : kSchemes) {
        for (const Credentials& item : options.credentials) {
            if (item.target != target || item.scheme != row.scheme) continue;
            if (!is_known_scheme(row.scheme)) continue; // libcurl would fall back to Basic
            if (chosen == nullptr) chosen = &item;
            const bool same = item.user == chosen->user && item.password == chosen->password;
            if (same) schemes |= row.curl;
        }
    }
    if (chosen == nullptr) return;
    curl_easy_setopt(easy, login.user, chosen->user.c_str()); // empty: who runs this
    curl_easy_setopt(easy, login.password, chosen->password.c_str());
    curl_easy_setopt(easy, login.schemes, static_cast<long>(schemes));
}

Error set_proxy(CURL* easy, const HttpOptions& options, const Url& url) {
    switch (options.proxy_usage) {
    case BG_JOB_PROXY_USAGE_NO_PROXY:
        curl_easy_setopt(easy, CURLOPT_PROXY, "");
        break;
    case BG_JOB_PROXY_USAGE_OVERRIDE: {
        const auto proxy = proxy_for(url, options.proxy_list, options.proxy_bypass);
        if (!proxy) {
            return finding_error(Finding::kInvalidProxyList);
        }
        curl_easy_setopt(easy, CURLOPT_PROXY, proxy->c_str()); // copied; empty: none
        curl_easy_setopt(easy, CURLOPT_NOPROXY, ""); // the bypass list counts, not no_proxy
        break;
    }
    case BG_JOB_PROXY_USAGE_PRECONFIG:
    case BG_JOB_PROXY_USAGE_AUTODETECT:
        break; // libcurl reads http_proxy, https_proxy, all_proxy and no_proxy
    }
    return {};
}

CURLcode on_ssl_context(CURL*, void* context, void* flags) noexcept {
    watch_connections(context);
    verify_strictly(context, static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(flags)));
    return CURLE_OK;
}

bool is_openssl() {
    static const bool is = [] { // libcurl writes all its texts anew each time
        const char* tls = curl_version_info(CURLVERSION_NOW)->ssl_version;
        return tls != nullptr && std::string_view(tls).find("OpenSSL/") == 0;
    }();
    return is;
}

constexpr std::uint32_t kOverlooked =
    BG_SSL_IGNORE_CERT_DATE_INVALID | BG_SSL_IGNORE_UNKNOWN_CA | BG_SSL_IGNORE_CERT_WRONG_USAGE;

/// Both are set, also to nothing: libcurl's own places are of the system it was built on.
void trust(CURL* easy, const Authorities& authorities) {
    const auto text = [](const std::string& path) { return path.empty() ? nullptr : path.c_str(); };
    curl_easy_setopt(easy, CURLOPT_CAINFO, text(authorities.file));
    curl_easy_setopt(easy, CURLOPT_CAPATH, text(authorities.folders));
    curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, text(authorities.file));
    curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, text(authorities.folders));
    if (!authorities.store) return;
    constexpr long kNative = CURLSSLOPT_NATIVE_CA;
    curl_easy_setopt(easy, CURLOPT_SSL_OPTIONS, kNative);
    curl_easy_setopt(easy, CURLOPT_PROXY_SSL_OPTIONS, kNative);
}

Error set_tls(CURL* easy, const HttpOptions& options, const Url& url, bool at_home,
              const TlsFiles& files) {
    const std::uint32_t flags = options.security_flags;
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(easy, CURLOPT_PROXY_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    trust(easy, files.authorities);
    const bool is_tls = url.scheme == Url::Scheme::kHttps;
    if (is_tls && files.authorities.empty() && (flags & BG_SSL_IGNORE_UNKNOWN_CA) == 0) {
        return finding_error(Finding::kNoAuthorities);
    }
    if ((flags & BG_SSL_ENABLE_CRL_CHECK) != 0 && is_tls) {
        if (files.revoked.empty()) return finding_error(Finding::kNoRevocationList);
        curl_easy_setopt(easy, CURLOPT_CRLFILE, files.revoked.c_str());
    }
    if ((flags & BG_SSL_IGNORE_CERT_CN_INVALID) != 0) {
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (is_openssl()) {
        curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, &on_ssl_context);
        curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA,
                         reinterpret_cast<void*>(static_cast<std::uintptr_t>(flags)));
    }
    if (options.certificate && at_home) {
        curl_easy_setopt(easy, CURLOPT_SSLCERT, options.certificate->store.c_str());
        curl_easy_setopt(easy, CURLOPT_SSLKEY, options.certificate->store.c_str());
        curl_easy_setopt(easy, CURLOPT_KEYPASSWD, ""); // or OpenSSL would ask at the terminal
    }
    if (options.needs_own_connections()) {
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
        curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
        curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    }
    return {};
}

// What a request asks for and on which condition is the engine's.
constexpr std::string_view kOwnHeaders[] = {
    "Range",      "If-Match",          "If-None-Match",    "If-Modified-Since",
    "If-Range",   "Accept-Encoding",   "Content-Length",   "If-Unmodified-Since",
    "Connection", "Transfer-Encoding", "Proxy-Connection", "Keep-Alive",
    "Upgrade",    "HTTP2-Settings",    "Expect",
};

// What says nothing of who asks, and so may be said to whom a redirect leads to.
constexpr std::string_view kPlainHeaders[] = {
    "Accept", "Accept-Language", "Cache-Control", "Pragma", "User-Agent",
};

bool is_name(std::string_view text) {
    static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        return letter || (c >= '0' && c <= '9') || kMarks.find(c) != std::string_view::npos;
    });
}

/// Call `line` for each line without its CRLF; false when the text ends otherwise.
template<class Line>
bool each_line(std::string_view text, Line&& line) {
    while (!text.empty()) {
        const std::size_t end = text.find("\r\n");
        if (end == std::string_view::npos || !line(text.substr(0, end))) return false;
        text.remove_prefix(end + 2);
    }
    return true;
}

#ifdef SOCK_CLOEXEC
/// libcurl's own are left to programs that the process executes.
curl_socket_t open_socket(void*, curlsocktype, curl_sockaddr* address) {
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}
#endif

} // namespace

Error set_http_options(CURL* easy, const HttpOptions& options, const Url& url, bool at_home,
                       const TlsFiles& files) {
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L); // transfer_redirect.cpp does
#ifdef SOCK_CLOEXEC
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
#endif
    if (!options.method.empty()) {
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, options.method.c_str());
        const bool has_body =
            options.method == "POST" || options.method == "PUT" || options.method == "PATCH";
        if (has_body) curl_easy_setopt(easy, CURLOPT_POSTFIELDS, ""); // "Content-Length: 0"
    }
    if (at_home) {
        set_login(easy, options, BG_AUTH_TARGET_SERVER,
                  {CURLOPT_USERNAME, CURLOPT_PASSWORD, CURLOPT_HTTPAUTH});
    }
    set_login(easy, options, BG_AUTH_TARGET_PROXY,
              {CURLOPT_PROXYUSERNAME, CURLOPT_PROXYPASSWORD, CURLOPT_PROXYAUTH});
    if (Error error = set_proxy(easy, options, url); error) return error;
    return set_tls(easy, options, url, at_home, files);
}

void add_custom_headers(curl_slist*& list, const std::string& headers, bool at_home) {
    each_line(headers, [&list, at_home](std::string_view line) {
        const std::size_t colon = line.find(':');
        const auto is_plain = [name = line.substr(0, colon)](std::string_view one) {
            return same_text(one, name);
        };
        if (!at_home && std::none_of(std::begin(kPlainHeaders), std::end(kPlainHeaders), is_plain))
            return true;
        const bool empty = trimmed(line.substr(colon + 1)).empty();
        // libcurl's way to send a header without a value
        const std::string text =
            empty ? std::string(line.substr(0, colon)) + ";" : std::string(line);
        list = curl_slist_append(list, text.c_str());
        return true;
    });
}

HRESULT check_custom_headers(const std::string& headers) {
    const bool good = each_line(headers, [](std::string_view line) {
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos || !is_name(line.substr(0, colon))) return false;
        const std::string_view name = line.substr(0, colon);
        const auto is_own = [name](std::string_view own) { return same_text(own, name); };
        return std::none_of(std::begin(kOwnHeaders), std::end(kOwnHeaders), is_own) &&
               line.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
    });
    return good ? S_OK : E_INVALIDARG;
}

bool is_known_scheme(BG_AUTH_SCHEME scheme) {
    const int features = curl_version_info(CURLVERSION_NOW)->features;
    return std::any_of(std::begin(kSchemes), std::end(kSchemes), [&](const Scheme& row) {
        return row.scheme == scheme && (features & row.needs) == row.needs;
    });
}

std::uint32_t known_security_flags() {
    const std::uint32_t overlooked = is_openssl() ? kOverlooked : 0;
    return BG_SSL_ENABLE_CRL_CHECK | BG_SSL_IGNORE_CERT_CN_INVALID | overlooked |
           BG_HTTP_REDIRECT_POLICY_ALLOW_REPORT | BG_HTTP_REDIRECT_POLICY_DISALLOW |
           BG_HTTP_REDIRECT_POLICY_ALLOW_HTTPS_TO_HTTP;
}

} // namespace bitscb3
