// SPDX-License-Identifier: MIT
// test_http.cpp - what the engine reads of URLs, response heads and multipart bodies.

#include "engine/http_range.hpp"
#include "engine/multipart.hpp"
#include "engine/outcome.hpp"
#include "engine/response.hpp"
#include "engine/url.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <map>
#include <string>

using namespace bitscb3;

namespace {

/// Collects the parts of a body.
class Parts final : public Multipart::Sink {
  public:
    std::map<std::uint64_t, std::string> bytes; // by the offset of the part
    int ended = 0;                              // parts that were as long as they said
    [[nodiscard]] bool take_part(const ContentRange& range) override {
        begin_ = range.range.offset;
        return true;
    }
    [[nodiscard]] bool take_bytes(std::uint64_t, std::string_view piece) override {
        bytes[begin_] += piece;
        return true;
    }
    void end_part() override { ++ended; }

  private:
    std::uint64_t begin_ = 0;
};

const std::string kBody =
    "\r\n--xyz\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-2/20\r\n\r\n"
    "abc\r\n--xyz\r\ncontent-range: bytes 10-13/20\r\n\r\n"
    "\r\n--\r\n--xyz--\r\n";

/// The head that these lines make.
Response head_of(std::initializer_list<std::string_view> lines) {
    Response response;
    for (const std::string_view line : lines) REQUIRE(response.take_line(line));
    return response;
}

} // namespace

// Ranges are half-open here and inclusive on the wire.
TEST_CASE("range header") {
    CHECK(to_http_ranges({{0, 100}}) == "0-99");
    CHECK(to_http_ranges({{0, 1}, {500, 24}}) == "0-0,500-523");
}

// A Content-Range is taken only when it is well-formed and does not contradict itself.
TEST_CASE("content range") {
    const auto good = to_content_range("bytes 10-19/100");
    REQUIRE(good);
    CHECK(good->range == Range{10, 10});
    CHECK(good->total == 100);
    CHECK_FALSE(to_content_range("bytes 0-9/*")->total);
    CHECK(to_content_range("BYTES  0-9/10")->range == Range{0, 10});
    CHECK(to_content_range("bytes */5")->range.empty());
    for (const char* bad : {"",
                            "bytes",
                            "items 0-1/2",
                            "bytes 5-4/10",
                            "bytes 0-9",
                            "bytes 0-10/10",
                            "bytes -1-2/10",
                            "bytes 1-x/10",
                            "bytes 0-18446744073709551615/*",
                            "bytes */*",
                            "bytes 0-99999999999999999999/*",
                            "bytes 0 - 1/2",
                            "bytes 0-1/9223372036854775808",
                            "bytes 0-18446744073709551614/18446744073709551615",
                            "bytes 0-9223372036854775808/*",
                            "bytes=0-1/2",
                            "bytes 0-1/",
                            "bytes +0-1/2",
                            "bytes 0x0-0x1/2",
                            "bytes 0-1,2-3/4"}) {
        CAPTURE(bad);
        CHECK_FALSE(to_content_range(bad));
    }
}

// A status line starts a new head, and only a strong ETag becomes a validator.
TEST_CASE("response head") {
    Response response;
    for (const char* line : {"HTTP/1.1 302 Found\r\n", "Location: /x\r\n", "ETag: \"old\"\r\n",
                             "\r\n", "HTTP/1.1 206 Partial Content\r\n", "etag: \"new\"\r\n",
                             "Content-Range: bytes 0-9/50\r\n", "Content-Length: 10\r\n",
                             "Last-Modified: Mon, 23 Nov 2026 10:00:00 GMT\r\n", "\r\n"}) {
        REQUIRE(response.take_line(line));
    }
    CHECK(response.status() == 206);
    CHECK(response.validator().etag == "\"new\"");
    CHECK(response.validator().size == 50);
    CHECK(response.content_length() == 10);
    CHECK(response.head_ended());
    CHECK(response.text().find("302") == std::string::npos);
}

// Only an ETag that is strong, short and printable is sent back in a condition.
TEST_CASE("validators of a head") {
    const std::string status = "HTTP/1.1 200 OK\r\n";
    const std::string longest = "ETag: \"" + std::string(5000, 'a') + "\"\r\n";
    for (const std::string& line :
         {std::string("ETag: W/\"weak\"\r\n"), longest,
          std::string("ETag: \"a\rRange: bytes=0-1\"\r\n"), std::string("ETag: none\r\n")}) {
        CAPTURE(line);
        CHECK(head_of({status, line}).validator().etag.empty());
    }
    CHECK(head_of({status, "ETag: \"a b\"\r\n"}).validator().etag == "\"a b\"");
    CHECK(head_of({status, "Last-Modified: a\x01\r\n"}).validator().last_modified.empty());
}

// A Content-Length is one number, once or repeated.
TEST_CASE("content length") {
    CHECK(head_of({"Content-Length: 12\r\n"}).content_length() == 12);
    CHECK(head_of({"Content-Length: 12, 12\r\n"}).content_length() == 12);
    CHECK_FALSE(head_of({"Content-Length: 12\r\n", "Content-Length: 12\r\n"}).has_bad_length());
    for (const char* bad : {"-1", "", "+5", "0x10", "1 2", "12, 13", "12,", "9223372036854775808",
                            "99999999999999999999999", "1e3"}) {
        CAPTURE(bad);
        CHECK(head_of({"Content-Length: " + std::string(bad) + "\r\n"}).has_bad_length());
    }
    CHECK(head_of({"Content-Length: 12\r\n", "Content-Length: 13\r\n"}).has_bad_length());
}

// Two Content-Range headers count when they agree, and a coding stays one whatever follows it.
TEST_CASE("headers that come twice") {
    const std::string_view range = "Content-Range: bytes 0-1/9\r\n";
    CHECK(head_of({range, range}).content_range());
    const Response differing = head_of({range, "Content-Range: bytes 0-2/9\r\n", range});
    CHECK(differing.has_content_range());
    CHECK_FALSE(differing.content_range());
    CHECK_FALSE(
        head_of({"Content-Encoding: gzip\r\n", "Content-Encoding: identity\r\n"}).is_identity());
}

// What follows a head, and is no head, is a trailer and says nothing.
TEST_CASE("trailers") {
    Response response = head_of({"HTTP/1.1 206 P\r\n", "Content-Range: bytes 0-1/9\r\n", "\r\n",
                                 "Content-Range: bytes 5-6/9\r\n", "ETag: \"x\"\r\n", "\r\n"});
    CHECK(response.content_range()->range == Range{0, 2});
    CHECK(response.validator().etag.empty());
}

// A status line in the middle of a head is a line like others.
TEST_CASE("status line in a head") {
    CHECK(head_of({"HTTP/1.1 404 No\r\n", "HTTP/1.1 200 OK\r\n"}).status() == 404);
}

// Interim responses without end are refused, too.
TEST_CASE("endless interim responses") {
    Response response;
    int taken = 0;
    while (response.take_line("HTTP/1.1 100 Continue\r\n") && response.take_line("\r\n")) {
        REQUIRE(++taken < 20'000);
    }
}

// A head is whole with its empty line, and tells whether the connection's end is the body's.
TEST_CASE("end of a head and of a body") {
    Response response;
    REQUIRE(response.take_line("HTTP/1.1 200 OK\r\n"));
    CHECK_FALSE(response.head_ended());
    CHECK(response.ends_with_connection());
    REQUIRE(response.take_line("ETag: \"1\"\r\n"));
    CHECK_FALSE(response.head_ended());
    REQUIRE(response.take_line("\r\n"));
    CHECK(response.head_ended());
    for (const char* line : {"Content-Length: 5\r\n", "transfer-encoding: chunked\r\n"}) {
        Response told;
        REQUIRE(told.take_line("HTTP/1.0 200 OK\r\n"));
        REQUIRE(told.take_line(line));
        CHECK_FALSE(told.ends_with_connection());
    }
    REQUIRE(response.take_line("HTTP/2 200 \r\n"));
    CHECK_FALSE(response.head_ended());
    CHECK_FALSE(response.ends_with_connection());
}

// A head without an end is refused.
TEST_CASE("endless head") {
    Response response;
    const std::string line = "X: " + std::string(4096, 'x') + "\r\n";
    int taken = 0;
    while (response.take_line(line)) REQUIRE(++taken < 1000);
}

// A later response is of the same version when it repeats an ETag or a time and differs in nothing.
TEST_CASE("validators") {
    const Validator a{"\"1\"", "Mon", 10};
    CHECK(a.is_repeated_by({"\"1\"", "", std::nullopt}));
    CHECK(a.is_repeated_by({"", "Mon", 10}));
    CHECK_FALSE(a.is_repeated_by({"\"2\"", "Mon", 10}));
    CHECK_FALSE(a.is_repeated_by({"\"1\"", "Tue", 10}));
    CHECK_FALSE(a.is_repeated_by({"", "", 11}));
    CHECK_FALSE(a.is_repeated_by({"", "", 10}));
    const Validator silent{"", "", 10};
    CHECK(silent.is_repeated_by({"", "", 10}));
    CHECK_FALSE(silent.is_repeated_by({"\"1\"", "", 11}));
}

// A multipart body gives the same parts however it is cut into pieces.
TEST_CASE("multipart in pieces") {
    for (std::size_t size = 1; size <= kBody.size(); ++size) {
        CAPTURE(size);
        Multipart multipart("xyz");
        Parts parts;
        for (std::size_t at = 0; at < kBody.size(); at += size) {
            REQUIRE(multipart.feed(std::string_view(kBody).substr(at, size), parts) ==
                    Multipart::Result::kMore);
        }
        CHECK(multipart.ended());
        CHECK(parts.ended == 2);
        CHECK(parts.bytes == std::map<std::uint64_t, std::string>{{0, "abc"}, {10, "\r\n--"}});
    }
}

// The closing delimiter ends a body also where the body ends with it, at once.
TEST_CASE("end of multipart without an end of line") {
    Multipart parts("b");
    Parts sink;
    const std::string body = "--b\r\nContent-Range: bytes 0-2/9\r\n\r\nabc\r\n--b--";
    REQUIRE(parts.feed(body, sink) == Multipart::Result::kMore);
    CHECK_FALSE(parts.ended());
    parts.finish(sink);
    CHECK(parts.ended());
    CHECK(sink.ended == 1);
    Multipart cut("b");
    REQUIRE(cut.feed(std::string_view(body).substr(0, body.size() - 1), sink) ==
            Multipart::Result::kMore);
    cut.finish(sink);
    CHECK_FALSE(cut.ended());
}

// A body that breaks the form is malformed, one that stops early has not ended.
TEST_CASE("broken multipart") {
    const auto feed = [](std::string_view body) {
        Multipart multipart("xyz");
        Parts parts;
        return multipart.feed(body, parts);
    };
    CHECK(feed("--abc\r\n") == Multipart::Result::kMalformed);
    CHECK(feed("--xyz\r\n\r\n") == Multipart::Result::kMalformed);
    CHECK(feed("--xyz\r\nContent-Range: bytes 5-1/9\r\n\r\n") == Multipart::Result::kMalformed);
    CHECK(feed("--xyz\r\nContent-Range: bytes 0-1/9\r\n\r\nabXX\r\n") ==
          Multipart::Result::kMalformed);
    CHECK(feed(std::string(20'000, 'x')) == Multipart::Result::kMalformed);
    CHECK(feed("--xyz\r\nContent-Range: bytes 0-1/9\r\nContent-Range: bytes 3-4/9\r\n\r\n") ==
          Multipart::Result::kMalformed);
    Multipart multipart("xyz");
    Parts parts;
    const std::size_t end = kBody.find("\r\n--xyz\r\ncontent-range"); // of the first part
    CHECK(multipart.feed(std::string_view(kBody).substr(0, end), parts) ==
          Multipart::Result::kMore);
    CHECK(parts.bytes[0] == "abc");
    CHECK(parts.ended == 0); // nothing shows yet that it is so long
    CHECK_FALSE(multipart.ended());
}

// Only http, https and file URLs without a password are taken, and messages show no secret.
TEST_CASE("urls") {
    const Url url = parse_url("https://example.org/a/b?token=secret#part");
    REQUIRE(url.usable());
    CHECK(url.origin == "https://example.org:443");
    CHECK(url.redacted == "https://example.org/a/b");
    CHECK(parse_url("file:///tmp/x").scheme == Url::Scheme::kFile);
#if defined(_WIN32)
    CHECK(parse_url("file:///C:/a%20b/c").path == R"(C:\a b\c)");
    CHECK(parse_url("file://server/share/c").path == R"(\\server\share\c)");
    CHECK_FALSE(parse_url("file:///tmp/x").usable());
    CHECK_FALSE(parse_url("file://%2E/pipe/x").usable());
#else
    CHECK(parse_url("file:///a%20b/c").path == "/a b/c");
#endif
    for (const char* bad :
         {"ftp://example.org/x", "example.org", "http://", "http://a b/", "http://ex\xC3\xA4.org/",
          "http://user:secret@example.org/", "gopher://x/", "", "http://x:99999/"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_url(bad).usable());
    }
}

// Statuses are fatal or transient by their class.
TEST_CASE("status classes") {
    CHECK(status_error(404).code == BG_E_HTTP_ERROR_404);
    CHECK_FALSE(status_error(404).transient);
    CHECK(status_error(408).transient);
    CHECK(status_error(429).transient);
    CHECK(status_error(429, 30).retry_after_s == 30);
    CHECK(status_error(503, UINT64_MAX).retry_after_s == 24 * 60 * 60);
    CHECK(status_error(503).transient);
    CHECK_FALSE(status_error(501).transient);
    CHECK(status_error(503).context == BG_ERROR_CONTEXT_REMOTE_FILE);
    CHECK(transport_error(CURLE_COULDNT_RESOLVE_HOST, "").code == static_cast<HRESULT>(0x80072EE7));
    CHECK(transport_error(CURLE_COULDNT_CONNECT, "").transient);
    CHECK_FALSE(transport_error(CURLE_PEER_FAILED_VERIFICATION, "").transient);
}
