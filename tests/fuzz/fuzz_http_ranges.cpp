// SPDX-License-Identifier: MIT
// fuzz_http_ranges.cpp - any list of ranges as the value of a Range header.
// Law: a plain reader of "first-last,first-last" finds the same ranges, in the same order.

#include "engine/http_range.hpp"
#include "fuzz.hpp"

using namespace bitscb3;

namespace {

RangeList read_plainly(const std::string& text) {
    RangeList out;
    const char* at = text.c_str();
    while (*at != '\0') {
        char* next = nullptr;
        const std::uint64_t first = std::strtoull(at, &next, 10);
        LAW(next != at && *next == '-');
        at = next + 1;
        const std::uint64_t last = std::strtoull(at, &next, 10);
        LAW(next != at && (*next == ',' || *next == '\0') && last >= first);
        out.push_back({first, last - first + 1});
        at = *next == ',' ? next + 1 : next;
    }
    return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Bytes bytes(data, size);
    RangeList ranges;
    while (!bytes.empty()) {
        const std::uint64_t offset = bytes.number();
        const std::uint64_t length = bytes.number();
        if (length == 0 || length > UINT64_MAX - offset) continue; // no range
        ranges.push_back({offset, length});
    }
    const std::string text = to_http_ranges(ranges);
    LAW(text.empty() == ranges.empty());
    LAW(text.size() <= ranges.size() * 42); // two numbers of 20 digits, a dash, a comma
    LAW(read_plainly(text) == ranges);
    return 0;
}
