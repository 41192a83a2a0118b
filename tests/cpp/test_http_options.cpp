// SPDX-License-Identifier: MIT
// test_http_options.cpp - what a client sets of a job's HTTP: checked, kept secret, understood.

#include "engine/http_options.hpp"
#include "engine/http_setup.hpp"
#include "engine/proxy.hpp"
#include "engine/seal.hpp"
#include "temporary_folder.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

using namespace bitscb3;

namespace {

HttpOptions full() {
    HttpOptions options;
    options.method = "POST";
    options.headers = "Authorization: Bearer x\r\n";
    options.headers_write_only = true;
    options.security_flags = 0x901;
    options.proxy_usage = BG_JOB_PROXY_USAGE_OVERRIDE;
    options.proxy_list = "proxy:80";
    options.proxy_bypass = "<local>";
    options.stored_proxy_credentials = true;
    options.credentials = {{BG_AUTH_TARGET_PROXY, BG_AUTH_SCHEME_DIGEST, false, "me", "secret"},
                           {BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_NTLM, true, "", ""}};
    options.certificate = {BG_CERT_STORE_LOCATION_USERS, "/a.pem", "CN=me", std::string(20, '\1')};
    options.asks_certificate = true;
    return options;
}

std::string proxy_of(const char* url, const char* list, const char* bypass = "") {
    return proxy_for(parse_url(url), list, bypass).value_or("malformed");
}

} // namespace

// Logins are refused in a scheme that libcurl does not speak.
TEST_CASE("login schemes") {
    CHECK(is_known_scheme(BG_AUTH_SCHEME_BASIC));
    CHECK(is_known_scheme(BG_AUTH_SCHEME_DIGEST));
    CHECK_FALSE(is_known_scheme(BG_AUTH_SCHEME_PASSPORT));
}

// What was written as bytes is read back the same; cut or lengthened bytes are refused.
TEST_CASE("options as bytes") {
    for (const HttpOptions& options : {HttpOptions(), full()}) {
        const std::string bytes = to_bytes(options);
        CHECK(from_bytes(bytes) == options);
        for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
            CHECK_FALSE(from_bytes(std::string_view(bytes).substr(0, cut)));
        }
        CHECK_FALSE(from_bytes(bytes + '\0'));
    }
}

// A sealed secret shows nothing of itself and opens only with its key and for what it belongs to.
TEST_CASE("sealed secrets") {
    const TemporaryFolder folder;
    Error error;
    const auto seal = Seal::open((folder.path / "key").string(), error);
    const auto again = Seal::open((folder.path / "key").string(), error);
    const auto other = Seal::open((folder.path / "other").string(), error);
    REQUIRE(seal);
    REQUIRE(again);
    REQUIRE(other);
    const std::string sealed = seal->close("open sesame", "job 1");
    CHECK(sealed.find("sesame") == std::string::npos);
    CHECK(sealed != seal->close("open sesame", "job 1"));
    CHECK(again->open(sealed, "job 1") == "open sesame");
    CHECK_FALSE(again->open(sealed, "job 2"));
    CHECK_FALSE(other->open(sealed, "job 1"));
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        std::string changed = sealed;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        CHECK_FALSE(seal->open(changed, "job 1"));
    }
    CHECK_FALSE(seal->open("", "job 1"));
#if !defined(_WIN32) // there access is no matter of nine bits
    using Perms = std::filesystem::perms;
    CHECK(std::filesystem::status(folder.path / "key").permissions() ==
          (Perms::owner_read | Perms::owner_write));
#endif
}

// Managers that open a new store at the same time agree on one key, and nothing else is left.
TEST_CASE("a key made by several at once") {
    for (int round = 0; round < 50; ++round) {
        const TemporaryFolder folder;
        const std::string path = (folder.path / "key").string();
        std::vector<std::string> sealed(4);
        std::vector<std::thread> threads;
        for (std::string& secret : sealed) {
            threads.emplace_back([&secret, &path] {
                Error error;
                if (const auto seal = Seal::open(path, error)) secret = seal->close("secret", "");
            });
        }
        for (std::thread& thread : threads) thread.join();
        Error error;
        const auto seal = Seal::open(path, error);
        REQUIRE(seal);
        for (const std::string& secret : sealed) CHECK(seal->open(secret, "") == "secret");
        const auto files = std::filesystem::directory_iterator(folder.path);
        CHECK(std::distance(begin(files), end(files)) == 1);
    }
}

// A damaged key is refused with a text that names it; nothing is written over it.
TEST_CASE("a damaged key") {
    const TemporaryFolder folder;
    const std::string path = (folder.path / "key").string();
    std::ofstream(path) << "short";
    Error error;
    CHECK_FALSE(Seal::open(path, error));
    CHECK(error.code == BG_E_DATABASE_CORRUPT);
    CHECK(error.detail.find(path) != std::string::npos);
    CHECK(std::filesystem::file_size(path) == 5);
}

// The first entry for the scheme is the proxy; hosts of the bypass list need none.
TEST_CASE("lists of proxies") {
    CHECK(proxy_of("http://a.test/", "one:80 two:80") == "one:80");
    CHECK(proxy_of("http://a.test/", "https=one:80;http=two:80") == "two:80");
    CHECK(proxy_of("https://a.test/", "http=two:80") == "");
    CHECK(proxy_of("https://a.test/", "http=two:80 https=http://three:80") == "http://three:80");
    CHECK(proxy_of("http://a.test/", "one:80", "*.test") == "");
    CHECK(proxy_of("http://a.test/", "one:80", "A.TEST") == "");
    CHECK(proxy_of("http://test/", "one:80", "*.test") == "one:80");
    CHECK(proxy_of("http://intranet/", "one:80", "<local>") == "");
    CHECK(proxy_of("http://a.test/", "one:80", "<local>") == "one:80");
    CHECK(proxy_of("http://a.test/", "one:80", "*") == "");
    for (const char* bad : {"", "  ;", "one:port", "user:secret@one:80", "http://[::1"}) {
        CHECK(proxy_of("http://a.test/", bad) == "malformed");
    }
}

// Custom headers are whole lines with a name; those that the engine sends itself are refused.
TEST_CASE("custom headers") {
    CHECK(check_custom_headers("") == S_OK);
    CHECK(check_custom_headers("A: 1\r\nB-C:\r\n") == S_OK);
    for (const char* bad : {"A: 1", "A: 1\n", "A 1\r\n", ": 1\r\n", "A B: 1\r\n", "A: 1\nB: 2\r\n",
                            "\r\n", "Range: x\r\n", "if-match: x\r\n", "Content-Length: 1\r\n"}) {
        CHECK(check_custom_headers(bad) == E_INVALIDARG);
    }
    curl_slist* list = nullptr;
    add_custom_headers(list, "A: 1\r\nB:\r\n", true);
    REQUIRE(list != nullptr);
    CHECK(std::string(list->data) == "A: 1");
    REQUIRE(list->next != nullptr);
    CHECK(std::string(list->next->data) == "B;");
    curl_slist_free_all(list);
}

// Another host than the client named gets headers only that can be no secrets.
TEST_CASE("custom headers away from home") {
    curl_slist* list = nullptr;
    add_custom_headers(list, "X-Api-Key: k\r\naccept-language: de\r\nCookie: c\r\n", false);
    REQUIRE(list != nullptr);
    CHECK(std::string(list->data) == "accept-language: de");
    CHECK(list->next == nullptr);
    curl_slist_free_all(list);
}
