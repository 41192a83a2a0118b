// SPDX-License-Identifier: MIT
// test_text.cpp - UTF-16, GUIDs and the store's ranges as bytes.

#include "base/guid.hpp"
#include "base/utf16.hpp"
#include "engine/range_blob.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace bitscb3;

// Text of every plane survives the way to UTF-16 and back.
TEST_CASE("utf-16 round trip") {
    const std::string text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z";
    CHECK(to_utf16(text).size() == 6);
    CHECK(to_utf8(to_utf16(text).c_str()) == text);
    CHECK(to_utf8(nullptr).empty());
    CHECK(length_of(to_utf16("abc").c_str()) == 3);
}

// Ill-formed text becomes U+FFFD and is told by is_utf8().
TEST_CASE("ill-formed text") {
    for (const char* bad :
         {"\xC3", "\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\x80", "\xE2\x82"}) {
        CAPTURE(bad);
        CHECK_FALSE(is_utf8(bad));
        CHECK(to_utf16(bad).front() == 0xFFFD);
    }
    CHECK(is_utf8("plain"));
    const WCHAR lone[] = {0xD800, 'x', 0xDC00, 0};
    CHECK(to_utf8(lone) == "\xEF\xBF\xBDx\xEF\xBF\xBD");
}

// A GUID survives its text, with braces or without, in any case; other text is refused.
TEST_CASE("guid text") {
    const GUID id = make_guid();
    CHECK(same_guid(*to_guid(to_string(id)), id));
    CHECK(same_guid(*to_guid("{" + to_string(id) + "}"), id));
    CHECK(to_string(id)[14] == '4');
    CHECK(to_string(*to_guid("98C97BD2-E32B-4AD8-A528-95FD8B16BD42")) ==
          "98c97bd2-e32b-4ad8-a528-95fd8b16bd42");
    for (const char* bad :
         {"", "x", "98c97bd2-e32b-4ad8-a528-95fd8b16bd4", "98c97bd2+e32b-4ad8-a528-95fd8b16bd42",
          "98c97bd2-e32b-4ad8-a528-95fd8b16bd4g"}) {
        CHECK_FALSE(to_guid(bad));
    }
}

// Any set of ranges survives its blob.
TEST_CASE("range blob round trip") {
    std::mt19937_64 random(7);
    for (int round = 0; round < 200; ++round) {
        RangeSet set;
        for (int i = 0; i < round; ++i) {
            const std::uint64_t offset = random() >> (random() % 60 + 1);
            set.insert({offset, 1 + (random() >> (random() % 60 + 4))});
        }
        const auto back = from_blob(to_blob(set));
        REQUIRE(back);
        REQUIRE(*back == set);
    }
}

// Bytes that are no blob are refused, whatever they are.
TEST_CASE("malformed range blobs") {
    using namespace std::string_view_literals;
    CHECK(from_blob("")->empty());
    for (const std::string_view bad : {"\x01"sv, "\x01\x00"sv, "\xFF\xFF"sv, "\x80"sv,
                                       "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01\x05"sv,
                                       "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F\x01"sv}) {
        CHECK_FALSE(from_blob(bad));
    }
}
