// SPDX-License-Identifier: MIT
// redaction.cpp - see redaction.hpp.
// Source: RFC 3986 section 3 (where user info, query and fragment are), RFC 9110 section 5.1
//         (names have no case), the texts of libcurl 7.88 and 8.23.

#include "engine/redaction.hpp"

#include "engine/http_range.hpp"

#include <algorithm>
#include <iterator>

namespace bitscb3 {

namespace {

constexpr std::string_view kGone = "…";
constexpr std::size_t kShortestSecret = 4; // of those looked for: a shorter one is in many words
constexpr auto kNowhere = std::string_view::npos;

// Headers whose values are shown.
constexpr std::string_view kShown[] = {
    ":method",
    ":scheme",
    ":status",
    "Accept",
    "Accept-Encoding",
    "Accept-Ranges",
    "Age",
    "Allow",
    "Alt-Svc",
    "Cache-Control",
    "Connection",
    "Content-Encoding",
    "Content-Length",
    "Content-Range",
    "Content-Type",
    "Date",
    "ETag",
    "Expires",
    "If-Match",
    "If-Unmodified-Since",
    "Keep-Alive",
    "Last-Modified",
    "Proxy-Connection",
    "Range",
    "Retry-After",
    "Server",
    "Strict-Transport-Security",
    "Transfer-Encoding",
    "Upgrade",
    "User-Agent",
    "Vary",
    "Via",
};

constexpr std::string_view kAddresses[] = {
    ":authority", ":path", "Content-Location", "Host", "Location", "Referer",
};

// Of a challenge only the scheme is shown: its parameters are the server's own.
constexpr std::string_view kChallenges[] = {"Proxy-Authenticate", "WWW-Authenticate"};
constexpr std::string_view kSchemes[] = {"Basic", "Bearer", "Digest", "Negotiate", "NTLM"};

// In libcurl's words: nothing is shown behind one of these, in small letters.
constexpr std::string_view kLeads[] = {
    "user '",
    "username",
    "authenticated user",
    "proxy env variable",
    "password",
    "passwd",
    "credential",
    "authorization",
    "cookie",
    "value: [",
    "secret",
    "api-key",
    "token",
};

bool is_one_of(std::string_view name, const std::string_view* begin, const std::string_view* end) {
    return std::any_of(begin, end, [name](std::string_view one) { return same_text(one, name); });
}

template<std::size_t N>
bool is_one_of(std::string_view name, const std::string_view (&list)[N]) {
    return is_one_of(name, std::begin(list), std::end(list));
}

bool is_name_char(char c) noexcept {
    static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (c >= '0' && c <= '9') || kMarks.find(c) != kNowhere;
}

/// The length of the name `text` begins with; 0: none. One of HTTP/2's own begins with a colon.
std::size_t name_length(std::string_view text) noexcept {
    const std::size_t colon = !text.empty() && text.front() == ':' ? 1 : 0;
    std::size_t end = colon;
    while (end < text.size() && is_name_char(text[end])) ++end;
    return end > colon ? end : 0;
}

std::string lower_case(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

/// Where the first word begins that may lead to a secret.
std::size_t find_lead(std::string_view line) {
    const std::string plain = lower_case(line);
    std::size_t first = kNowhere;
    for (const std::string_view lead : kLeads) first = std::min(first, plain.find(lead));
    return first;
}

/// Where the query or the fragment of an address in libcurl's words begins. "(#0)" and
/// "Connection #0" are numbers of connections, where no address comes before them.
std::size_t find_query(std::string_view line) noexcept {
    const std::size_t scheme = line.find("://");
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char before = i > 0 ? line[i - 1] : ' ';
        const char after = i + 1 < line.size() ? line[i + 1] : ' ';
        if (line[i] == '?' && (i > scheme || after != ' ')) return i;
        if (line[i] == '#' && (i > scheme || (before != ' ' && before != '('))) return i;
    }
    return kNowhere;
}

/// Whether what stands between a scheme and a path may be the beginning of "user:password@host": a
/// password may have a slash or a question mark in it that its author did not encode.
bool may_be_user(std::string_view authority) noexcept {
    const std::size_t bracket = authority.rfind(']');
    const std::size_t colon = authority.find(':', bracket == kNowhere ? 0 : bracket);
    return colon != kNowhere && authority.find_first_not_of("0123456789", colon + 1) != kNowhere;
}

/// Where in `text`, whose authority begins at `begin`, its user info ends; `begin`: it has none.
/// `rest` is what follows `text`, from a query on.
std::size_t end_of_user(std::string_view text, std::size_t begin, std::string_view rest) noexcept {
    const std::size_t end = std::min(text.find('/', begin), text.size());
    const std::size_t at = text.substr(0, end).rfind('@');
    if (at != kNowhere && at >= begin) return at;
    const bool more = text.find('@', end) != kNowhere || rest.find('@') != kNowhere;
    const bool cut = end == text.size() && !rest.empty();
    const bool doubtful = more && (cut || may_be_user(text.substr(begin, end - begin)));
    return doubtful ? text.size() : begin;
}

/// Where the user info of the first word with an at sign in `line` begins, as no scheme says it.
std::size_t begin_of_user(std::string_view line) noexcept {
    const std::string_view before = line.substr(0, line.find('@'));
    const std::size_t space = before.rfind(' ');
    for (const std::string_view quote : {" '", " \""}) { // there may be spaces inside
        const std::size_t opened = before.rfind(quote);
        if (opened != kNowhere) return opened + quote.size();
    }
    const std::size_t begin = space == kNowhere ? 0 : space + 1;
    const bool quoted = begin < before.size() && (line[begin] == '\'' || line[begin] == '"');
    return begin + (quoted ? 1 : 0);
}

/// A line of libcurl's words in which every address has lost its user info, query and fragment.
std::string without_parts(std::string_view line) {
    const std::size_t query = std::min(find_query(line), line.size());
    const std::string_view rest = line.substr(query);
    std::string_view kept = line.substr(0, query);
    std::string out;
    while (!kept.empty()) {
        const std::size_t scheme = kept.find("://");
        const std::size_t end = scheme == kNowhere ? kept.size() : scheme + 3;
        std::string_view words = kept.substr(0, end);
        while (words.find('@') != kNowhere) {
            const std::size_t at = words.find('@');
            const std::size_t next = std::min(words.find_first_of(" @", at + 1), words.size());
            out.append(words.substr(0, begin_of_user(words))).append(kGone);
            out += words.substr(at, next - at);
            words.remove_prefix(next);
        }
        out += words;
        kept.remove_prefix(end);
        if (scheme == kNowhere) break;
        const std::size_t user = end_of_user(kept, 0, rest);
        if (user > 0) out += kGone;
        kept.remove_prefix(user);
        const std::size_t word = std::min(kept.find(' '), kept.size());
        out += kept.substr(0, word);
        kept.remove_prefix(word);
    }
    const std::size_t gone = out.size() - std::min(out.size(), kGone.size());
    if (!rest.empty() && out.substr(gone) != kGone) out += kGone;
    return out;
}

/// Where the authority of an address begins. A scheme may be followed by any number of slashes, as
/// libcurl and browsers read it; a path of one slash has no authority.
std::size_t begin_of_authority(std::string_view address) noexcept {
    std::size_t begin = 0;
    while (begin < address.size() && is_name_char(address[begin])) ++begin;
    if (begin > 0 && (begin == address.size() || address[begin] != ':')) return 0;
    begin += begin > 0 ? 1 : 0;
    const std::size_t slash = begin;
    while (begin < address.size() && (address[begin] == '/' || address[begin] == '\\')) ++begin;
    if (slash > 0) return begin > slash ? begin : 0;
    return begin > 1 ? begin : kNowhere;
}

} // namespace

std::string redacted_address(std::string_view address) {
    const std::size_t query = std::min(address.find_first_of("?#"), address.size());
    const std::string_view rest = address.substr(query);
    const std::string_view kept = address.substr(0, query);
    const std::size_t begin = begin_of_authority(kept);
    if (begin == kNowhere) return std::string(kept).append(rest.empty() ? "" : kGone);
    const std::size_t user = end_of_user(kept, begin, rest);
    std::string out(kept.substr(0, begin));
    if (user > begin) out += kGone;
    out += kept.substr(user);
    if (!rest.empty() && user < kept.size()) out += kGone;
    return out;
}

Redaction::Redaction(std::string_view url, const HttpOptions& options) {
    const auto keep = [this](std::string_view secret) {
        if (secret.size() >= kShortestSecret) secrets_.emplace_back(secret);
    };
    if (const std::size_t query = url.find('?'); query != kNowhere) keep(url.substr(query + 1));
    for (const Credentials& login : options.credentials) {
        keep(login.user);
        keep(login.password);
    }
    std::string_view rest = options.headers;
    while (!rest.empty()) {
        const std::size_t end = rest.find("\r\n");
        const std::string_view line = rest.substr(0, end);
        rest.remove_prefix(end == kNowhere ? rest.size() : end + 2);
        const std::size_t colon = std::min(line.find(':'), line.size());
        names_.emplace_back(line.substr(0, colon));
        const std::string_view all = trimmed(line.substr(std::min(colon + 1, line.size())));
        keep(all);
        if (const std::size_t space = all.find(' '); space != kNowhere) {
            keep(trimmed(all.substr(space))); // behind "Bearer"
        }
    }
    std::stable_sort(secrets_.begin(), secrets_.end(),
                     [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

std::string Redaction::without_secrets(std::string text) const {
    for (const std::string& secret : secrets_) {
        for (std::size_t at = 0; (at = text.find(secret, at)) != kNowhere; at += kGone.size()) {
            text.replace(at, secret.size(), kGone);
        }
    }
    return text;
}

std::string Redaction::value(std::string_view name, std::string_view value) const {
    if (value.empty()) return {};
    const bool own = std::any_of(names_.begin(), names_.end(),
                                 [name](const std::string& one) { return same_text(one, name); });
    if (own) return std::string(kGone);
    if (is_one_of(name, kShown)) return std::string(value);
    if (is_one_of(name, kAddresses)) return redacted_address(value);
    if (is_one_of(name, kChallenges)) {
        const std::string_view scheme = value.substr(0, value.find(' '));
        if (!is_one_of(scheme, kSchemes)) return std::string(kGone);
        const bool more = scheme.size() < value.size();
        return std::string(scheme).append(more ? " " : "").append(more ? kGone : "");
    }
    return std::string(kGone);
}

std::string Redaction::head_line(std::string_view line) const {
    if (line.empty()) return {};
    const std::size_t end = name_length(line);
    if (end > 0 && end < line.size() && line[end] == ':') {
        const std::string_view name = line.substr(0, end);
        const std::string shown = value(name, trimmed(line.substr(end + 1)));
        return without_secrets(std::string(name) + (shown.empty() ? ":" : ": ") + shown);
    }
    if (line.substr(0, 5) == "HTTP/") return without_secrets(without_parts(line)); // a status
    const std::size_t version = line.rfind(" HTTP/");
    if (end > 0 && version != kNowhere && version > end && line[end] == ' ') { // a request
        const std::string_view target = line.substr(end + 1, version - end - 1);
        if (trimmed(target).substr(0, 1) == ":") return std::string(kGone); // a name and a space
        return without_secrets(std::string(line.substr(0, end + 1)) + redacted_address(target) +
                               std::string(line.substr(version)));
    }
    return std::string(kGone); // the rest of a folded line, or nothing known
}

std::string Redaction::words(std::string_view line) const {
    // "[HTTP/2] [1] [authorization: Basic ...]", or "h2h3 [...]" in older ones
    // No brackets of an address, or of a name.
    const std::size_t most = std::min({line.find("://"), find_lead(line), line.size()});
    for (std::size_t at = line.find('['); at < most; at = line.find('[', at + 1)) {
        const std::string_view inside = line.substr(at + 1);
        const std::size_t length = name_length(inside);
        if (length == 0 || inside.substr(length, 2) != ": ") continue;
        const std::string_view name = inside.substr(0, length);
        const std::size_t close = inside.rfind(']');
        const std::size_t size =
            close == kNowhere || close < length + 2 ? kNowhere : close - length - 2;
        std::string shown = value(name, trimmed(inside.substr(length + 2, size)));
        return without_secrets(std::string(line.substr(0, at + 1 + length)) + ": " + shown + "]");
    }
    std::string out = without_parts(line);
    const std::string plain = lower_case(out);
    std::size_t end = kNowhere;
    for (const std::string_view lead : kLeads) {
        const std::size_t found = plain.find(lead);
        if (found != kNowhere) end = std::min(end, found + lead.size());
    }
    if (end < out.size()) out.replace(end, kNowhere, kGone);
    return without_secrets(std::move(out));
}

} // namespace bitscb3
