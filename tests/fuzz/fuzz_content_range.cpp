// SPDX-License-Identifier: MIT
// fuzz_content_range.cpp - any text as the value of a Content-Range header.
// Laws: what is taken does not contradict itself and survives being written anew; of three numbers
//       exactly those are taken that make sense together.

#include "engine/http_range.hpp"
#include "fuzz.hpp"

using namespace bitscb3;

namespace {

std::string written(const ContentRange& range) {
    const std::string total = range.total ? std::to_string(*range.total) : "*";
    if (range.range.empty()) return "bytes */" + total;
    return "bytes " + std::to_string(range.range.offset) + "-" +
           std::to_string(range.range.end() - 1) + "/" + total;
}

void check_taken(const ContentRange& range) {
    LAW(!range.range.empty() || range.total);
    LAW(range.range.end() >= range.range.offset);
    LAW(!range.total || range.range.end() <= *range.total);
    const auto again = to_content_range(written(range));
    LAW(again && again->range == range.range && again->total == range.total);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Bytes bytes(data, size);
    if (const auto range = to_content_range(bytes.rest())) check_taken(*range);

    const std::uint64_t first = bytes.number();
    const std::uint64_t last = bytes.number();
    const std::uint64_t total = bytes.number();
    const bool makes_sense = first <= last && last < total && total <= INT64_MAX;
    const auto range = to_content_range("bytes " + std::to_string(first) + "-" +
                                        std::to_string(last) + "/" + std::to_string(total));
    LAW(range.has_value() == makes_sense);
    if (range) {
        LAW(range->range.offset == first && range->range.length == last - first + 1);
        LAW(range->total == total);
    }
    return 0;
}
