// SPDX-License-Identifier: MIT
// guid.hpp - GUIDs as values: made, compared, written and read.
// Source: RFC 9562, version 4 (random).

#pragma once

#include <bitscb3/com.h>

#include <cstddef>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace bitscb3 {

[[nodiscard]] GUID make_guid();
/// "37668d37-507e-4160-9316-26306d150b12"
[[nodiscard]] std::string to_string(const GUID& guid);
/// With or without braces, any case; nothing when `text` is not a GUID.
[[nodiscard]] std::optional<GUID> to_guid(std::string_view text) noexcept;

[[nodiscard]] inline bool same_guid(const GUID& a, const GUID& b) noexcept {
    return std::memcmp(&a, &b, sizeof(GUID)) == 0;
}

struct GuidHash {
    std::size_t operator()(const GUID& guid) const noexcept {
        std::size_t value = 0;
        static_assert(sizeof value <= sizeof guid);
        std::memcpy(&value, &guid, sizeof value); // random bytes already
        return value;
    }
};

struct GuidEqual {
    bool operator()(const GUID& a, const GUID& b) const noexcept { return same_guid(a, b); }
};

} // namespace bitscb3
