// SPDX-License-Identifier: MIT
// test_redaction.cpp - what is left of libcurl's words and of heads when the secrets are out.

#include "engine/redaction.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

using namespace bitscb3;

namespace {

struct Row {
    std::string said;
    std::string shown;
};

HttpOptions entrusted() {
    HttpOptions options;
    options.headers =
        "X-Token: tOkEn-1\r\nAuthorization: Bearer bEaReR-2\r\nAccept: text/plain\r\n";
    options.credentials.push_back(
        {BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, false, "somebody", "pAsS-3"});
    return options;
}

const Redaction& redaction() {
    static const Redaction made("https://host/file?signature=sIgN-4", entrusted());
    return made;
}

const Row kHeads[] = {
    {"", ""},
    {"GET /file HTTP/1.1", "GET /file HTTP/1.1"},
    {"GET /file?signature=sIgN-4 HTTP/1.1", "GET /file… HTTP/1.1"},
    {"GET /other?key=1 2 HTTP/2", "GET /other… HTTP/2"},
    {"GET http://u:p@host/file?x HTTP/1.1", "GET http://…@host/file… HTTP/1.1"},
    {"CONNECT host:443 HTTP/1.1", "CONNECT host:443 HTTP/1.1"},
    {"HTTP/1.1 206 Partial Content", "HTTP/1.1 206 Partial Content"},
    {"HTTP/2 200 ", "HTTP/2 200 "},
    {"HTTP/1.1 200 it is tOkEn-1", "HTTP/1.1 200 it is …"},
    {"Content-Length: 10", "Content-Length: 10"},
    {"content-range:bytes 0-1/2", "content-range: bytes 0-1/2"},
    {"ETag: \"abc\"", "ETag: \"abc\""},
    {"ETag: \"tOkEn-1\"", "ETag: \"…\""},
    {"Host: host:8080", "Host: host:8080"},
    {"Authorization: Basic c29tZWJvZHk6cGFTUw==", "Authorization: …"},
    {"AUTHORIZATION: x", "AUTHORIZATION: …"},
    {"proxy-authorization: Basic eDp5", "proxy-authorization: …"},
    {"Cookie: a=b", "Cookie: …"},
    {"set-cookie: a=b; Path=/", "set-cookie: …"},
    {"X-Token: tOkEn-1", "X-Token: …"},
    {"x-token: another", "x-token: …"},
    {"Accept: text/plain", "Accept: …"},
    {"X-Echo: anything", "X-Echo: …"},
    {"X-Empty:", "X-Empty:"},
    {"WWW-Authenticate: Basic realm=\"r\"", "WWW-Authenticate: Basic …"},
    {"WWW-Authenticate: Negotiate", "WWW-Authenticate: Negotiate"},
    {"www-authenticate: Digest nonce=1", "www-authenticate: Digest …"},
    {"Proxy-Authenticate: strange", "Proxy-Authenticate: …"},
    {"Location: /next?token=1", "Location: /next…"},
    {"Location: https://host/next#access=1", "Location: https://host/next…"},
    {"location: https://u:p@host/", "location: https://…@host/"},
    {"location: //u:p@host/x", "location: //…@host/x"},
    {"location: https://u:p?q@host/x", "location: https://…"},
    {"location: https://host/@scope/x", "location: https://host/@scope/x"},
    {"Referer: https://host/?x", "Referer: https://host/…"},
    {"Location: https:/u:p@host/x", "Location: https:/…@host/x"},
    {"Location: https:///u:p@host//x", "Location: https:///…@host//x"},
    {"Location: https:\\\\u:p@host/x", "Location: https:\\\\…@host/x"},
    {"Location: /\\u:p@host/x", "Location: /\\…@host/x"},
    {"Location: https:u:p@host/x", "Location: …@host/x"},
    {"Location: https://u:p/w@host/x", "Location: https://…"},
    {"Location: https://host:80/@scope/x", "Location: https://host:80/@scope/x"},
    {"Location: https://[::1]:80/@scope/x?y", "Location: https://[::1]:80/@scope/x…"},
    {"Location: https://[::1]/@scope", "Location: https://[::1]/@scope"},
    {"Location: /a:b/@scope", "Location: /a:b/@scope"},
    {"Location: a/@scope", "Location: a/@scope"},
    {"Location: ?a", "Location: …"},
    {"Host: u:p@host", "Host: …@host"},
    {"CONNECT u:p@host:443 HTTP/1.1", "CONNECT …@host:443 HTTP/1.1"},
    {"Set-Cookie : a=b HTTP/1.1", "…"},
    {"Set-Cookie :a=b HTTP/1.1", "…"},
    {"OPTIONS * HTTP/1.1", "OPTIONS * HTTP/1.1"},
    {"GET /f HTTP/tOkEn-1", "GET /f HTTP/…"},
    {" folded: secret", "…"},
    {"\tfolded", "…"},
    {"Authoriz", "…"},
    {"no colon here", "…"},
    {": nothing", "…"},
};

const Row kWords[] = {
    {"Connected to host (127.0.0.1) port 443 (#0)", "Connected to host (127.0.0.1) port 443 (#0)"},
    {"Connection #0 to host host left intact", "Connection #0 to host host left intact"},
    {"  Trying [::1]:80...", "  Trying [::1]:80..."},
    {" subject: O=trustme; OU=Testing cert #ndoN", " subject: O=trustme; OU=Testing cert #ndoN"},
    {" subjectAltName: host \"h\" matched cert's \"h\"",
     " subjectAltName: host \"h\" matched cert's \"h\""},
    {"ALPN: server accepted h2", "ALPN: server accepted h2"},
    {"Server auth using Basic with user 'me'", "Server auth using Basic with user '…"},
    {"Proxy auth using Digest with user 'a'b@c'", "Proxy auth using Digest with user '…"},
    {"Server auth using Basic with user '[server: x'", "Server auth using Basic with user '…"},
    {"Issue another request to this URL: 'https://host/f?token=1'",
     "Issue another request to this URL: 'https://host/f…"},
    {"Issue another request to this URL: 'https://u:p@host/f'",
     "Issue another request to this URL: 'https://…@host/f'"},
    {"Issue another request to this URL: 'https://u:p?w@host/f'",
     "Issue another request to this URL: 'https://…"},
    {"Issue another request to this URL: 'https://u:p'w@host/f'",
     "Issue another request to this URL: 'https://…@host/f'"},
    {"Issue another request to this URL: 'https://u:token@host/f'",
     "Issue another request to this URL: 'https://…@host/f'"},
    {"Issue another request to this URL: 'https://host/f#access=1'",
     "Issue another request to this URL: 'https://host/f…"},
    {"Issue another request to this URL: 'https://host/f?mail=a@b&t=1'",
     "Issue another request to this URL: 'https://host/f…"},
    {"Uses proxy env variable http_proxy == 'http://u:p/w@host:80'", "Uses proxy env variable…"},
    {"Could not resolve proxy: u:p@host", "Could not resolve proxy: …@host"},
    {"Unsupported proxy syntax in 'u:p w@host:80'", "Unsupported proxy syntax in '…@host:80'"},
    {"Unsupported proxy scheme for 'x://u:p@host'", "Unsupported proxy scheme for 'x://…@host'"},
    {"Issue another request to this URL: 'https://u:p w@host/f'",
     "Issue another request to this URL: 'https://…@host/f'"},
    {"Issue another request to this URL: 'https://u:p/w@host/f'",
     "Issue another request to this URL: 'https://…"},
    {"Issue another request to this URL: 'https://host/@scope/f'",
     "Issue another request to this URL: 'https://host/@scope/f'"},
    {"Issue another request to this URL: 'https://host/f? token=1'",
     "Issue another request to this URL: 'https://host/f…"},
    {"Issue another request to this URL: 'https://host/f #access=1'",
     "Issue another request to this URL: 'https://host/f …"},
    {"Issue another request to this URL: 'https://[u:p[w: @host/f'",
     "Issue another request to this URL: 'https://…@host/f'"},
    {"[HTTP/2] [1] [referer: https://u:p@host/f?x]", "[HTTP/2] [1] [referer: https://…@host/f…]"},
    {"Using TLS-SRP username: me", "Using TLS-SRP username…"},
    {"SOCKS5 server authenticated user me with GSS-API.", "SOCKS5 server authenticated user…"},
    {" issuer: CN=x; emailAddress=a@b; ST=y", " issuer: CN=x; …@b; ST=y"},
    {"a@b and c@d", "…@b and …@d"},
    {"Are you sure? Yes", "Are you sure? Yes"},
    {"h2h3 [:path: /f?signature=1]", "h2h3 [:path: /f…]"},
    {"h2h3 [:method: GET]", "h2h3 [:method: GET]"},
    {"h2h3 [authorization: Basic eDp5]", "h2h3 [authorization: …]"},
    {"h2h3 [user-agent: a b]", "h2h3 [user-agent: a b]"},
    {"[HTTP/2] [1] [x-token: a]b]", "[HTTP/2] [1] [x-token: …]"},
    {"[HTTP/2] [1] [:authority: host:443]", "[HTTP/2] [1] [:authority: host:443]"},
    {"[HTTP/2] [1] [authorization: cut off", "[HTTP/2] [1] [authorization: …]"},
    {"[HTTP/2] [1] OPENED stream for https://host/f?t=1",
     "[HTTP/2] [1] OPENED stream for https://host/f…"},
    {"Invalid HTTP header field was received: name: [x-a], value: [secret]",
     "Invalid HTTP header field was received: name: [x-a], value: […"},
    {"Added cookie a=\"b\" for domain host", "Added cookie…"},
    {"Weird reply: pAsS-3 and bEaReR-2", "Weird reply: … and …"},
    {"Strange signature=sIgN-4", "Strange …"},
};

} // namespace

// A header's value is shown when its name is on the list and the job did not set it.
TEST_CASE("heads") {
    for (const Row& row : kHeads) {
        CAPTURE(row.said);
        CHECK(redaction().head_line(row.said) == row.shown);
    }
}

// Addresses lose what may be secret, and behind words that lead to a secret nothing is shown.
TEST_CASE("words") {
    for (const Row& row : kWords) {
        CAPTURE(row.said);
        CHECK(redaction().words(row.said) == row.shown);
    }
}

// However the bytes of a secret header are cut, no part of it is shown.
TEST_CASE("every beginning of a line") {
    const std::string head = "Authorization: Basic c29tZWJvZHk6cGFTUw==";
    const std::string url = "Location: https://user:word@host/x?query";
    for (std::size_t size = 0; size <= head.size(); ++size) {
        CHECK(redaction().head_line(head.substr(0, size)).find("c2") == std::string::npos);
        CHECK(redaction().words("[1] [" + head.substr(0, size)).find("c2") == std::string::npos);
    }
    CHECK(redaction().head_line(url) == "Location: https://…@host/x…");
}

// Whatever a line is made of, what the client entrusted to the job is not shown.
TEST_CASE("any bytes") {
    const std::string marks = "aZ0:/?#@'\"[] ,;=.-\t\x80\xFF";
    std::mt19937 random(1); // the same lines each time
    for (int i = 0; i < 20'000; ++i) {
        std::string line;
        const std::size_t length = random() % 40;
        for (std::size_t at = 0; at < length; ++at) line += marks[random() % marks.size()];
        line.insert(random() % (line.size() + 1), "tOkEn-1");
        CAPTURE(line);
        REQUIRE(redaction().head_line(line).find("tOkEn-1") == std::string::npos);
        REQUIRE(redaction().words(line).find("tOkEn-1") == std::string::npos);
    }
}
