// SPDX-License-Identifier: MIT
// fuzz_redaction.cpp - any lines with secrets in them.
// Laws: what the client entrusted to the job is in no line that is shown, wherever it stood; what
//       nobody told of is not shown where secrets are kept: user info, queries, fragments, headers
//       that are not on the list, the user names libcurl speaks of.

#include "engine/redaction.hpp"
#include "fuzz.hpp"

#include <algorithm>

using namespace bitscb3;

namespace {

constexpr std::string_view kEntrusted[] = {"qUeRy-5ecret", "uSeR-nAmE", "pAsS-w0rd", "tOkEn-1234",
                                           "bEaReR-99"};
constexpr std::string_view kStranger = "5tRaNgEr"; // nobody told of it

const Redaction& redaction() {
    static const Redaction made = [] {
        HttpOptions options;
        options.headers = "X-Api: tOkEn-1234\r\nX-Auth: Bearer bEaReR-99\r\n";
        options.credentials = {
            {BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, false, "uSeR-nAmE", "pAsS-w0rd"}};
        return Redaction("https://host/f?qUeRy-5ecret", options);
    }();
    return made;
}

bool shows(const std::string& line, std::string_view secret) {
    return line.find(secret) != std::string::npos;
}

/// The text with a secret in the place of each byte from 1 to 5.
std::string with_secrets(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c >= 1 && c <= 5) {
            out += kEntrusted[c - 1];
        } else {
            out += c;
        }
    }
    return out;
}

std::string without(std::string_view text, std::string_view marks) {
    std::string out(text);
    std::erase_if(out, [marks](char c) { return marks.find(c) != std::string_view::npos; });
    return out;
}

void check_entrusted(std::string_view text) {
    const std::string line = with_secrets(text);
    for (const std::string_view secret : kEntrusted) {
        LAW(!shows(redaction().head_line(line), secret));
        LAW(!shows(redaction().words(line), secret));
    }
}

void check_addresses(const std::string& text, const std::string& more) {
    const std::string stranger(kStranger);
    for (const char* mark : {"?", "#"}) {
        const std::string address = text + mark + more + stranger;
        LAW(!shows(redacted_address(address), kStranger));
        LAW(!shows(redaction().head_line("Location: " + address), kStranger));
        LAW(!shows(
            redaction().words("Issue another request to this URL: 'https://host/" + address + "'"),
            kStranger));
    }
    const std::string user = without(text, "/?#@\\");
    for (const char* scheme : {"http://", "https://", "//"}) {
        const std::string address = scheme + user + ":" + stranger + "@host/" + more;
        LAW(!shows(redacted_address(address), kStranger));
        LAW(!shows(redaction().head_line("Location: " + address), kStranger));
    }
}

void check_headers(const std::string& text, const std::string& more) {
    const std::string value = more + std::string(kStranger);
    for (const char* name :
         {"Authorization", "cookie", "SET-COOKIE", "Proxy-Authorization", "X-Y"}) {
        LAW(!shows(redaction().head_line(std::string(name) + ":" + value), kStranger));
        LAW(!shows(redaction().words("[HTTP/2] [1] [" + std::string(name) + ": " + value),
                   kStranger));
    }
    const std::string name = "x-" + without(text, ": \t\r\n");
    LAW(!shows(redaction().head_line(name + ": " + value), kStranger));
    LAW(!shows(redaction().words("Server auth using Basic with user '" + value + "'"), kStranger));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Bytes bytes(data, size);
    check_entrusted(bytes.rest());
    const std::string text(bytes.text());
    const std::string more(bytes.text());
    check_addresses(text, more);
    check_headers(text, more);
    return 0;
}
