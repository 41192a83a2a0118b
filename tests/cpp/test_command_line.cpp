// SPDX-License-Identifier: MIT
// test_command_line.cpp - the program of SetNotifyCmdLine: its parameters and its end.

#include "engine/command_line.hpp"
#include "temporary_folder.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

using namespace bitscb3;

using Words = std::vector<std::string>;

// Parameters are split as Windows programs split theirs.
TEST_CASE("parameters") {
    CHECK(split_parameters("").empty());
    CHECK(split_parameters("  a \t b ") == Words{"a", "b"});
    CHECK(split_parameters(R"("a b" c"d e"f "")") == Words{"a b", "cd ef", ""});
    CHECK(split_parameters(R"(a\b \\c d\)") == Words{"a\\b", "\\\\c", "d\\"});
    CHECK(split_parameters(R"(\"a\\\" "b c\\" d)") == Words{"\"a\\\"", "b c\\", "d"});
}

// The program gets its words as they are, without a shell, and its exit code counts.
TEST_CASE("a program") {
    const TemporaryFolder folder;
    const std::string out = (folder.path / "out").string();
    const auto never = [] { return false; };
#if defined(_WIN32)
    const std::string shell = std::string(std::getenv("SystemRoot")) + R"(\system32\cmd.exe)";
    CHECK(run_command({shell, "cmd /c echo $(a); b>" + out}, never));
    CHECK_FALSE(run_command({shell, "cmd /c exit 3"}, never));
    CHECK_FALSE(run_command({shell + ".none", ""}, never));
    CHECK(run_command({shell, "cmd /c exit 3"}, [] { return true; })); // left to itself
#else
    CHECK(run_command({"/bin/sh", "sh -c \"printf %s \\\"$1\\\" > " + out + "\" sh \"$(a); b\""},
                      never));
    CHECK_FALSE(run_command({"/bin/false", ""}, never));
    CHECK_FALSE(run_command({"/bin/nothing", ""}, never));
    CHECK(run_command({"/bin/sleep", "sleep 1"}, [] { return true; })); // left to itself
#endif
    std::string text;
    std::getline(std::ifstream(out), text);
    CHECK(text == "$(a); b");
}
