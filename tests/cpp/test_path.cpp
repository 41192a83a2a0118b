// SPDX-License-Identifier: MIT
// test_path.cpp - names of files as this system has them.

#include "engine/path.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

using namespace bitscb3;

#if defined(_WIN32)

// A drive or a server makes a name absolute, with either separator; devices are no files.
TEST_CASE("absolute names") {
    for (const char* good :
         {R"(C:\a)", "c:/a", R"(C:\)", R"(\\server\share)", "//server/share/a"}) {
        CAPTURE(good);
        CHECK(is_absolute(good));
    }
    for (const char* bad : {"", "a", "/a", R"(\a)", "C:", "C:a", "1:/a", R"(\\)", R"(\\server)",
                            R"(\\server\)", R"(\\.\pipe\a)", R"(\\?\C:\a)", R"(\\\a\b)"}) {
        CAPTURE(bad);
        CHECK_FALSE(is_absolute(bad));
    }
}

// A name is its folder and what lies in it; a root keeps its separator.
TEST_CASE("folders") {
    CHECK(folder_of(R"(C:\a\b)") == R"(C:\a)");
    CHECK(folder_of("C:/a/b") == "C:/a");
    CHECK(folder_of(R"(C:\a)") == R"(C:\)");
    CHECK(folder_of(R"(\\server\share\a)") == R"(\\server\share)");
    CHECK(joined(R"(C:\a)", "b") == R"(C:\a\b)");
    CHECK(joined(R"(C:\)", "b") == R"(C:\b)");
    CHECK(trimmed_folder(R"(C:\a\/)") == R"(C:\a)");
    CHECK(trimmed_folder(R"(C:\)") == R"(C:\)");
}

// The system gets a name without a limit of its length, and without "." and "..".
TEST_CASE("names for the system") {
    CHECK(to_utf8(wide_path("C:/a/./b/../c").c_str()) == R"(\\?\C:\a\c)");
    CHECK(to_utf8(wide_path("//server/share/\xC3\xA4").c_str()) ==
          "\\\\?\\UNC\\server\\share\\\xC3\xA4");
    const std::string name(300, 'x');
    CHECK(to_utf8(wide_path("C:\\" + name).c_str()) == R"(\\?\C:\)" + name);
}

#else

// A name is its folder and what lies in it; the root keeps its separator.
TEST_CASE("folders") {
    CHECK(is_absolute("/a"));
    CHECK_FALSE(is_absolute(""));
    CHECK_FALSE(is_absolute("a"));
    CHECK(folder_of("/a/b") == "/a");
    CHECK(folder_of("/a") == "/");
    CHECK(joined("/a", "b") == "/a/b");
    CHECK(joined("/", "b") == "/b");
    CHECK(trimmed_folder("/a//") == "/a");
    CHECK(trimmed_folder("//") == "/");
}

#endif
