// SPDX-License-Identifier: MIT
// fuzz_range_blob.cpp - any bytes as ranges of the store.
// Laws: bytes that are taken are what the writer makes of the result; a set survives its bytes; a
//       blob of n bytes makes no more than n / 2 ranges.

#include "engine/range_blob.hpp"
#include "fuzz.hpp"

using namespace bitscb3;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Bytes bytes(data, size);
    const std::string_view blob = bytes.rest();
    if (const auto set = from_blob(blob)) {
        LAW(to_blob(*set) == blob);
        LAW(set->size() <= size / 2);
    }
    if (const auto list = list_from_blob(blob)) {
        LAW(list_to_blob(*list) == blob);
        LAW(list->size() <= size / 2);
    }
    RangeSet set;
    RangeList list;
    while (!bytes.empty()) {
        const std::uint64_t offset = bytes.number();
        const std::uint64_t length = bytes.number();
        if (length == 0 || length > UINT64_MAX - offset) continue; // no range
        set.insert({offset, length});
        list.push_back({offset, length});
    }
    const auto same_set = from_blob(to_blob(set));
    LAW(same_set && *same_set == set);
    const auto same_list = list_from_blob(list_to_blob(list));
    LAW(same_list && *same_list == list);
    return 0;
}
