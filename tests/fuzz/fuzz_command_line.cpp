// SPDX-License-Identifier: MIT
// fuzz_command_line.cpp - any text as the parameters of a command line.
// Law: words that were quoted by Windows' rules come back as they were.

#include "engine/command_line.hpp"
#include "fuzz.hpp"

#include <numeric>

using namespace bitscb3;

namespace {

std::string quoted(std::string_view word) {
    std::string out = "\"";
    std::size_t slashes = 0;
    for (const char c : word) {
        if (c == '"') out.append(slashes + 1, '\\'); // those before it count by two
        slashes = c == '\\' ? slashes + 1 : 0;
        out += c;
    }
    return out.append(slashes, '\\') + '"';
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Bytes bytes(data, size);
    const std::vector<std::string> split = split_parameters(std::string(bytes.rest()));
    LAW(std::accumulate(split.begin(), split.end(), split.size(),
                        [](std::size_t sum, const auto& word) { return sum + word.size(); }) <=
        size + 1);
    std::vector<std::string> words;
    std::string line;
    while (!bytes.empty()) {
        words.emplace_back(bytes.text());
        line += quoted(words.back()) + (words.size() % 2 != 0 ? " " : " \t ");
    }
    LAW(split_parameters(line) == words);
    return 0;
}
